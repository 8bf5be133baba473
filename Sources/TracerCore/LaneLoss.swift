// Losses by cause: how they are counted, carried in ring headers, and written among the records.
//
// A loss takes a sequence number like a record (a nested write excepted), so that the place of
// every hole is known: records of a ring are consecutive except where a loss record stands, and
// the header of a ring carries what the lane had lost when the ring was activated.

/// Why a record was not taken.
@frozen public enum LossCause: UInt8, CaseIterable, Sendable {
  /// The active ring is full and the controller has returned none.
  case noSpareRing = 0
  /// As before, in a detail lane that may not recycle, because what it holds is marked.
  case noSpareWhileMarked = 1
  /// The record exceeds a ring.
  case tooLarge = 2
  /// The controller has put the lane into quarantine, or the writer found its queues corrupt.
  case quarantined = 3
  /// A signal handler wrote in the middle of a write of the same thread. Takes no sequence number
  /// and has a counter of its own.
  case nestedWrite = 4
  /// The thread has no slot: all are taken, or it has left, or it is a forked child. Takes no
  /// sequence number; counted for the whole region.
  case noThreadSlot = 5

  /// Whether a loss for this cause takes a sequence number of its lane.
  @inlinable public var takesSequence: Bool { rawValue < LossCause.nestedWrite.rawValue }
}

/// Losses by cause, those that take a sequence number.
@frozen public struct LossCounts: Equatable, Sendable {
  /// By `LossCause.rawValue`.
  public var counts: SIMD4<UInt64>

  /// Takes counts.
  @inlinable public init(_ counts: SIMD4<UInt64> = .zero) { self.counts = counts }

  /// How many were lost for one cause; none for those that are counted elsewhere.
  @inlinable public subscript(cause: LossCause) -> UInt64 {
    get { cause.takesSequence ? counts[Int(cause.rawValue)] : 0 }
    set { if cause.takesSequence { counts[Int(cause.rawValue)] = newValue } }
  }

  /// All of them.
  @inlinable public var total: UInt64 { counts.wrappedSum() }

  /// What came on top of earlier counts. Wraps around if it is not so.
  @inlinable public func since(_ earlier: LossCounts) -> LossCounts {
    LossCounts(counts &- earlier.counts)
  }

  /// Adds up.
  @inlinable public mutating func add(_ other: LossCounts) { counts &+= other.counts }
}

extension RecordHeader {
  /// Flag: no record but the losses at this place, four counts by cause.
  @inlinable public static var loss: UInt16 { 0x4000 }
  /// Whether these are losses.
  @inlinable public var isLoss: Bool { flags & RecordHeader.loss != 0 }
  /// Bytes of the payload of a loss record.
  @inlinable public static var lossPayloadByteCount: Int { 32 }
  /// Bytes of a whole loss record.
  @inlinable public static var lossByteCount: UInt64 { 40 }
}
