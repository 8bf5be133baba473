// What a drain hands out: a frame that says what it is, and the records of one ring in place.

public import MemoryInterface

/// What one call of the output is about: records of one use of one ring, in sequence.
@frozen public struct LaneFrame: Equatable, Sendable {
  /// The lane they come from.
  public let lane: LaneIdentifier
  /// The epoch of the thread slot: a slot is used by one thread after another.
  public let slotEpoch: UInt64
  /// The use of the ring; zero where no ring is behind the frame (the end of a thread).
  public let generation: UInt64
  /// The sequence number of the first record or loss.
  public let firstSequence: UInt64
  /// Records, losses aside.
  public let recordCount: UInt64
  /// Bytes of records, loss records included.
  public let byteCount: Int
  /// The lane's account after this frame: a successor resumes from the last one in the output.
  public let account: LaneAccount

  /// Makes a frame of its parts: for whoever reads an output back.
  @inlinable public init(
    lane: LaneIdentifier, slotEpoch: UInt64, generation: UInt64, firstSequence: UInt64,
    recordCount: UInt64, byteCount: Int, account: LaneAccount
  ) {
    self.lane = lane
    self.slotEpoch = slotEpoch
    self.generation = generation
    self.firstSequence = firstSequence
    self.recordCount = recordCount
    self.byteCount = byteCount
    self.account = account
  }
}

/// Where drained records go: a file, a test's array.
public protocol LaneOutput<Memory> {
  /// The memory that records stand in.
  associatedtype Memory: SharedMemory
  /// Why a frame could not be written.
  associatedtype Failure: Error
  /// Takes the records of one frame, in place. When it returns, they are the output's: the ring is
  /// given back. If it throws, the ring stays where it is, and the frame comes again; a
  /// `LaneCorruption` thrown puts the lane into quarantine instead.
  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<Memory>) throws(Failure)
  /// Brings a range of the memory to where it survives a power cut, and returns when it is there;
  /// `false` where nobody asks for that. Then `write`, too, returns only when its frame is safe.
  mutating func synchronise(offset: Int, byteCount: Int) throws(Failure) -> Bool
}

extension LaneOutput {
  /// Nothing survives a power cut.
  @inlinable public mutating func synchronise(
    offset: Int, byteCount: Int
  ) throws(Failure) -> Bool { false }
}

/// A peer broke the protocol of lanes: what it stored cannot be followed safely.
public enum LaneCorruption: Error, Equatable, Sendable, CustomStringConvertible {
  /// A queue's position cannot be an honest one.
  case queue(RingCorruption)
  /// The free queue is full, though it has room for every ring.
  case freeQueueFull
  /// A submitted ring does not exist.
  case ringIndex(UInt64)
  /// A ring was submitted in another generation than it is in, or unsealed.
  case generation(ring: Int, submitted: UInt64, found: UInt64, sealed: UInt64)
  /// A committed position lies outside its ring, or off the grid of eight.
  case committed(ring: Int)
  /// A record's length leads outside what was committed.
  case recordLength(UInt64, at: Int)
  /// A ring's first sequence number or losses contradict what came before.
  case sequence(ring: Int, first: UInt64, expected: UInt64)

  /// One line for people.
  public var description: String {
    switch self {
    case .queue(let corruption): "a queue of rings: \(corruption)"
    case .freeQueueFull: "the free queue is full, though it has room for every ring"
    case .ringIndex(let index): "ring \(index) was submitted and does not exist"
    case .generation(let ring, let submitted, let found, let sealed):
      "ring \(ring) was submitted in generation \(submitted); it is in \(found), sealed in \(sealed)"
    case .committed(let ring): "the committed position of ring \(ring) lies outside of it"
    case .recordLength(let length, let offset):
      "the record at byte \(offset) of its ring claims \(length) bytes"
    case .sequence(let ring, let first, let expected):
      "ring \(ring) begins at sequence \(first), which cannot follow \(expected)"
    }
  }
}

/// A run of records in place. Good until the output's `write` returns.
///
/// The bytes are as trustworthy as the agent: it may change them while they are read, so every
/// iteration checks every length anew, and a consumer that parses payloads of an untrusted agent
/// copies first.
@frozen public struct LaneRecords<Memory: SharedMemory> {
  /// The memory they stand in.
  public let memory: Memory
  /// Where the first header stands, in bytes of the memory.
  public let offset: Int
  /// Bytes of records, loss records included.
  public let byteCount: Int
  /// The sequence number of the first record or loss.
  public let firstSequence: UInt64

  /// A run of records in a memory; nothing about them is trusted yet.
  @inlinable public init(memory: Memory, offset: Int, byteCount: Int, firstSequence: UInt64) {
    self.memory = memory
    self.offset = offset
    self.byteCount = byteCount
    self.firstSequence = firstSequence
  }

  /// One step of a walk.
  @frozen public enum Item: Equatable, Sendable {
    /// A record; its payload is in `memory` at its offset.
    case record(RecordView)
    /// Attempts lost at this place.
    case losses(LossCounts)
  }

  /// The item whose header stands `position` bytes from the start, and where the next one does.
  /// The header is loaded once, and checked against the end of the run.
  @inlinable @inline(__always)
  public func item(at position: Int) throws(LaneCorruption) -> (item: Item, next: Int) {
    let start = offset &+ position
    let header = RecordHeader(word: memory.loadPayload(at: start))
    let size = RecordHeader.recordByteCount(payload: header.payloadByteCount)
    guard size <= UInt64(byteCount &- position) else {
      throw .recordLength(UInt64(header.payloadByteCount), at: position)
    }
    let next = position &+ Int(truncatingIfNeeded: size)
    let payload = start &+ RecordHeader.byteCount
    guard header.isLoss else {
      return (.record(RecordView(header: header, payloadOffset: payload)), next)
    }
    guard size == RecordHeader.lossByteCount else {
      throw .recordLength(UInt64(header.payloadByteCount), at: position)
    }
    var losses = LossCounts()
    for cause in 0..<4 { losses.counts[cause] = memory.loadPayload(at: payload &+ 8 &* cause) }
    return (.losses(losses), next)
  }

  /// Calls `body` with every record and its sequence number, in order.
  ///
  /// - Throws: `LaneCorruption` where a length leads outside the run.
  @inlinable @inline(__always)
  public func forEach(_ body: (Memory, RecordView, UInt64) -> Void) throws(LaneCorruption) {
    var position = 0
    var sequence = firstSequence
    while position < byteCount {
      let (item, next) = try item(at: position)
      switch item {
      case .record(let record):
        body(memory, record, sequence)
        sequence &+= 1
      case .losses(let losses): sequence &+= losses.total
      }
      position = next
    }
  }
}
