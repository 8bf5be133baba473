// The consuming side of a byte ring: drain a run of records in place.

public import MemoryInterface

/// A record as it stands in the ring. Good until the drain's closure returns.
@frozen public struct RecordView: Equatable, Sendable {
  /// The header, read once and checked.
  public let header: RecordHeader
  /// Where the payload begins, in bytes of the ring's memory.
  public let payloadOffset: Int

  @inlinable init(header: RecordHeader, payloadOffset: Int) {
    self.header = header
    self.payloadOffset = payloadOffset
  }

  /// What the payload is: the client's business.
  @inlinable public var type: UInt16 { header.type }
  /// Bytes of payload.
  @inlinable public var byteCount: Int { header.payloadByteCount }
  /// Whether the payload begins with a counter value.
  @inlinable public var isTimestamped: Bool { header.flags & RecordHeader.timestamped != 0 }
}

/// The consuming side of a byte ring. Wait-free. Belongs to one thread of one process.
@frozen public struct ByteRingReader<Memory: SharedMemory>: ~Copyable {
  /// The memory that records stand in: `loadPayload` within a record.
  public let memory: Memory
  @usableFromInline var core: RingReaderCore<Memory>
  @usableFromInline let dataOffset: Int

  @inlinable @inline(__always) init(_ ring: ByteRing<Memory>) throws(RingLayoutError) {
    memory = ring.memory
    dataOffset = ring.offset + RingHeader.data
    core = try RingReaderCore(
      memory: ring.memory, at: ring.offset, capacity: UInt64(ring.geometry.capacity))
  }

  /// The read position: bytes consumed since the ring was made, fillers included.
  @inlinable public var position: UInt64 { core.position }

  /// Reads up to `limit` records in place, in order; returns how many there were.
  ///
  /// Looks at the writer's position only when nothing is known to be left, and once at most: a
  /// fast writer cannot keep a drain from returning. A header is loaded once and checked against
  /// what was published and against the end of the lap. A record is consumed when `body` returns;
  /// its space goes back lazily.
  ///
  /// - Throws: `RingCorruption` if the writer's position or a record's length cannot be an honest
  ///   one; what was consumed before stays consumed, and every further call throws again.
  @inlinable @inline(__always)
  public mutating func drain(
    limit: Int = .max, _ body: (Memory, RecordView) -> Void
  ) throws(RingCorruption) -> Int {
    if core.knownUsed == 0 {
      guard try core.refresh() else {
        // The record and its position then travel side by side, not one after the other.
        memory.prefetchForRead(at: offset(of: core.position))
        return 0
      }
    }
    var count = 0
    while count < limit, core.knownUsed != 0 {
      // Records do not wrap, so a run is bounded once, not record by record.
      let lapOffset = core.position & (core.capacity &- 1)
      let runEnd = core.position &+ min(core.knownUsed, core.capacity &- lapOffset)
      while count < limit, core.position != runEnd {
        let start = offset(of: core.position)
        let header = RecordHeader(word: memory.loadPayload(at: start))
        let size = RecordHeader.recordByteCount(payload: header.payloadByteCount)
        guard size <= runEnd &- core.position else {
          throw .recordLength(UInt64(header.payloadByteCount), at: core.position)
        }
        if !header.isFiller {
          body(memory, RecordView(header: header, payloadOffset: start &+ RecordHeader.byteCount))
          count &+= 1
        }
        core.advance(by: size)
      }
    }
    return count
  }

  @inlinable func offset(of position: UInt64) -> Int {
    dataOffset &+ Int(truncatingIfNeeded: position & (core.capacity &- 1))
  }

  /// Hands all consumed space back at once.
  @inlinable public mutating func release() {
    if core.released != core.position { core.release() }
  }
}

extension ByteRingReader where Memory: AddressableMemory {
  /// Reads up to `limit` records in place as spans; otherwise as `drain(limit:_:)`.
  @inlinable @inline(__always)
  public mutating func drainSpans(
    limit: Int = .max, _ body: (RecordHeader, RawSpan) -> Void
  ) throws(RingCorruption) -> Int {
    try drain(limit: limit) { memory, record in
      memory.withPayload(at: record.payloadOffset, byteCount: record.byteCount) { payload in
        body(record.header, payload)
      }
    }
  }
}
