// What slot rings and byte rings have in common for round trips.

import TracerCore

/// One side of a pair of rings: it asks, or it answers.
protocol RoundTrip: ~Copyable {
  /// Asks `count` times, from `sequence` on. Returns the first bad answer; stops early without
  /// one if the pair was stopped.
  mutating func ask(
    from sequence: UInt64, count: Int, control: SliceControl
  ) throws(RingCorruption) -> BadMessage?

  /// Answers requests from `sequence` on until the asking side's end of the slice; returns the
  /// first bad request.
  mutating func answer(
    from sequence: inout UInt64, control: SliceControl
  ) throws(RingCorruption) -> BadMessage?
}

extension SlotRoundTrip: RoundTrip {}
extension RecordRoundTrip: RoundTrip {}
