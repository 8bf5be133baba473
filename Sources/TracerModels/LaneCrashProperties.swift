// Death at any step: of the agent, of the controller, of both, and of whoever recovers.
//
// What survives of a victim is any set of its stores that is closed under the order that its
// release stores, fences and read-modify-writes impose (see `Crash.swift`). An attempt counts as
// accepted once the agent has told somebody outside, as a program does that goes on; the output
// is a file: see `ModelLaneFile`.

import MemoryInterface
import ModelChecker
import TracerCore

// MARK: What each does

/// The agent, telling somebody outside of every attempt once it is over.
private func write(_ context: ModelContext, _ world: LaneWorld, leaves: Bool) {
  let lanes = world.lanes(context)
  var writer = lanes.lane(0, world.kind).makeWriter(slotEpoch: 0, host: ModelLaneHost(context))
  var tally = AgentTally()
  for _ in 0..<world.attempts {
    let number = writer.sequence
    let outcome = writer.writeNumbered(world)
    tally.count(outcome, number: number)
    context.exchange(LaneWorld.Place.acknowledged, tally.acknowledgement, .release)
  }
  tally.observe(context)
  if leaves {
    writer.leave()
    lanes.slots.retire(ThreadSlotClaim(slot: 0, state: LaneWorld.claimed))
  }
}

/// A controller that drains into the file.
private func drainIntoFile(_ context: ModelContext, _ world: LaneWorld, tries: Int) {
  var output = ModelLaneFile(context)
  var reader = LaneReader(
    world.lanes(context).lane(0, world.kind), resuming: output.contents.account)
  drain(context, &reader, &output, tries: tries)
  context.observe(output.contents.check, reader.account)
}

/// Whoever comes after the agent's death: reclaims into the file, and finds everything there.
private func recover(_ context: ModelContext, _ world: LaneWorld) {
  checkSeals(context, world)
  var output = ModelLaneFile(context)
  var reader = LaneReader(
    world.lanes(context).lane(0, world.kind), resuming: output.contents.account)
  let damaged = reader.reclaim(after: .died, into: &output)
  context.require(damaged == 0, "a ring is damaged")
  let tally = AgentTally(acknowledged: context.load(LaneWorld.Place.acknowledged, .relaxed))
  let account = reader.account
  context.require(
    LaneInvariant.everyAttemptAccountedFor(account), "everyAttemptAccountedFor: not so")
  context.require(account.inFlight <= 1, "more than one attempt in flight")
  // A death within an attempt, or between it and telling of it.
  context.require(
    account.nextSequence &- tally.attempts <= 1, "attempts that nobody made, or made and unknown")
  let seen = output.contents.check.seen
  let missing = tally.accepted & ~seen
  switch world.kind {
  case .index:
    context.require(missing == 0 && account.overwritten == 0, "an accepted record is lost")
  case .detail:
    context.require(
      UInt64(missing.nonzeroBitCount) <= account.overwritten, "an accepted record is lost")
    // A history's worth is never overwritten.
    let kept = UInt64(world.history * world.recordsPerRing)
    let old: UInt64 = tally.attempts > kept ? 1 << (tally.attempts - kept) &- 1 : 0
    context.require(missing & ~old == 0, "a record of the history is lost")
  }
  // One more may be there than is known of, in flight.
  let unknown = seen & ~tally.accepted
  context.require(
    unknown.nonzeroBitCount <= 1 && (unknown == 0 || unknown == 1 << tally.attempts),
    "a record that nobody wrote")
}

/// A seal that survives stands over a complete header.
private func checkSeals(_ context: ModelContext, _ world: LaneWorld) {
  for index in 0..<world.rings {
    let ring = world.lanes(context).lane(0, world.kind).ring(index)
    let generation = ring.loadGeneration()
    guard generation > 0, ring.loadSealedGeneration() == generation else { continue }
    let expected = ModelLaneHost.checksum(
      index: UInt64(index), generation: generation,
      first: context.load(world.place(of: "first sequence", ring: index), .relaxed),
      committed: context.load(world.place(of: "committed", ring: index), .relaxed))
    // A ring that is being recycled has lost its bytes, not its seal.
    let isEmpty = context.load(world.place(of: "committed", ring: index), .relaxed) == 0
    context.require(
      isEmpty || context.load(world.place(of: "checksum", ring: index), .relaxed) == expected,
      "a seal over a checksum that is not the ring's")
  }
}

extension AgentTally {
  /// What is told outside, in one word.
  fileprivate var acknowledgement: UInt64 { accepted | attempts << 32 | lost << 48 }

  fileprivate init(acknowledged word: UInt64) {
    self.init(
      accepted: word & 0xFFFF_FFFF, attempts: word >> 32 & 0xFFFF, lost: word >> 48)
  }
}

// MARK: Worlds

/// The agent dies, the controller beside it or not; then the lane is reclaimed, perhaps twice.
private func agentProperty(
  _ name: String, _ summary: String, _ world: LaneWorld, recoveries: Int = 1,
  victims: [Int] = [0], maximumKills: Int = 1, isQuick: Bool = true
) -> ModelProperty {
  ModelProperty(
    "lanes/death/" + name, summary, isQuick: isQuick,
    // `reclaim` ends with more unordered stores in a row than every set is taken of.
    isBounded: recoveries > 1, victims: victims, maximumKills: maximumKills
  ) {
    let initial = world.claimed()
    var processes = [ModelProcess("agent") { write($0, world, leaves: false) }]
    if world.tries > 0 {
      processes.append(ModelProcess("controller") { drainIntoFile($0, world, tries: world.tries) })
    }
    for number in 0..<recoveries {
      let former = number == 0 ? Array(processes.indices) : [processes.count - 1]
      processes.append(
        ModelProcess("recovery", start: .afterEnd(of: former)) { recover($0, world) })
    }
    return ModelProgram(
      name: name, processes: processes, initial: initial,
      check: { state in LaneOutcome(world, initial: initial, state).poolProblem })
  }
}

/// The controller dies, the agent goes on, a successor takes over.
private func takeoverProperty(
  _ name: String, _ summary: String, _ world: LaneWorld, isQuick: Bool = true
) -> ModelProperty {
  ModelProperty("lanes/takeover/" + name, summary, isQuick: isQuick, victims: [1]) {
    let initial = world.claimed()
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("agent") { write($0, world, leaves: false) },
        ModelProcess("controller") { drainIntoFile($0, world, tries: world.tries) },
        ModelProcess("successor", start: .afterEnd(of: [1])) {
          drainIntoFile($0, world, tries: world.tries)
        },
      ],
      initial: initial,
      check: { state in
        let outcome = LaneOutcome(world, initial: initial, state)
        return outcome.problem(outcome.tally(of: 0), drained: outcome.drained(by: 2), after: .died)
      })
  }
}

/// Agent and controller die, one or both; then recovery reads what is left, off the model, by both
/// of its rules: it stores nothing, so a recovery that is killed changes nothing either.
private func scanProperty(
  _ name: String, _ summary: String, _ world: LaneWorld, victims: [Int], maximumKills: Int = 1,
  isQuick: Bool = true
) -> ModelProperty {
  ModelProperty(
    "lanes/scan/" + name, summary, isQuick: isQuick, victims: victims, maximumKills: maximumKills
  ) {
    let initial = world.claimed()
    var processes = [ModelProcess("agent") { write($0, world, leaves: false) }]
    if world.tries > 0 {
      processes.append(ModelProcess("controller") { drainIntoFile($0, world, tries: world.tries) })
    }
    return ModelProgram(
      name: name, processes: processes, initial: initial,
      check: { LaneOutcome(world, initial: initial, $0).scanProblem })
  }
}

extension LaneOutcome {
  /// What is wrong with what a read-only recovery finds.
  fileprivate var scanProblem: String? {
    let contents = ModelLaneFile.Contents(packed: state.value(LaneWorld.Place.output))
    let tally = AgentTally(acknowledged: state.value(LaneWorld.Place.acknowledged))
    let lanes = Lanes(image, checked: world.geometry)
    var output = ImageLaneOutput(continuing: contents.check)
    let found = RecoveryScan(lanes, rule: .committed).recover(
      lane.identifier, resuming: contents.account, end: .died, into: &output)
    guard found.damagedRings == 0, output.isSound, found.isComplete, found.account.inFlight <= 1
    else { return "recovery finds \(found)" }
    let missing = tally.accepted & ~output.check.seen
    guard UInt64(missing.nonzeroBitCount) <= found.account.overwritten,
      world.kind == .detail || found.account.overwritten == 0
    else { return "accepted records are missing: \(tally), \(found)" }
    guard found.account.nextSequence &- tally.attempts <= 1 else {
      return "attempts that nobody made: \(tally), \(found)"
    }
    // As after a power cut that lost nothing: what is sealed has its checksum.
    var sealed = ImageLaneOutput(continuing: RecordCheck())
    let bySeal = RecoveryScan(lanes, rule: .sealed { ModelLaneHost.checksum($0) }).recover(
      lane.identifier, resuming: .beginningAnywhere, end: .died, into: &sealed)
    let isHonest = bySeal.rings.allSatisfy { ring in
      switch ring.verdict {
      case .nothing, .recovered, .unsealed: true
      case .damaged, .refused, .checksumMismatch: false
      }
    }
    return isHonest && sealed.isSound ? nil : "a seal over what is not sealed: \(bySeal)"
  }
}

let laneCrashProperties: [ModelProperty] = [
  agentProperty(
    "agent/index/2x3",
    "the agent dies at any step, nobody draining: every accepted record is there",
    LaneWorld(attempts: 3, tries: 0)),
  agentProperty(
    "agent/index/2x2/drained", "the agent dies at any step beside a controller",
    LaneWorld(attempts: 2, tries: 1)),
  agentProperty(
    "agent/index/2x3/drained", "the agent dies at any step beside a controller, rings coming back",
    LaneWorld(attempts: 3, tries: 2), isQuick: false),
  agentProperty(
    "agent/index/3x5/drained", "as before, five records through three rings",
    LaneWorld(rings: 3, attempts: 5, tries: 3), isQuick: false),
  agentProperty(
    "agent/detail/2x4", "the agent of a flight recorder dies at any step, recycling",
    LaneWorld(kind: .detail, attempts: 4, tries: 0)),
  agentProperty(
    "reclaim/index/2x2", "the agent is gone, and who reclaims dies at any step: another goes on",
    LaneWorld(attempts: 2, tries: 0), recoveries: 2, victims: [1]),
  agentProperty(
    "reclaim/detail/2x3", "as before, with a history",
    LaneWorld(kind: .detail, attempts: 3, tries: 0), recoveries: 2, victims: [1], isQuick: false),
  agentProperty(
    "recovery/index/2x1", "the agent dies, and who reclaims dies as well: another does it again",
    LaneWorld(attempts: 1, tries: 0), recoveries: 2, victims: [0, 1], maximumKills: 2,
    isQuick: false),
  agentProperty(
    "both/index/2x1", "agent and controller die, in either order",
    LaneWorld(attempts: 1, tries: 1), victims: [0, 1], maximumKills: 2, isQuick: false),
  takeoverProperty(
    "2x2", "the controller dies at any step and a successor takes over, the agent going on",
    LaneWorld(attempts: 2, tries: 1)),
  takeoverProperty(
    "2x3", "as before, rings coming back in between", LaneWorld(attempts: 3, tries: 2)),
  takeoverProperty(
    "2x5", "as before, rings going round twice", LaneWorld(attempts: 5, tries: 3),
    isQuick: false),
  scanProperty(
    "agent/index/2x3", "the agent dies at any step: a read-only recovery finds what was accepted",
    LaneWorld(attempts: 3, tries: 0), victims: [0]),
  scanProperty(
    "agent/detail/2x4", "the agent of a flight recorder dies at any step, recycling",
    LaneWorld(kind: .detail, attempts: 4, tries: 0), victims: [0]),
  scanProperty(
    "both/index/2x1", "agent and controller die: both may have died, in either order",
    LaneWorld(attempts: 1, tries: 1), victims: [0, 1], maximumKills: 2),
  scanProperty(
    "both/index/2x2", "agent and controller die, a ring on its way back",
    LaneWorld(attempts: 2, tries: 1), victims: [0, 1], maximumKills: 2, isQuick: false),
]
