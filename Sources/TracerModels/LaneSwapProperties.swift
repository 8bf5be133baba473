// Rings on their way: swap, exhaustion, reading the active ring, recycling, and the queues alone.
//
// The agent writes and does not leave; the controller looks a few times. Whatever is left when both
// have ended is looked at by the shipped reclaiming, off the model.

import MemoryInterface
import ModelChecker
import TracerCore

/// The agent: makes its writer and attempts records.
private func write(_ context: ModelContext, _ world: LaneWorld) {
  var writer = world.lanes(context).lane(0, world.kind)
    .makeWriter(slotEpoch: 0, host: ModelLaneHost(context))
  var tally = AgentTally()
  for _ in 0..<world.attempts {
    let number = writer.sequence
    tally.count(writer.writeNumbered(world), number: number)
  }
  tally.observe(context)
}

/// The controller: looks at the submit queue, and at the active ring if it is to.
private func drain(_ context: ModelContext, _ world: LaneWorld, readsActive: Bool) {
  var reader = LaneReader(world.lanes(context).lane(0, world.kind))
  var output = ModelLaneOutput(context)
  do throws(LaneDrainError<Never>) {
    for _ in 0..<world.tries {
      if try !reader.drainNext(into: &output), readsActive {
        _ = try reader.drainActive(into: &output)
      }
    }
  } catch {
    context.require(false, "an honest lane is put into quarantine")
  }
  context.observe(output.check, reader.account)
}

private func property(
  _ name: String, _ summary: String, _ world: LaneWorld, readsActive: Bool = false,
  isQuick: Bool = true
) -> ModelProperty {
  ModelProperty("lanes/" + name, summary, isQuick: isQuick) {
    let initial = world.claimed()
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("agent") { write($0, world) },
        ModelProcess("controller") { drain($0, world, readsActive: readsActive) },
      ],
      initial: initial,
      check: { state in
        let outcome = LaneOutcome(world, initial: initial, state)
        return outcome.problem(outcome.tally(of: 0), drained: outcome.drained(by: 1), after: .died)
      })
  }
}

let laneSwapProperties: [ModelProperty] = [
  property(
    "swap/2x3", "3 records through 2 rings of one record: taken, drained, given back",
    LaneWorld(attempts: 3, tries: 2)),
  property(
    "swap/2x4", "4 records through 2 rings of one record",
    LaneWorld(attempts: 4, tries: 3), isQuick: false),
  property(
    "swap/2x5", "5 records through 2 rings of two records",
    LaneWorld(recordsPerRing: 2, attempts: 5, tries: 2)),
  property(
    "swap/3x5", "5 records through 3 rings of one record",
    LaneWorld(rings: 3, attempts: 5, tries: 3), isQuick: false),
  property(
    "swap/2x7", "7 records through 2 rings of one record: every slot of both queues is used again",
    LaneWorld(attempts: 7, tries: 6), isQuick: false),
  property(
    "swap/3x6", "6 records through 3 rings of one record",
    LaneWorld(rings: 3, attempts: 6, tries: 5), isQuick: false),
  property(
    "active/2x3", "the ring that is being filled is read up to its committed position",
    LaneWorld(attempts: 3, tries: 2), readsActive: true),
  property(
    "active/2x4", "two records to a ring, read while it is filled",
    LaneWorld(recordsPerRing: 2, attempts: 4, tries: 2), readsActive: true),
  property(
    "active/2x6", "three rings of two records, read while they are filled, rings coming back",
    LaneWorld(recordsPerRing: 2, attempts: 6, tries: 4), readsActive: true, isQuick: false),
  property(
    "active/3x5", "three rings of one record, read while they are filled",
    LaneWorld(rings: 3, attempts: 5, tries: 3), readsActive: true, isQuick: false),
]
