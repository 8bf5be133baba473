// Runs crash sweeps one after another, each on a region of its own.

import CrashLab
import Harness
import HardwareMemory
import TracerShm

struct CrashExperiment {
  let region: RegionArguments
  let isQuick: Bool
  /// Only this kill of each sweep by access.
  let plan: KillPlan?
  /// Random moments for each victim, cuts of the power, and what they are drawn from.
  let kills: Int
  let cuts: Int
  let seed: UInt64
  let progress: Progress

  /// Pairs of places in a sweep of two deaths: all, or a sample spread over both.
  private var maximumPairs: Int { isQuick ? 150 : 20_000 }

  /// Runs all of them; calls `report` after each. A sweep ends at its first finding.
  func run(
    _ cases: [CrashCase], report: (CrashOutcome) -> Void
  ) throws(BenchError) -> [CrashOutcome] {
    let factory = RegionFactory(region)
    factory.sweep()
    var outcomes: [CrashOutcome] = []
    for (index, sweep) in cases.enumerated() {
      progress.beginStep(
        start: Double(index) / Double(cases.count), length: 1 / Double(cases.count))
      let start = MonotonicTime.nanoseconds()
      let result: SweepResult
      do { result = try run(sweep, factory) } catch let error as BenchError { throw error } catch {
        throw .operation("\(sweep.name): \(error)")
      }
      let seconds = Double(MonotonicTime.nanoseconds() - start) / 1e9
      outcomes.append(CrashOutcome(sweep, result, seconds: seconds))
      report(outcomes[index])
    }
    progress.end()
    return outcomes
  }

  private func run(_ sweep: CrashCase, _ factory: RegionFactory) throws -> SweepResult {
    let show = { (share: Double) in progress.show(sweep.name, share) }
    guard let scenario = sweep.scenario else {
      let place = { (number: Int) in
        factory.place(sweep.backing, name: TemporaryName(number: number).text)
      }
      if sweep.method == .power {
        return try PowerSweep(seed: seed, outputFolder: "/dev/shm", backing: place)
          .run(cuts: cuts, progress: show)
      }
      return try TimeSweep(seed: seed, outputFolder: "/dev/shm", backing: place)
        .run(TimeOrder.of(sweep.victim), count: kills, progress: show)
    }
    return try factory.make(sweep.backing, byteCount: CrashStand.byteCount).withPayload { memory in
      switch sweep.method {
      case .access:
        let access = AccessSweep(
          scenario, victim: sweep.victim, on: try CrashStand(on: memory),
          maximumPairs: maximumPairs)
        return try plan.map { try access.run($0) } ?? access.run(progress: show)
      case .instruction:
        // Victim and tracer take turns: on one CPU a turn is a switch, and no wake-up elsewhere.
        let cpu = try Placement.defaultPair().producer
        return try Placement.whilePinned(to: cpu) {
          try InstructionSweep(scenario, victim: sweep.victim, on: memory, cpu: cpu)
            .run(progress: show)
        }
      case .time, .power: preconditionFailure("a sweep of free runs has no scenario")
      }
    }
  }
}
