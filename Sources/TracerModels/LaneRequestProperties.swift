// What others ask of a lane's writer: marks and flushes. A thread's two lanes: LaneBesideProperties.swift.

import MemoryInterface
import ModelChecker
import TracerCore

// MARK: Marks

/// The agent's thread of a detail lane: keeps what is promised of a mark at the write that saw it.
///
/// Everything in the history and in the active ring, and the post-roll. Waits for all marks before
/// it leaves; the last of them may be served only then.
private func writeMarked(_ context: ModelContext, _ world: LaneWorld, marks: UInt64) {
  let servedPlace = world.marksServedPlace
  var writer = world.lanes(context).lane(0, .detail)
    .makeWriter(slotEpoch: 0, host: ModelLaneHost(context))
  var tally = AgentTally()
  var promised: UInt64 = 0
  // Marks made before there was a writer have found nothing.
  let before = context.load(servedPlace, .relaxed)
  var served = before
  for _ in 0..<world.attempts {
    let number = writer.sequence
    tally.count(writer.writeNumbered(world), number: number)
    let now = context.load(servedPlace, .relaxed)
    guard now != served else { continue }
    context.require(
      context.loadPlain(LaneWorld.Place.beside) == 1,
      "a record written for a mark is older than what the mark was made for")
    promised |= world.promise(before: number, isFirst: served == before)
    for later in 0..<UInt64(world.postRecords) { promised |= 1 << (number + later) }
    served = now
  }
  // A mark that is lost is waited for in vain.
  context.waitUntil(world.marksPlace, .relaxed) { $0 == marks }
  if served != marks {
    promised |= world.promise(before: tally.attempts, isFirst: served == before)
  }
  writer.leave()
  context.require(context.load(servedPlace, .relaxed) == marks, "a mark is not served")
  tally.observe(context)
  context.observe(LaneObservation.promised, promised & tally.accepted)
}

extension LaneWorld {
  fileprivate var marksPlace: Int { place(of: "marks") }
  fileprivate var marksServedPlace: Int { place(of: "marks served") }

  /// What a mark that is served before attempt `number` finds at least: the history is full until
  /// the first mark has emptied it.
  fileprivate func promise(before number: UInt64, isFirst: Bool) -> UInt64 {
    let kept = isFirst ? UInt64(history * recordsPerRing + 1) : 1
    let all: UInt64 = 1 << number &- 1
    return number <= kept ? all : all & ~(1 << (number - kept) &- 1)
  }
}

private func markProperty(
  _ name: String, _ summary: String, _ world: LaneWorld, marks: Int, isQuick: Bool = true
) -> ModelProperty {
  ModelProperty("lanes/mark/" + name, summary, isQuick: isQuick) {
    let initial = world.claimed { _ in }.merging(
      // With several, what the first was made for is there before all of them.
      marks > 1 ? [LaneWorld.Place.beside: 1] : [:]
    ) { $1 }
    let marker = ModelProcess("marker") { context in
      if marks == 1 { context.storePlain(LaneWorld.Place.beside, 1) }
      world.lanes(context).lane(0, .detail).mark()
    }
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("agent") { writeMarked($0, world, marks: UInt64(marks)) },
        ModelProcess("controller") { drainTries($0, world) },
      ] + [ModelProcess](repeating: marker, count: marks),
      initial: initial,
      check: { state in
        let outcome = LaneOutcome(world, initial: initial, state)
        return outcome.problem(
          outcome.tally(of: 0), drained: outcome.drained(by: 1), after: .retired,
          promised: state.observation(0, LaneObservation.promised))
      })
  }
}

// MARK: Flushes

/// The agent's thread: keeps how many attempts went before the write that served the flush.
private func writeFlushed(_ context: ModelContext, _ world: LaneWorld) {
  var writer = world.lanes(context).lane(0, world.kind)
    .makeWriter(slotEpoch: 0, host: ModelLaneHost(context))
  var tally = AgentTally()
  var beforeFlush: UInt64?
  for _ in 0..<world.attempts {
    let number = writer.sequence
    tally.count(writer.writeNumbered(world), number: number)
    // Only this thread stores it.
    if beforeFlush == nil, context.load(world.flushServedPlace, .relaxed) != 0 {
      beforeFlush = number
    }
  }
  writer.leave()
  tally.observe(context)
  context.observe(LaneObservation.beforeFlush, beforeFlush ?? tally.attempts)
}

/// The controller asks; once it finds the flush served, it takes what is there.
private func requestFlush(_ context: ModelContext, _ world: LaneWorld) {
  let lane = world.lanes(context).lane(0, world.kind)
  var reader = LaneReader(lane)
  var output = ModelLaneOutput(context)
  let number = lane.requestFlush()
  // Not waiting: a thread that has left serves no request that comes later.
  for _ in 0..<world.tries where reader.isFlushServed(number) {
    drainAll(context, &reader, &output)
    context.observe(LaneObservation.isFlushServed, 1)
    context.observe(LaneObservation.seenAtFlush, output.check.seen)
    break
  }
  context.observe(output.check, reader.account)
}

extension LaneWorld {
  fileprivate var flushServedPlace: Int { place(of: "flush served") }
}

private func flushProperty(_ name: String, _ world: LaneWorld, isQuick: Bool = true)
  -> ModelProperty
{
  let summary = "what was written before a flush was served is on the submit queue: \(name)"
  return ModelProperty("lanes/flush/" + name, summary, isQuick: isQuick) {
    let initial = world.claimed()
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("agent") { writeFlushed($0, world) },
        ModelProcess("controller") { requestFlush($0, world) },
      ],
      initial: initial,
      check: { state in
        let outcome = LaneOutcome(world, initial: initial, state)
        let tally = outcome.tally(of: 0)
        let before = (1 << state.observation(0, LaneObservation.beforeFlush) &- 1) & tally.accepted
        let isServed = state.observation(1, LaneObservation.isFlushServed) == 1
        guard !isServed || before & ~state.observation(1, LaneObservation.seenAtFlush) == 0 else {
          return "a flush is announced before its rings"
        }
        return outcome.problem(
          outcome.tally(of: 0), drained: outcome.drained(by: 1), after: .retired)
      })
  }
}

let laneRequestProperties: [ModelProperty] = [
  markProperty(
    "one/3x3", "a mark: history, active ring and post-roll come out, and its cause is older",
    LaneWorld(kind: .detail, rings: 3, attempts: 3, tries: 1), marks: 1),
  markProperty(
    "one/4x5", "a mark among 5 records that recycle one ring of history",
    LaneWorld(kind: .detail, rings: 4, attempts: 5, tries: 2), marks: 1, isQuick: false),
  markProperty(
    "one/3x4/exhausted", "a mark without a spare: the newest is dropped, what is marked stays",
    LaneWorld(kind: .detail, rings: 3, postRecords: 2, attempts: 4, tries: 1), marks: 1),
  markProperty(
    "two/3x3", "two marks at the same time: none is lost",
    LaneWorld(kind: .detail, rings: 3, attempts: 3, tries: 1), marks: 2, isQuick: false),
  markProperty(
    "two/3x2", "two marks at the same time: none is lost",
    LaneWorld(kind: .detail, rings: 3, attempts: 2, tries: 1), marks: 2),
  flushProperty("2x2", LaneWorld(recordsPerRing: 2, attempts: 2)),
  flushProperty("2x3", LaneWorld(attempts: 3)),
  flushBesideProperty(writing: .index),
  flushBesideProperty(writing: .detail),
  flushProperty("3x4", LaneWorld(rings: 3, recordsPerRing: 2, attempts: 4), isQuick: false),
]
