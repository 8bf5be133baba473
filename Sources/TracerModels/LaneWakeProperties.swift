// Waking the controller: it sleeps until something is submitted, a thread has left or a flush is
// served, and no wake-up is lost. A lost one is a deadlock, which the checker reports.

import MemoryInterface
import ModelChecker
import TracerCore

/// What the controller sleeps for.
private enum Awaited {
  /// Rings, until the thread has left.
  case rings
  /// A flush that it asked for.
  case flush
}

private func write(_ context: ModelContext, _ world: LaneWorld, leaves: Bool) {
  let lanes = world.lanes(context)
  var writer = lanes.lane(0, world.kind).makeWriter(slotEpoch: 0, host: ModelLaneHost(context))
  var tally = AgentTally()
  // The request has come; whether it is served, and announced, is this thread's business now.
  if !leaves { context.waitUntil(world.place(of: "flush requested"), .relaxed) { $0 == 1 } }
  for _ in 0..<world.attempts {
    let number = writer.sequence
    tally.count(writer.writeNumbered(world), number: number)
  }
  tally.observe(context)
  // Else the thread is quiet from here on.
  guard leaves else { return }
  writer.leave()
  lanes.slots.retire(ThreadSlotClaim(slot: 0, state: LaneWorld.claimed))
  lanes.wakeFlag.wakeIfSleeping { ModelLaneHost(context).wakeController() }
}

private func sleep(
  _ context: ModelContext, _ lanes: Lanes<ModelMemory>, unless isReady: () -> Bool
) {
  lanes.wakeFlag.sleep(
    unless: isReady,
    {
      // As an eventfd: blocks while zero, takes all.
      context.waitUntil(LaneWorld.Place.wakeCounter, .relaxed) { $0 != 0 }
      context.exchange(LaneWorld.Place.wakeCounter, 0, .relaxed)
    })
}

/// Whether anything is on the submit queue.
private func hasSubmitted(_ lane: Lane<ModelMemory>) -> Bool {
  do throws(RingCorruption) { return try lane.submitConsumer().peek() != nil } catch { return true }
}

private func drainUntilRetired(_ context: ModelContext, _ world: LaneWorld) {
  let lanes = world.lanes(context)
  let lane = lanes.lane(0, world.kind)
  var reader = LaneReader(lane)
  var output = ModelLaneOutput(context)
  while true {
    drainAll(context, &reader, &output)
    if lanes.slots.state(of: 0).phase == .retired { break }
    sleep(context, lanes) { lanes.slots.state(of: 0).phase == .retired || hasSubmitted(lane) }
  }
  drainAll(context, &reader, &output)
  context.observe(output.check, reader.account)
}

private func awaitFlush(_ context: ModelContext, _ world: LaneWorld) {
  let lanes = world.lanes(context)
  let lane = lanes.lane(0, world.kind)
  var reader = LaneReader(lane)
  var output = ModelLaneOutput(context)
  let number = lane.requestFlush()
  while !reader.isFlushServed(number) {
    drainAll(context, &reader, &output)
    sleep(context, lanes) { reader.isFlushServed(number) || hasSubmitted(lane) }
  }
  drainAll(context, &reader, &output)
  context.observe(output.check, reader.account)
}

private func property(
  _ name: String, _ summary: String, _ world: LaneWorld, for awaited: Awaited,
  isQuick: Bool = true
) -> ModelProperty {
  ModelProperty("lanes/wake/" + name, summary, isQuick: isQuick) {
    let initial = world.claimed()
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("agent") { write($0, world, leaves: awaited == .rings) },
        ModelProcess("controller") {
          switch awaited {
          case .rings: drainUntilRetired($0, world)
          case .flush: awaitFlush($0, world)
          }
        },
      ],
      initial: initial,
      check: { state in
        let outcome = LaneOutcome(world, initial: initial, state)
        return outcome.problem(
          outcome.tally(of: 0), drained: outcome.drained(by: 1),
          after: awaited == .rings ? .retired : .died)
      })
  }
}

let laneWakeProperties: [ModelProperty] = [
  property(
    "leave/2x1", "one record: a controller that sleeps is woken for it, and by the leaving",
    LaneWorld(attempts: 1), for: .rings),
  property(
    "leave/2x2", "two records of a ring each, the second with or without a spare",
    LaneWorld(attempts: 2), for: .rings),
  property(
    "leave/2x3", "three records through two rings", LaneWorld(attempts: 3), for: .rings,
    isQuick: false),
  property(
    "flush/2x1", "a flush that finds nothing to submit is announced as well",
    LaneWorld(recordsPerRing: 2, attempts: 1), for: .flush),
  property(
    "flush/2x2", "a flush that is served while the controller goes to sleep",
    LaneWorld(attempts: 2), for: .flush),
]
