// A thread's two lanes: a flush that is seen in one of them is served in both.

import MemoryInterface
import ModelChecker
import TracerCore

/// The agent's process of a thread with both its lanes, index first.
private struct PairHost: LaneHost {
  typealias Memory = ModelMemory
  let host: ModelLaneHost
  let pair: UnsafeMutablePointer<PairedWriter>

  func wakeController() { host.wakeController() }

  func serveBeside(_ kind: LaneKind, flush number: UInt64) -> Bool {
    (pair + (kind == .index ? 1 : 0)).pointee.serveBeside(flush: number)
  }
}

private typealias PairedWriter = LaneWriter<ModelMemory, PairHost>

/// The agent's thread: a record in the index lane, and then one write to the lane in which it has
/// seen the request. The other lane's request need not show yet.
private func writeAfterRequest(_ context: ModelContext, _ world: LaneWorld) {
  let lanes = world.lanes(context)
  // Within the fibre's stack: a body owns nothing.
  withUnsafeTemporaryAllocation(
    byteCount: 2 * MemoryLayout<PairedWriter>.stride,
    alignment: MemoryLayout<PairedWriter>.alignment
  ) { room in
    guard let start = room.baseAddress else { return }
    let pair = start.bindMemory(to: PairedWriter.self, capacity: 2)
    let host = PairHost(host: ModelLaneHost(context), pair: pair)
    pair.initialize(to: lanes.lane(0, .index).makeWriter(slotEpoch: 0, host: host))
    (pair + 1).initialize(to: lanes.lane(0, .detail).makeWriter(slotEpoch: 0, host: host))
    context.require(pair.pointee.writeNumbered(world) == .written, "there is room for one record")
    // Unless the request was there before the record. Only this thread stores it.
    let isPromised = context.load(world.beside(0).place(of: "flush served"), .relaxed) == 0
    context.observe(LaneObservation.promised, isPromised ? 1 : 0)
    context.waitUntil(world.place(of: "flush requested"), .relaxed) { $0 != 0 }
    let outcome = (pair + (world.kind == .index ? 0 : 1)).pointee.writeNumbered(world)
    context.require(outcome == .written, "there is room for one more")
    for lane in 0..<2 {
      context.require(
        context.load(world.beside(lane).place(of: "flush served"), .relaxed) == 1,
        "a lane waits for a write of its own")
    }
  }
}

/// The controller asks both lanes, and takes what is there once it finds both served.
private func requestBoth(_ context: ModelContext, _ world: LaneWorld) {
  let lanes = world.lanes(context)
  lanes.lane(0, .index).requestFlush(1)
  lanes.lane(0, .detail).requestFlush(1)
  var reader = LaneReader(lanes.lane(0, .index))
  let isServed = reader.isFlushServed(1) && LaneReader(lanes.lane(0, .detail)).isFlushServed(1)
  guard isServed else { return }
  var output = ModelLaneOutput(context)
  drainAll(context, &reader, &output)
  context.observe(LaneObservation.isFlushServed, 1)
  context.observe(LaneObservation.seenAtFlush, output.check.seen)
}

extension LaneWorld {
  /// The same world, about the index lane (0) or the detail lane (1). Both have two rings.
  fileprivate func beside(_ lane: Int) -> LaneWorld {
    var world = self
    world.kind = lane == 0 ? .index : .detail
    return world
  }
}

func flushBesideProperty(writing kind: LaneKind) -> ModelProperty {
  let world = LaneWorld(kind: kind, recordsPerRing: 2, attempts: 2)
  let name = kind == .index ? "both/index" : "both/detail"
  let summary = "a flush seen in one lane is served in both of its thread's: \(name)"
  return ModelProperty("lanes/flush/" + name, summary, isQuick: true) {
    ModelProgram(
      name: name,
      processes: [
        ModelProcess("agent") { writeAfterRequest($0, world) },
        ModelProcess("controller") { requestBoth($0, world) },
      ],
      initial: world.claimed(),
      check: { state in
        let isServed = state.observation(1, LaneObservation.isFlushServed) == 1
        let promised = state.observation(0, LaneObservation.promised)
        return isServed && promised & ~state.observation(1, LaneObservation.seenAtFlush) != 0
          ? "a flush is announced before its rings" : nil
      })
  }
}
