// The consuming side of a byte ring, one record at a time: for callers that have to see a record
// before they know whether they can take it.

public import MemoryInterface

extension ByteRingReader {
  /// The next record in place, not consumed; `nil` if there is none. Wait-free.
  ///
  /// Belongs to the reader's thread. The header is loaded once and checked as in
  /// `drain(limit:_:)`; the same record is found until `consume` takes it.
  @inlinable public mutating func peek() throws(RingCorruption) -> RecordView? {
    // A record and a filler before it at most, per lap: two steps decide.
    for _ in 0..<2 {
      if core.knownUsed == 0 {
        guard try core.refresh() else { return nil }
      }
      let lapOffset = core.position & (core.capacity &- 1)
      let known = min(core.knownUsed, core.capacity &- lapOffset)
      let start = offset(of: core.position)
      let header = RecordHeader(word: memory.loadPayload(at: start))
      let size = RecordHeader.recordByteCount(payload: header.payloadByteCount)
      guard size <= known else {
        throw .recordLength(UInt64(header.payloadByteCount), at: core.position)
      }
      if !header.isFiller {
        return RecordView(header: header, payloadOffset: start &+ RecordHeader.byteCount)
      }
      core.advance(by: size)
    }
    // Two fillers in a row: no honest writer's.
    throw .recordLength(0, at: core.position)
  }

  /// Takes the record that `peek` found; its space goes back lazily.
  @inlinable public mutating func consume(_ record: RecordView) {
    core.advance(by: RecordHeader.recordByteCount(payload: record.byteCount))
  }
}
