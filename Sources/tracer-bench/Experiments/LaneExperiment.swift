// Lanes under torture: round after round, each with a region kind, pools and processes drawn from
// the seed. One round at a time: what races are about needs CPUs that really run at once.

import Harness
import TracerCore

struct LaneExperiment {
  var scenario: LaneScenario
  var backings: [Backing]
  var agents: Int
  var threads: Int
  var seconds: Double
  var seed: UInt64
  /// The first round; replays one without those before it.
  var firstRound: UInt64
  /// The sequence number of records that are spoiled: to see the torture fail.
  var spoiled: UInt64?

  /// Long enough that starting costs little, short enough that pools of every size have their turn.
  private static let longestRound = 0.4

  private func id(_ backing: Backing) -> String {
    "stress/\(backing.rawValue)/\(scenario.rawValue)"
  }

  func run(
    factory: RegionFactory, progress: Progress, announce: (String) -> Void
  ) throws -> TortureOutcome {
    var tallies: [Backing: LaneTally] = [:]
    var disturbance = try Disturbance(seed: seed ^ Pattern.multiplier, announce: announce)
    let length = min(LaneExperiment.longestRound, seconds / Double(backings.count))
    let start = MonotonicTime.nanoseconds()
    var elapsed = 0.0
    var round = firstRound
    repeat {
      let backing = backings[Int(round % UInt64(backings.count))]
      var plan = try LanePlan(
        scenario: scenario, backing: backing, runSeed: seed, round: round, agents: agents,
        threads: threads)
      plan.spoiled = spoiled
      do throws(LaneRoundEnd) {
        let tally = try play(plan, seconds: length, factory, &disturbance)
        tallies[backing, default: LaneTally()].add(tally)
      } catch {
        switch error {
        case .failed(let error): throw error
        case .wrong(let text):
          let found = Double(MonotonicTime.nanoseconds() - start) / 1e9
          return TortureOutcome(results: [], finding: finding(plan, text, seconds: found))
        }
      }
      // The last number there is may be replayed too.
      round &+= 1
      elapsed = Double(MonotonicTime.nanoseconds() - start) / 1e9
      progress.show("\(scenario.rawValue), round \(round)", elapsed / seconds)
      // Every region kind once, whatever the time.
    } while elapsed < seconds || round &- firstRound < UInt64(backings.count)
    return TortureOutcome(
      results: backings.map { result($0, tallies[$0] ?? LaneTally(), disturbance) })
  }

  private func play(
    _ plan: LanePlan, seconds: Double, _ factory: RegionFactory, _ disturbance: inout Disturbance
  ) throws(LaneRoundEnd) -> LaneTally {
    let round: LaneRound
    do {
      round = try LaneRound(plan, factory: factory)
      try round.start()
    } catch { throw .failed(error) }
    try round.run(
      until: MonotonicTime.nanoseconds() + UInt64(seconds * 1e9), &disturbance)
    return try round.finish()
  }

  private func finding(_ plan: LanePlan, _ text: String, seconds: Double) -> TortureFinding {
    let replay =
      "tracer-bench stress --scenario \(scenario.rawValue) "
      + backings.map { "--backing \($0.rawValue) " }.joined()
      + "--agents \(agents) --threads \(threads) --seed \(seed) --round \(plan.round)"
    return TortureFinding(
      caseID: id(plan.backing), parameters: parameters(plan.backing),
      text: "WRONG in \(id(plan.backing)), round \(plan.round): \(text) (\(plan.text)); "
        + "replay: \(replay)", seconds: seconds)
  }

  private func parameters(_ backing: Backing) -> [(name: String, value: Parameter)] {
    [
      ("backing", .text(backing.rawValue)), ("scenario", .text(scenario.rawValue)),
      ("agents", .integer(agents)), ("threads", .integer(threads)),
    ]
  }

  private func result(
    _ backing: Backing, _ tally: LaneTally, _ disturbance: Disturbance
  ) -> CaseResult {
    CaseResult(
      id: id(backing), experiment: "stress",
      parameters: parameters(backing) + [("seed", .text("\(seed)"))], records: tally.drained,
      metrics: tally.metrics + disturbance.metrics, notes: disturbance.notes,
      group: scenario.rawValue, member: backing.rawValue)
  }
}
