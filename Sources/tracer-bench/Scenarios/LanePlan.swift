// One round of a lane torture, drawn from the seed: region kind, pools, processes, pace.

import Harness
import TracerCore
import TracerShm

struct LanePlan {
  let scenario: LaneScenario
  let rules: LaneRules
  let backing: Backing
  let round: UInt64
  /// Of this round: whatever is random in it follows from here.
  let seed: UInt64
  let agentCount: Int
  let threadCount: Int
  let geometry: LanesGeometry
  let waking: WakePolicy
  /// Of so many attempts of a thread, and of so many frames of the controller, one is followed by
  /// a pause.
  let threadPause: UInt64
  let controllerPause: UInt64
  /// The sequence number of records that are spoiled.
  var spoiled: UInt64?

  init(
    scenario: LaneScenario, backing: Backing, runSeed: UInt64, round: UInt64, agents: Int,
    threads: Int
  ) throws(LaneLayoutError) {
    self.scenario = scenario
    self.backing = backing
    self.round = round
    rules = scenario.rules
    agentCount = agents
    threadCount = threads
    var random = SplitMix64(seed: runSeed &+ round &* Pattern.multiplier)
    seed = random.next()
    threadPause = 16 << (random.next() % 9)
    controllerPause = 1 << (random.next() % 10)
    waking = WakePolicy.allCases[Int(random.next() % UInt64(WakePolicy.allCases.count))]
    geometry = try LanePlan.geometry(
      rules, threads: agents * threads, random: &random)
  }

  private static func geometry(
    _ rules: LaneRules, threads: Int, random: inout SplitMix64
  ) throws(LaneLayoutError) -> LanesGeometry {
    let mostRings: UInt64 = rules.hasSmallPools ? 3 : 15
    let indexRings = 2 + Int(random.next() % mostRings)
    let history = 1 + Int(random.next() % 4)
    let detailRings = history + 1 + Int(random.next() % mostRings)
    // From one line, where every record makes a new ring, to sixteen kilobytes.
    let indexBytes = 128 << Int(random.next() % 6)
    let detailBytes = 256 << Int(random.next() % 7)
    return try LanesGeometry(
      threadSlots: max(1, threads / rules.threadsPerSlot),
      index: .index(ringCount: indexRings, ringByteCount: indexBytes),
      detail: .detail(
        ringCount: detailRings, ringByteCount: detailBytes, historyRings: history,
        postRecords: Int(random.next() % 200)))
  }

  /// Every lane of the region.
  var lanes: [LaneIdentifier] {
    (0..<geometry.threadSlots).flatMap { slot in
      LaneKind.allCases.map { LaneIdentifier(slot: slot, kind: $0) }
    }
  }

  /// For people.
  var text: String {
    "\(backing.rawValue), \(waking), \(agentCount) agents of \(threadCount) threads, \(geometry.threadSlots) "
      + "slots, index \(geometry.index.ringCount) x \(geometry.index.ringByteCount) B, detail "
      + "\(geometry.detail.ringCount) x \(geometry.detail.ringByteCount) B, history "
      + "\(geometry.detail.historyRings), post-roll \(geometry.detail.postRecords)"
  }

  /// What a thread, or the controller, draws from.
  func random(of worker: UInt64) -> SplitMix64 {
    SplitMix64(seed: seed ^ (worker &+ 1) &* Pattern.multiplier)
  }
}
