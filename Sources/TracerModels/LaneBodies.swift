// What agents and controllers do in most worlds of lanes.

import MemoryInterface
import ModelChecker
import TracerCore

/// The controller looks `world.tries` times at the submit queue, never waiting, and keeps what came
/// out. Returns its reader, so that it can go on.
func drainTries(_ context: ModelContext, _ world: LaneWorld) {
  var reader = LaneReader(world.lanes(context).lane(0, world.kind))
  var output = ModelLaneOutput(context)
  drain(context, &reader, &output, tries: world.tries)
  context.observe(output.check, reader.account)
}

/// Looks at the submit queue so many times, never waiting.
func drain<Output: LaneOutput>(
  _ context: ModelContext, _ reader: inout LaneReader<ModelMemory>, _ output: inout Output,
  tries: Int
) where Output.Memory == ModelMemory, Output.Failure == Never {
  do throws(LaneDrainError<Never>) {
    for _ in 0..<tries { _ = try reader.drainNext(into: &output) }
  } catch {
    context.require(false, "an honest lane is put into quarantine")
  }
}

/// Takes all that is submitted.
func drainAll<Output: LaneOutput>(
  _ context: ModelContext, _ reader: inout LaneReader<ModelMemory>, _ output: inout Output
) where Output.Memory == ModelMemory, Output.Failure == Never {
  do throws(LaneDrainError<Never>) {
    while try reader.drainNext(into: &output) {}
  } catch {
    context.require(false, "an honest lane is put into quarantine")
  }
}
