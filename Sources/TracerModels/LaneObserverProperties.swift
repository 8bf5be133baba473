// Somebody who looks on: `inspect` and a live reader see ring headers while agent and controller
// store them. What one word of a header says of the others holds.
//
// Whoever drains a submitted ring has all of this from the submit queue, and recovery from the
// proof of death; these edges are for whoever has neither.

import MemoryInterface
import ModelChecker
import TracerCore

/// A detail lane recycles its rings without a controller. Each record fills a ring, so generation g
/// begins at sequence g − 1.
private let recycling = LaneWorld(kind: .detail, rings: 2, history: 1, attempts: 4)

private func record(
  _ context: ModelContext, attempts: Int = recycling.attempts, payload: ModelPayload = .plain
) {
  var writer = recycling.lanes(context, payload: payload).lane(0, .detail)
    .makeWriter(slotEpoch: 0, host: ModelLaneHost(context))
  for _ in 0..<attempts { _ = writer.writeNumbered(recycling) }
}

private func property(
  _ name: String, _ summary: String, _ look: @escaping (ModelContext, Int) -> Void
) -> ModelProperty {
  let look = Look(body: look)
  return ModelProperty("lanes/observer/" + name, summary) {
    ModelProgram(
      name: name,
      processes: [
        ModelProcess("agent") { record($0) },
        ModelProcess("observer") { look.body($0, $0.choose(recycling.rings)) },
      ],
      initial: recycling.claimed())
  }
}

/// A function that captures nothing but constants.
private struct Look: @unchecked Sendable {
  let body: (ModelContext, Int) -> Void
}

private let activation = property(
  "activation", "a generation never shows with the first sequence number of a former one"
) { context, index in
  let generation = recycling.lanes(context).lane(0, .detail).ring(index).loadGeneration()
  let first = context.load(recycling.place(of: "first sequence", ring: index), .relaxed)
  context.require(first &+ 1 >= generation, "a new generation over an old first sequence number")
}

private let seal = property("seal", "a seal never shows over a former checksum") {
  context, index in
  let sealed = recycling.lanes(context).lane(0, .detail).ring(index).loadSealedGeneration()
  guard sealed > 0 else { return }
  let checksum = context.load(recycling.place(of: "checksum", ring: index), .relaxed)
  let expected = ModelLaneHost.checksum(
    index: UInt64(index), generation: sealed, first: sealed &- 1,
    committed: UInt64(LaneLayout.line))
  // They grow with the generation.
  context.require(checksum >= expected, "a seal over an old checksum")
}

/// An output that says so with a relaxed store.
private struct RelaxedOutput: LaneOutput {
  let context: Unmanaged<ModelContext>
  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<ModelMemory>) throws(Never) {
    context._withUnsafeGuaranteedRef { $0.store(LaneWorld.Place.output, 1, .relaxed) }
  }
}

private let drained = ModelProperty(
  "lanes/observer/drained", "a ring that shows as drained is in the output"
) {
  let world = LaneWorld()
  return ModelProgram(
    name: "drained",
    processes: [
      ModelProcess("controller") { context in
        var reader = LaneReader(world.lanes(context).lane(0, .index))
        var output = RelaxedOutput(context: Unmanaged.passUnretained(context))
        drain(context, &reader, &output, tries: 1)
      },
      ModelProcess("observer") { context in
        let ring = world.lanes(context).lane(0, .index).ring(0)
        guard ring.loadDrained() == ring.loadGeneration() else { return }
        context.require(
          context.load(LaneWorld.Place.output, .relaxed) == 1, "a drained ring is not in the output"
        )
      },
    ],
    initial: world.claimed { lanes in
      var writer = lanes.lane(0, .index).makeWriter(slotEpoch: 0, host: QuietHost())
      _ = writer.write(type: 0, byteCount: 8) { memory, offset in memory.storePayload(1, at: offset)
      }
      _ = writer.flush()
    })
}

/// The host of a writer on an image: nobody sleeps there.
struct QuietHost: LaneHost {
  typealias Memory = ModelImage
  func wakeController() {}
}

/// The words of a live ring that hold something, copied as a snapshot copies all of them.
private struct ModelRingSource: LaneRingSource {
  let lane: Lane<ModelMemory>
  let context: Unmanaged<ModelContext>
  let index: Int
  var first: UInt64 = 0
  var header: UInt64 = 0
  var payload: UInt64 = 0

  mutating func loadGeneration() -> UInt64 { lane.ring(index).loadGeneration() }

  mutating func loadCommitted() -> UInt64 {
    load(recycling.place(of: "committed", ring: index), .acquire, .laneCommit)
  }

  mutating func copy(committed: Int) {
    first = load(recycling.place(of: "first sequence", ring: index), .relaxed)
    guard committed > 0 else { return }
    let records = recycling.recordsPlace(ring: index)
    header = load(records, .relaxed)
    payload = load(records + RecordHeader.byteCount, .relaxed)
  }

  mutating func fence() {
    context._withUnsafeGuaranteedRef { $0.fence(.acquire, .laneSnapshot) }
  }

  private func load(
    _ location: Int, _ order: ModelOrder, _ edge: SyncEdge = .unnamed
  ) -> UInt64 {
    context._withUnsafeGuaranteedRef { $0.load(location, order, edge) }
  }
}

private func snapshotProperty(_ attempts: Int, isQuick: Bool) -> ModelProperty {
  ModelProperty(
    "lanes/observer/snapshot/2x\(attempts)",
    "a copy of a live ring that is accepted holds one use of it", isQuick: isQuick
  ) {
    ModelProgram(
      name: "snapshot",
      processes: [
        // Whoever copies while somebody writes sees words, not records: payload is relaxed here.
        ModelProcess("agent") { record($0, attempts: attempts, payload: .relaxedWords) },
        ModelProcess("observer") { context in
          var source = ModelRingSource(
            lane: recycling.lanes(context).lane(0, .detail),
            context: Unmanaged.passUnretained(context), index: context.choose(recycling.rings))
          guard
            let snapshot = LaneRingSnapshot.take(
              from: &source, ringByteCount: LaneLayout.line, attempts: 1), snapshot.committed > 0
          else { return }
          context.require(
            source.first &+ 1 == snapshot.generation && source.payload == snapshot.generation
              && source.header != 0, "a copy holds two uses of a ring")
        },
      ],
      initial: recycling.claimed())
  }
}

let laneObserverProperties: [ModelProperty] = [
  activation, seal, drained, snapshotProperty(3, isQuick: true),
  snapshotProperty(5, isQuick: false),
]
