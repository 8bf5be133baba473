// What the members of a live group tell the parent after each slice.

/// One member's account of one slice. Plain words: it travels in a message of fixed size.
public struct SliceReport: BitwiseCopyable, Sendable {
  /// Records moved (or operations done) in the slice.
  public var records: UInt64 = 0
  /// Payload bytes moved and checked.
  public var bytes: UInt64 = 0
  /// The member's own measured time of the slice, in nanoseconds.
  public var nanoseconds: Double = 0
  /// Zero: well. Anything else ends the run: the data were wrong, say.
  public var failureCode: UInt64 = 0
  /// Details of a failure, for whoever set the code: position, expected, found.
  public var failureDetails = InlineArray<4, UInt64>(repeating: 0)
  /// Figures of the scenario's own.
  public var extra = InlineArray<8, UInt64>(repeating: 0)

  /// An account of nothing.
  public init() {}

  /// An account of a slice that went well.
  public init(records: UInt64, bytes: UInt64, nanoseconds: Double) {
    self.records = records
    self.bytes = bytes
    self.nanoseconds = nanoseconds
  }
}

/// One slice of one variant, as the parent collected it.
public struct SliceSample: Sendable {
  /// The round (a mirrored pass through all variants), from zero; warm-up rounds not counted.
  public let round: Int
  /// The slice's place in the run, warm-up included.
  public let order: Int
  /// When the slice began, in nanoseconds of `MonotonicTime`.
  public let startNanoseconds: UInt64
  /// The account of each member, in the order of the variant's members.
  public let members: [SliceReport]
}

/// What a slice's body is given.
public struct SliceContext {
  /// The slice's place in the run, from zero; the same for all members. Seeds what differs.
  public let order: Int
  /// The slice's intended length in nanoseconds.
  public let nanoseconds: UInt64
  /// The slice's intended length in ticks of the counter.
  public let ticks: UInt64
  /// The calibrated counter.
  public let clock: CounterClock
}
