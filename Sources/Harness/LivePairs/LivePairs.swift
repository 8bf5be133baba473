// The interleaver: all variants live at once, taking turns of a few milliseconds.
//
//   round 0:  A B C | C B A      round 1:  B C A | A C B      …
//
// A shared virtual machine changes its speed for seconds at a time, and nothing in /proc tells.
// Variants measured one after the other would differ by that alone; in mirrored slices every
// variant of a round has the same centre in time, so that drift cancels in their ratio. The order
// rotates from round to round, so that no variant always follows the same neighbour.

import Glibc

/// How a run is divided.
public struct LiveSchedule: Sendable {
  /// The length of a slice in nanoseconds: 3–10 ms is shorter than the machine's moods and much
  /// longer than waking a process (50 µs).
  public var sliceNanoseconds: UInt64 = 5_000_000
  /// Rounds that are run and thrown away: caches, page tables and branch predictors settle.
  public var warmUpRounds = 1
  /// The run ends when this many rounds are measured …
  public var rounds = Int.max
  /// … or, at the end of a round, when this time has passed.
  public var durationNanoseconds = UInt64.max
  /// At least this many rounds are measured, whatever the time.
  public var minimumRounds = 4
  /// A member that does not report within this time has hung. Far longer than a slice: a paused
  /// virtual machine is not a failure.
  public var hangNanoseconds: UInt64 = 30_000_000_000

  /// A run of `seconds`.
  public static func duration(seconds: Double) -> LiveSchedule {
    var schedule = LiveSchedule()
    schedule.durationNanoseconds = UInt64(max(0, seconds) * 1e9)
    return schedule
  }

  /// A run of a fixed number of rounds (two slices a variant each).
  public static func rounds(_ rounds: Int) -> LiveSchedule {
    var schedule = LiveSchedule()
    schedule.rounds = rounds
    return schedule
  }
}

/// How far a run is.
public struct LiveProgress: Sendable {
  /// Measured rounds so far.
  public let rounds: Int
  /// The part of the run that is done, 0…1.
  public let fraction: Double
}

/// What a run of live groups measured.
public struct LiveRun: Sendable {
  /// The variants' names, in the order given.
  public let variants: [String]
  /// For each variant its slices: two for each round, in mirrored places, so that entry `i` of one
  /// variant pairs with entry `i` of any other.
  public let samples: [[SliceSample]]
  /// Whether `shouldStop` ended the run early.
  public let stopped: Bool

  /// The samples of the variant of this name.
  public func samples(of name: String) -> [SliceSample]? {
    variants.firstIndex(of: name).map { samples[$0] }
  }

  /// A figure of every slice of a variant, such as records per second.
  public func series(_ variant: Int, _ figure: (SliceSample) -> Double) -> [Double] {
    samples[variant].map(figure)
  }
}

/// Runs variants side by side.
public enum LivePairs {
  /// Starts all groups, interleaves their slices, and ends all workers before it returns.
  ///
  /// Call from a process that has never started a thread. Blocks for the whole run.
  ///
  /// - Parameters:
  ///   - variants: One or more, with distinct names.
  ///   - progress: Called between rounds.
  ///   - shouldStop: Asked between rounds; true ends the run with what there is.
  public static func run(
    _ variants: [LiveVariant], schedule: LiveSchedule, clock: CounterClock,
    progress: (LiveProgress) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws(LiveRunError) -> LiveRun {
    precondition(!variants.isEmpty, "nothing to run")
    precondition(Set(variants.map(\.name)).count == variants.count, "two variants of one name")
    var groups: [LiveGroup] = []
    for variant in variants { groups.append(try LiveGroup(variant, clock: clock)) }

    var samples = [[SliceSample]](repeating: [], count: variants.count)
    var order = 0
    var measured = 0
    var stopped = false
    var began = MonotonicTime.nanoseconds()
    for round in 0..<(schedule.warmUpRounds + min(schedule.rounds, Int.max / 2)) {
      let isWarmUp = round < schedule.warmUpRounds
      if round == schedule.warmUpRounds { began = MonotonicTime.nanoseconds() }
      for index in mirroredOrder(count: groups.count, round: round) {
        let start = MonotonicTime.nanoseconds()
        let reports = try groups[index].run(
          order: order, nanoseconds: schedule.sliceNanoseconds,
          deadlineNanoseconds: schedule.hangNanoseconds)
        if !isWarmUp {
          samples[index].append(
            SliceSample(
              round: measured, order: order, startNanoseconds: start, members: reports))
        }
        order += 1
      }
      if isWarmUp { continue }
      measured += 1
      let elapsed = MonotonicTime.nanoseconds() - began
      progress(
        LiveProgress(rounds: measured, fraction: fraction(schedule, measured, elapsed)))
      if shouldStop() {
        stopped = true
        break
      }
      if measured >= schedule.minimumRounds, elapsed >= schedule.durationNanoseconds { break }
    }
    return LiveRun(variants: variants.map(\.name), samples: samples, stopped: stopped)
  }

  /// The order of one round: forwards, then backwards, from a start that rotates.
  static func mirroredOrder(count: Int, round: Int) -> [Int] {
    let forward = (0..<count).map { ($0 + round) % count }
    return forward + forward.reversed()
  }

  private static func fraction(
    _ schedule: LiveSchedule, _ rounds: Int, _ elapsed: UInt64
  ) -> Double {
    let byRounds = Double(rounds) / Double(schedule.rounds)
    let byTime = min(
      Double(elapsed) / Double(schedule.durationNanoseconds),
      Double(rounds) / Double(schedule.minimumRounds))
    return min(1, max(byRounds, byTime))
  }
}
