// Thread slots: from one owner to the next, and claiming against destroying.

import MemoryInterface
import ModelChecker
import TracerCore

// MARK: One owner after another

/// A thread writes, leaves and retires its slot.
private func writeAndRetire(
  _ context: ModelContext, _ world: LaneWorld, _ claim: ThreadSlotClaim
) {
  let lanes = world.lanes(context)
  var writer = lanes.lane(0, world.kind)
    .makeWriter(slotEpoch: claim.state.epoch, host: ModelLaneHost(context))
  var tally = AgentTally()
  for _ in 0..<world.attempts {
    let number = writer.sequence
    tally.count(writer.writeNumbered(world), number: number)
  }
  writer.leave()
  lanes.slots.retire(claim)
  tally.observe(context)
}

/// The next thread waits for the slot, claims it and does the same.
private func claimAndWrite(_ context: ModelContext, _ world: LaneWorld) {
  context.waitUntil(world.statePlace, .relaxed) { ThreadSlotState(word: $0).phase == .free }
  switch world.lanes(context).slots.claim(owner: 8, ownerStart: 2, thread: 2) {
  case .claimed(let claim):
    context.require(claim.state.epoch == 1, "a slot that was used is in its first epoch")
    writeAndRetire(context, world, claim)
  case .noneFree, .closing: context.require(false, "a slot that was freed is not to be had")
  }
}

/// The controller drains, reclaims when the first thread has left, and frees the slot.
private func drainAndFree(_ context: ModelContext, _ world: LaneWorld) {
  let lanes = world.lanes(context)
  var reader = LaneReader(lanes.lane(0, world.kind))
  var output = ModelLaneOutput(context)
  drain(context, &reader, &output, tries: world.tries)
  context.waitUntil(world.statePlace, .relaxed) { ThreadSlotState(word: $0).phase == .retired }
  let state = lanes.slots.state(of: 0)
  let damaged = reader.reclaim(after: .retired, into: &output)
  context.require(damaged == 0, "a ring of an honest thread is damaged")
  lanes.slots.free(0, judged: state)
  // Beside the next owner.
  drain(context, &reader, &output, tries: 1)
  context.observe(output.check, reader.account)
}

private func reuseProperty(_ name: String, _ world: LaneWorld, isQuick: Bool = true)
  -> ModelProperty
{
  let summary = "a slot's lanes change hands complete: thread, controller, next thread: \(name)"
  return ModelProperty("lanes/slot/reuse/" + name, summary, isQuick: isQuick) {
    let initial = world.claimed()
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("first") {
          writeAndRetire($0, world, ThreadSlotClaim(slot: 0, state: LaneWorld.claimed))
        },
        ModelProcess("controller") { drainAndFree($0, world) },
        ModelProcess("second") { claimAndWrite($0, world) },
      ],
      initial: initial,
      check: { state in
        let outcome = LaneOutcome(world, initial: initial, state)
        let both = outcome.tally(of: 0) + outcome.tally(of: 2)
        return outcome.problem(both, drained: outcome.drained(by: 1), after: .retired)
      })
  }
}

extension AgentTally {
  fileprivate static func + (first: AgentTally, second: AgentTally) -> AgentTally {
    AgentTally(
      accepted: first.accepted | second.accepted, attempts: first.attempts + second.attempts,
      lost: first.lost + second.lost)
  }
}

// MARK: Claiming against destroying

/// A thread claims the slot; what it then stores nobody may destroy.
private func claimOnce(_ context: ModelContext, _ world: LaneWorld, owner: UInt32) {
  let slots = world.lanes(context).slots
  if case .claimed(let claim) = slots.claim(owner: owner, ownerStart: 1, thread: 1) {
    context.require(claim.state.owner == owner, "a claim of another owner")
    context.storePlain(LaneWorld.Place.beside, UInt64(owner))
  }
}

private let destroyProperties: [ModelProperty] = [
  ModelProperty(
    "lanes/slot/destroy", "either the destroyer sees the claimant or the claimant sees the closing"
  ) {
    let world = LaneWorld()
    return ModelProgram(
      name: "destroy",
      processes: [
        ModelProcess("claimant") { claimOnce($0, world, owner: 7) },
        ModelProcess("destroyer") { context in
          // A race if somebody owns the slot.
          if world.lanes(context).slots.close() { context.storePlain(LaneWorld.Place.beside, 0) }
        },
      ],
      initial: world.initial())
  },
  ModelProperty(
    "lanes/slot/reopen",
    "a slot given back in the face of a destroyer goes on with all that its last owner left"
  ) {
    let world = LaneWorld()
    let retired = ThreadSlotState(phase: .retired, owner: 7, epoch: 0)
    return ModelProgram(
      name: "reopen",
      processes: [
        ModelProcess("destroyer") { context in
          let slots = world.lanes(context).slots
          // The last use of the lanes by whoever reclaims them.
          _ = context.loadPlain(LaneWorld.Place.beside)
          slots.free(0, judged: retired)
          // Destroyed, or left to those who trace.
          if slots.close() {
            context.storePlain(LaneWorld.Place.beside, 0)
          } else {
            slots.reopen()
          }
        },
        ModelProcess("one") { claimOnce($0, world, owner: 8) },
        ModelProcess("other") { claimOnce($0, world, owner: 9) },
      ],
      initial: world.initial().merging([world.statePlace: retired.word]) { $1 })
  },
  ModelProperty("lanes/slot/claim", "of two threads that claim one slot, one gets it") {
    let world = LaneWorld()
    return ModelProgram(
      name: "claim",
      processes: [
        ModelProcess("one") { claimOnce($0, world, owner: 8) },
        ModelProcess("other") { claimOnce($0, world, owner: 9) },
      ],
      initial: world.initial())
  },
]

let laneSlotProperties: [ModelProperty] =
  [
    reuseProperty("2x1", LaneWorld(attempts: 1, tries: 1)),
    reuseProperty("2x2", LaneWorld(recordsPerRing: 2, attempts: 2, tries: 1), isQuick: false),
    reuseProperty(
      "detail/3x2", LaneWorld(kind: .detail, rings: 3, attempts: 2, tries: 0), isQuick: false),
  ] + destroyProperties
