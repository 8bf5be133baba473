// A checker must be seen to fail first: deliberate mistakes, each found, each replayed.

import MemoryInterface
import Testing

@testable import ModelChecker

@Suite struct FailureTests {
  static let publish = SyncEdge(1001)
  static let wake = SyncEdge(1002)

  @Test func relaxedPublishIsARaceThatReplays() throws {
    let program = LamportRing.trying(capacity: 2, tries: 3, publish: .relaxed)
    let report = Explorer().explore(program)
    let failure = try #require(report.firstFailure)
    #expect(failure.kind == .race)
    #expect(report.extent == .stoppedAtFailure)
    let replayed = try Explorer().replay(failure.replay, of: program)
    #expect(replayed.report.firstFailure?.kind == .race)
    #expect(replayed.execution.replay == failure.replay)
  }

  @Test func relaxedReclaimIsARace() {
    let report = Explorer().explore(
      LamportRing.trying(capacity: 2, tries: 3, reclaim: .relaxed))
    #expect(report.firstFailure?.kind == .race)
  }

  @Test func replayOfAnotherProgramDoesNotFit() throws {
    let program = LamportRing.trying(capacity: 2, tries: 3, publish: .relaxed)
    let text = try #require(Explorer().explore(program).firstFailure).replay
    #expect(throws: ReplayMismatch.self) {
      try Explorer().replay(
        text, of: ModelProgram(bodies: [{ $0.store(0, 1, .relaxed) }, { $0.fence(.acquire) }]))
    }
    #expect(throws: ReplayMismatch.self) { try Explorer().replay("nonsense", of: program) }
    #expect(throws: ReplayMismatch.self) { try Explorer().replay("", of: program) }
  }

  /// Sleeper: flag, fence, look again, sleep. Producer: publish, fence, look at the flag.
  static func wakeUp(fence: ModelOrder) -> ModelProgram {
    let item = 0
    let flag = 1
    let bell = 2
    return ModelProgram(bodies: [
      { context in
        context.store(flag, 1, .relaxed)
        context.fence(fence, wake)
        if context.load(item, .acquire) == 0 { context.waitUntil(bell, .acquire) { $0 == 1 } }
      },
      { context in
        context.store(item, 1, .release)
        context.fence(fence, wake)
        if context.load(flag, .relaxed) == 1 { context.store(bell, 1, .release) }
      },
    ])
  }

  @Test func wakeUpWithoutTotalOrderIsLost() throws {
    let program = Self.wakeUp(fence: .acquireRelease)
    let report = Explorer().explore(program)
    let failure = try #require(report.firstFailure)
    #expect(failure.kind == .deadlock)
    #expect(
      try Explorer().replay(failure.replay, of: program).report.firstFailure?.kind == .deadlock)
    let sound = Explorer().explore(Self.wakeUp(fence: .sequentiallyConsistent))
    #expect(sound.firstFailure == nil)
    #expect(sound.extent == .complete)
    #expect(sound.executions == 3)
  }

  @Test func everyWeakeningOfTheWakeUpIsFoundAndPunished() {
    var options = ExplorerOptions()
    options.collectsWeakenings = true
    let program = Self.wakeUp(fence: .sequentiallyConsistent)
    let found = Explorer(options).explore(program).weakenings
    #expect(found == [Weakening(Self.wake, .fence), Weakening(Self.wake, .fenceTotalOrder)])
    for weakening in found {
      var mutated = ExplorerOptions()
      mutated.weakenings = [weakening]
      #expect(Explorer(mutated).explore(program).firstFailure?.kind == .deadlock)
    }
  }

  @Test func requirementFailsInItsExecutionAndReplays() throws {
    let program = ModelProgram(bodies: [
      { context in
        context.store(0, 1, .relaxed)
        context.store(1, 1, .relaxed)
      },
      { context in
        let second = context.load(1, .relaxed)
        let first = context.load(0, .relaxed)
        context.require(second <= first, "stores are seen in order")
      },
    ])
    var options = ExplorerOptions()
    options.stopsAtFirstFailure = false
    let report = Explorer(options).explore(program)
    #expect(report.violations == 1)
    #expect(report.executions == 3)
    let failure = try #require(report.firstFailure)
    #expect(failure.kind == .requirement)
    #expect(
      try Explorer().replay(failure.replay, of: program).report.firstFailure?.kind == .requirement)
  }

  @Test func finalPredicateFailsWithItsMessage() {
    let program = ModelProgram(
      bodies: [
        { context in context.store(0, context.load(0, .relaxed) + 1, .relaxed) },
        { context in context.store(0, context.load(0, .relaxed) + 1, .relaxed) },
      ], check: { $0.value(0) == 2 ? nil : "an increment is lost" })
    let report = Explorer().explore(program)
    #expect(report.firstFailure?.message == "an increment is lost")
  }

  @Test func unboundedLoopIsReportedAsBounded() {
    var options = ExplorerOptions()
    options.maximumEventsPerProcess = 16
    let report = Explorer(options).explore(
      ModelProgram(bodies: [{ context in while context.load(0, .relaxed) == 0 {} }]))
    #expect(report.executions == 0)
    #expect(report.extent == .bounded("16 events in one process"))
  }

  @Test func processThatFollowsAnotherSeesAllOfIt() {
    let program = ModelProgram(processes: [
      ModelProcess("writer") { context in
        context.storePlain(0, 7)
        context.store(1, 1, .relaxed)
      },
      ModelProcess("heir", start: .afterEnd(of: [0])) { context in
        context.require(context.loadPlain(0) == 7, "plain data is seen")
        context.require(context.load(1, .relaxed) == 1, "relaxed data is seen")
      },
    ])
    let report = Explorer().explore(program)
    #expect(report.executions == 1)
    #expect(report.firstFailure == nil)
  }

  @Test func counterexampleNamesItsEdgesAndDrawsItsArrows() throws {
    let program = ModelProgram(
      processes: [
        ModelProcess("writer") { context in
          context.storePlain(8, 5)
          context.store(0, 1, .release, Self.publish)
        },
        ModelProcess("reader") { context in
          if context.load(0, .relaxed, Self.publish) == 1 { _ = context.loadPlain(8) }
        },
      ])
    let failure = try #require(Explorer().explore(program).firstFailure)
    let names = TraceNames(
      edges: [
        SyncEdgeDescription(
          Self.publish, name: "publish", releasingSide: "", acquiringSide: "", protects: "")
      ], locations: [0: "flag <&>"])
    let trace = failure.execution.trace(names)
    #expect(trace.contains("writer  store.release flag <&> = 1  (publish)"))
    #expect(trace.contains("reader  load.relaxed flag <&> → 1  reads #1  (publish)"))
    let dot = failure.execution.dot(names)
    #expect(dot.contains("e1 -> e2 [color=darkgreen, label=\"rf\""))
    let svg = failure.execution.svg(names)
    #expect(svg.contains("flag &lt;&amp;&gt;"))
    #expect(svg.hasSuffix("</svg>\n"))
  }
}
