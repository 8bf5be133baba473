// The size of what an agent traces into: how many thread slots, and the rings of their two lanes.
//
// A geometry is chosen once, when the region is made; every other process decodes it from the
// control block, checks it there, and works with its private copy ever after.

/// Which of a thread's two lanes.
@frozen public enum LaneKind: UInt8, CaseIterable, Sendable {
  /// Small events, always captured: a ring is submitted when full.
  case index = 0
  /// Large events, a flight recorder: a ring is submitted when full and marked.
  case detail = 1
}

/// The rings of one lane.
public struct LaneGeometry: Equatable, Sendable {
  /// Rings in the pool: two at least, one active and one on its way.
  public let ringCount: Int
  /// Bytes for records in each ring: a multiple of 128.
  public let ringByteCount: Int
  /// Full rings that a detail lane keeps as its history, the pre-roll of a mark. Zero for an
  /// index lane.
  public let historyRings: Int
  /// Attempts after a mark that are submitted as well, the post-roll. Zero for an index lane.
  public let postRecords: Int

  /// The rings of an index lane.
  public static func index(ringCount: Int, ringByteCount: Int) throws(LaneLayoutError)
    -> LaneGeometry
  {
    try LaneGeometry(
      ringCount: ringCount, ringByteCount: ringByteCount, historyRings: 0, postRecords: 0)
  }

  /// The rings of a detail lane. Its history and its active ring come out of `ringCount`.
  public static func detail(
    ringCount: Int, ringByteCount: Int, historyRings: Int = 2, postRecords: Int
  ) throws(LaneLayoutError) -> LaneGeometry {
    guard historyRings >= 1, historyRings < ringCount else {
      throw .invalidHistory(rings: historyRings, of: ringCount)
    }
    return try LaneGeometry(
      ringCount: ringCount, ringByteCount: ringByteCount, historyRings: historyRings,
      postRecords: postRecords)
  }

  init(
    ringCount: Int, ringByteCount: Int, historyRings: Int, postRecords: Int
  ) throws(LaneLayoutError) {
    guard ringCount >= 2, ringCount <= LaneLayout.mostRings else {
      throw .invalidRingCount(ringCount)
    }
    guard ringByteCount >= LaneLayout.line, ringByteCount % LaneLayout.line == 0,
      ringByteCount <= LaneLayout.mostRingBytes
    else { throw .invalidRingByteCount(ringByteCount) }
    guard historyRings >= 0, historyRings < ringCount else {
      throw .invalidHistory(rings: historyRings, of: ringCount)
    }
    guard postRecords >= 0 else { throw .invalidPostRecords(postRecords) }
    self.ringCount = ringCount
    self.ringByteCount = ringByteCount
    self.historyRings = historyRings
    self.postRecords = postRecords
  }

  /// The largest payload of one record, in bytes: a record may fill an empty ring.
  @inlinable public var maximumPayload: Int { ringByteCount - RecordHeader.byteCount }

  /// Slots of the submit and of the free queue: one more than rings, rounded up to a power of
  /// two. One more, because a returned ring is on the free queue, and may be submitted again,
  /// before its old entry leaves the submit queue.
  var queueCapacity: Int {
    var capacity = 2
    while capacity < ringCount + 1 { capacity *= 2 }
    return capacity
  }
}

/// The thread slots of a region and the lanes that each of them has.
public struct LanesGeometry: Equatable, Sendable {
  /// Threads that can trace at the same time.
  public let threadSlots: Int
  /// Every slot's index lane.
  public let index: LaneGeometry
  /// Every slot's detail lane.
  public let detail: LaneGeometry

  /// Checks and keeps a size.
  public init(
    threadSlots: Int, index: LaneGeometry, detail: LaneGeometry
  ) throws(LaneLayoutError) {
    guard threadSlots >= 1, threadSlots <= LaneLayout.mostThreadSlots else {
      throw .invalidThreadSlotCount(threadSlots)
    }
    self.threadSlots = threadSlots
    self.index = index
    self.detail = detail
  }

  /// The rings of a lane of this kind.
  @inlinable public func lane(_ kind: LaneKind) -> LaneGeometry {
    switch kind {
    case .index: index
    case .detail: detail
    }
  }
}

/// Why lanes cannot be laid out, or why what stands in memory is not a layout of lanes.
public enum LaneLayoutError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There is no control block, or one of another version.
  case notLanes(found: UInt64)
  /// The number of thread slots is out of bounds.
  case invalidThreadSlotCount(Int)
  /// The number of rings is out of bounds.
  case invalidRingCount(Int)
  /// The size of a ring is out of bounds.
  case invalidRingByteCount(Int)
  /// The history does not fit among the rings.
  case invalidHistory(rings: Int, of: Int)
  /// A negative number of records after a mark.
  case invalidPostRecords(Int)
  /// The lanes end beyond the memory they stand in.
  case outsideMemory(needed: Int, available: Int)

  /// One line for people.
  public var description: String {
    switch self {
    case .notLanes(let found):
      "no lanes of this version: the control block begins with 0x\(String(found, radix: 16))"
    case .invalidThreadSlotCount(let count):
      "\(count) thread slots; there are 1 to \(LaneLayout.mostThreadSlots)"
    case .invalidRingCount(let count):
      "\(count) rings in a lane; there are 2 to \(LaneLayout.mostRings)"
    case .invalidRingByteCount(let count):
      "\(count) bytes in a ring; a multiple of \(LaneLayout.line) up to \(LaneLayout.mostRingBytes)"
    case .invalidHistory(let rings, let count):
      "a history of \(rings) rings in a detail lane of \(count); at least one, and one to write to"
    case .invalidPostRecords(let count):
      "\(count) records after a mark; there cannot be fewer than none"
    case .outsideMemory(let needed, let available):
      "the lanes need \(needed) bytes and the memory has \(available)"
    }
  }
}
