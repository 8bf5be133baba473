// The controller's whole pass over a region, as it ships: it drains, judges owners, reclaims,
// frees slots, sleeps and is woken.

import MemoryInterface
import ModelChecker
import TracerCore

/// A judge who knows.
private struct KnownJudge: LivenessJudge {
  let areDead: Bool
  mutating func isDead(owner: UInt32, start: UInt64) -> Bool { areDead }
}

/// Room for the readers of a controller, made once for a program: a body owns nothing, and only one
/// exploration runs in a process.
private struct SeatRoom: @unchecked Sendable {
  let bytes: UnsafeMutableRawPointer

  init(_ world: LaneWorld) {
    bytes = .allocate(
      byteCount: LaneController<ModelMemory>.seatByteCount(world.geometry), alignment: 16)
  }
}

/// The agent's thread: writes, leaves, retires and says so.
private func writeAndLeave(_ context: ModelContext, _ world: LaneWorld) {
  let lanes = world.lanes(context)
  var writer = lanes.lane(0, .index).makeWriter(slotEpoch: 0, host: ModelLaneHost(context))
  var tally = AgentTally()
  for _ in 0..<world.attempts {
    let number = writer.sequence
    tally.count(writer.writeNumbered(world), number: number)
  }
  tally.observe(context)
  writer.leave()
  lanes.slots.retire(ThreadSlotClaim(slot: 0, state: LaneWorld.claimed))
  lanes.wakeFlag.wakeIfSleeping { ModelLaneHost(context).wakeController() }
}

/// Passes until the slot is free, asleep whenever there is nothing to do.
private func control(_ context: ModelContext, _ world: LaneWorld, _ room: SeatRoom) {
  let lanes = world.lanes(context)
  var controller = LaneController(lanes, seats: room.bytes) { _ in LaneAccount() }
  var judge = KnownJudge(areDead: false)
  var output = ModelLaneOutput(context)
  while true {
    let pass = controller.drain(judge: &judge, into: &output)
    context.require(
      pass.quarantinedLanes == 0 && pass.damagedRings == 0, "an honest lane is taken for corrupt")
    if pass.reclaimedSlots > 0 { break }
    if !pass.isIdle { continue }
    controller.sleep {
      // As an eventfd: blocks while zero, takes all.
      context.waitUntil(LaneWorld.Place.wakeCounter, .relaxed) { $0 != 0 }
      context.exchange(LaneWorld.Place.wakeCounter, 0, .relaxed)
    }
  }
  context.require(
    lanes.slots.state(of: 0) == ThreadSlotState(phase: .free, owner: 0, epoch: 1),
    "a slot that was reclaimed is not free")
  context.observe(
    output.check, controller.account(of: LaneIdentifier(slot: 0, kind: .index)))
}

private func property(
  _ name: String, _ summary: String, _ world: LaneWorld, isQuick: Bool = true
) -> ModelProperty {
  ModelProperty("lanes/controller/" + name, summary, isQuick: isQuick) {
    let initial = world.claimed()
    let room = SeatRoom(world)
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("agent") { writeAndLeave($0, world) },
        ModelProcess("controller") { control($0, world, room) },
      ],
      initial: initial,
      check: { state in
        let outcome = LaneOutcome(world, initial: initial, state)
        let drained = outcome.drained(by: 1)
        return outcome.problem(outcome.tally(of: 0), drained.check, drained.account)
          ?? outcome.poolProblem
      })
  }
}

/// The agent dies at any step; a controller's pass finds it dead, drains what there is and frees
/// the slot.
private func deathProperty(_ name: String, _ world: LaneWorld, isQuick: Bool = true)
  -> ModelProperty
{
  let summary = "a dead owner's slot is drained and freed by a whole pass: \(name)"
  return ModelProperty("lanes/controller/death/" + name, summary, isQuick: isQuick, victims: [0]) {
    let initial = world.claimed()
    let room = SeatRoom(world)
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("agent") { context in
          var writer = world.lanes(context).lane(0, .index)
            .makeWriter(slotEpoch: 0, host: ModelLaneHost(context))
          for _ in 0..<world.attempts { _ = writer.writeNumbered(world) }
        },
        ModelProcess("controller", start: .afterEnd(of: [0])) { context in
          let lanes = world.lanes(context)
          var controller = LaneController(lanes, seats: room.bytes) { _ in LaneAccount() }
          var judge = KnownJudge(areDead: true)
          var output = ModelLaneOutput(context)
          let pass = controller.drain(judge: &judge, into: &output)
          context.require(
            pass.reclaimedSlots == 1 && pass.deadOwners == 1 && pass.damagedRings == 0,
            "a dead owner is not recovered")
          context.require(
            lanes.slots.state(of: 0) == ThreadSlotState(phase: .free, owner: 0, epoch: 1),
            "a dead owner's slot is not free")
        },
      ],
      initial: initial,
      check: { LaneOutcome(world, initial: initial, $0).poolProblem })
  }
}

let laneControllerProperties: [ModelProperty] = [
  deathProperty("2x2", LaneWorld(attempts: 2)),
  property(
    "2x1", "one record and the leaving: drained, reclaimed, freed, no wake-up lost",
    LaneWorld(attempts: 1)),
  property(
    "2x2", "two records of a ring each and the leaving", LaneWorld(attempts: 2), isQuick: false),
]
