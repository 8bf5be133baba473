// The processor's free-running counter, calibrated against CLOCK_MONOTONIC_RAW.
//
// Reading the counter costs half of what the system clock costs and needs no call, so slices are
// timed with it. Its rate is measured in every run, never assumed.

public import CPlatform

/// The calibrated counter. A plain value: made once by the parent and inherited by its workers.
public struct CounterClock: Sendable, Equatable {
  /// Counter ticks per nanosecond.
  public let ticksPerNanosecond: Double
  /// The smallest difference between two readings one after the other that was not zero, in
  /// nanoseconds: no digit below it means anything for a single interval.
  public let stepNanoseconds: Double
  /// The cost of one reading in a run of readings, in nanoseconds.
  public let overheadNanoseconds: Double
  /// Whether the counter's rate is fixed in every power state; `nil` where unknown.
  public let isInvariant: Bool?

  /// The counter now, in ticks.
  @inlinable public static func now() -> UInt64 { platform_counter() }

  /// Ticks that make up `nanoseconds`.
  @inlinable public func ticks(nanoseconds: UInt64) -> UInt64 {
    UInt64(Double(nanoseconds) * ticksPerNanosecond)
  }

  /// The duration of `ticks` in nanoseconds.
  @inlinable public func nanoseconds(ticks: UInt64) -> Double { Double(ticks) / ticksPerNanosecond }

  /// Measures the counter for about `durationNanoseconds` (20 ms by default: the two readings of
  /// the system clock are uncertain by tens of nanoseconds each, so the rate is known to
  /// some millionths).
  public static func calibrated(durationNanoseconds: UInt64 = 20_000_000) -> CounterClock {
    let start = tightestReading()
    var readings: UInt64 = 0
    var smallestDifference = UInt64.max
    var bestCost = Double.infinity
    while MonotonicTime.nanoseconds() - start.nanoseconds < durationNanoseconds {
      let block = readBlock()
      smallestDifference = min(smallestDifference, block.smallestDifference)
      bestCost = min(bestCost, Double(block.ticks) / Double(blockReadings))
      readings += blockReadings
    }
    let end = tightestReading()
    let rate = Double(end.ticks &- start.ticks) / Double(end.nanoseconds - start.nanoseconds)
    let invariant = platform_counter_is_invariant()
    return CounterClock(
      ticksPerNanosecond: rate,
      stepNanoseconds: Double(smallestDifference) / rate,
      overheadNanoseconds: bestCost / rate,
      isInvariant: invariant < 0 ? nil : invariant == 1)
  }

  /// Enough readings that the loop around them does not count, few enough to fit between two
  /// interruptions.
  private static let blockReadings: UInt64 = 1_000

  private static func readBlock() -> (ticks: UInt64, smallestDifference: UInt64) {
    let start = platform_counter()
    var previous = start
    var smallest = UInt64.max
    for _ in 0..<blockReadings {
      let now = platform_counter()
      let difference = now &- previous
      if difference != 0, difference < smallest { smallest = difference }
      previous = now
    }
    return (previous &- start, smallest)
  }

  /// Both clocks at one moment: the closest bracketing of several tries.
  private static func tightestReading() -> (nanoseconds: UInt64, ticks: UInt64) {
    // Sixteen tries: an interruption in every one of them is not to be expected.
    var best = (nanoseconds: UInt64(0), ticks: UInt64(0), width: UInt64.max)
    for _ in 0..<16 {
      let before = platform_counter()
      let time = MonotonicTime.nanoseconds()
      let width = platform_counter() &- before
      if width < best.width { best = (time, before &+ width / 2, width) }
    }
    return (best.nanoseconds, best.ticks)
  }
}
