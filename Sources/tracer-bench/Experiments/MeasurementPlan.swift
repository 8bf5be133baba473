// How a measurement is divided: launches of all processes, rounds of slices within each.
//
// A launch is the unit of the statistics: where pages came to lie is settled once a launch, so
// slices of one launch are not independent. Launches are short (forking ten processes takes
// milliseconds), so there can be a dozen in a few seconds.

import Harness

struct MeasurementPlan {
  /// The unit of the statistics. Twelve: the least that gives a 99 % interval with room for a wild
  /// launch at either end.
  var launches = 12
  /// Seconds of one group of cases, over all launches.
  var seconds: Double
  /// Where the two sides run.
  var placement: PairPlacement
  var clock: CounterClock
  var seed: UInt64
  /// The message to spoil, so that the check is seen to fail.
  var spoiledMessage: UInt64?

  /// 5 ms: shorter than the machine's moods, and much longer than waking a process (50 µs).
  static let sliceNanoseconds: UInt64 = 5_000_000

  /// Launches that are run even if the machine is so busy that the time is up before: below this
  /// there is no interval.
  private static let minimumLaunches = 6

  /// The schedule of one launch of `variants` groups.
  func schedule(variants: Int) -> LiveSchedule {
    let slice = Double(MeasurementPlan.sliceNanoseconds) * 1e-9
    let perRound = slice * Double(2 * variants)
    var schedule = LiveSchedule.rounds(max(1, Int(seconds / Double(launches) / perRound)))
    schedule.sliceNanoseconds = MeasurementPlan.sliceNanoseconds
    schedule.minimumRounds = 1
    schedule.durationNanoseconds = UInt64(2 * seconds / Double(launches) * 1e9)
    return schedule
  }

  /// Runs the launches: `make` prepares one, `collect` takes what it measured.
  func run(
    title: String, progress: Progress, make: () throws -> [LiveVariant],
    collect: (LiveRun) -> Void
  ) throws {
    let start = MonotonicTime.nanoseconds()
    for launch in 0..<launches {
      // Twice the time: starting processes takes some, and beyond that others keep the CPUs busy.
      let elapsed = Double(MonotonicTime.nanoseconds() - start) * 1e-9
      if launch >= MeasurementPlan.minimumLaunches, elapsed > 2 * seconds { break }
      let variants = try make()
      let result: LiveRun
      do throws(LiveRunError) {
        result = try LivePairs.run(
          variants, schedule: schedule(variants: variants.count), clock: clock,
          progress: { progress.show(title, (Double(launch) + $0.fraction) / Double(launches)) })
      } catch { throw BenchError(error) }
      collect(result)
    }
  }
}
