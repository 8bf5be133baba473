// An account as the words that an output file keeps, so that a successor resumes from the last
// frame. Any thread; no allocation.

extension LaneAccount {
  /// Words of an account.
  public static var wordCount: Int { 10 }

  /// The account as words: next sequence, drained, losses by cause, overwritten, in flight,
  /// unaccounted, and one if `nextSequence` is known.
  public var words: InlineArray<10, UInt64> {
    [
      nextSequence, drained, losses.counts[0], losses.counts[1], losses.counts[2],
      losses.counts[3], overwritten, inFlight, unaccounted, isAnchored ? 1 : 0,
    ]
  }

  /// Reads an account back. Any words make one; whether it adds up is
  /// `LaneInvariant.everyAttemptAccountedFor`.
  public init(words: InlineArray<10, UInt64>) {
    self.init()
    nextSequence = words[0]
    drained = words[1]
    for cause in 0..<4 { losses.counts[cause] = words[2 + cause] }
    overwritten = words[6]
    inFlight = words[7]
    unaccounted = words[8]
    isAnchored = words[9] != 0
  }
}
