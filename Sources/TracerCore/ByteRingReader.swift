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
  /// fast writer cannot keep a drain from returning. A record is consumed when `body` returns;
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
      let view = try recordAtPosition()
      if !view.header.isFiller {
        body(memory, view)
        count &+= 1
      }
      core.advance(by: RecordHeader.recordByteCount(payload: view.byteCount))
    }
    return count
  }

  @inlinable func offset(of position: UInt64) -> Int {
    dataOffset &+ Int(truncatingIfNeeded: position & (core.capacity &- 1))
  }

  /// Loads the header at the read position once, and checks it against what was published and
  /// against the end of the lap. The caller has seen that something is there.
  @inlinable @inline(__always)
  func recordAtPosition() throws(RingCorruption) -> RecordView {
    let lapOffset = core.position & (core.capacity &- 1)
    let start = dataOffset &+ Int(truncatingIfNeeded: lapOffset)
    let header = RecordHeader(word: memory.loadPayload(at: start))
    let size = RecordHeader.recordByteCount(payload: header.payloadByteCount)
    guard size <= min(core.knownUsed, core.capacity &- lapOffset) else {
      throw .recordLength(UInt64(header.payloadByteCount), at: core.position)
    }
    return RecordView(header: header, payloadOffset: start &+ RecordHeader.byteCount)
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
