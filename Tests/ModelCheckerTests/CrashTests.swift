// Kills at every step: what a recovery finds is closed under the victim's release order, and no
// more ordered than that.

import MemoryInterface
import Testing

@testable import ModelChecker

@Suite struct CrashTests {
  /// A writer publishes one record; after its death somebody reads what is published.
  static func publication(_ order: ModelOrder) -> ModelProgram {
    ModelProgram(processes: [
      ModelProcess("writer") { context in
        context.storePlain(8, 7)
        context.storePlain(16, 7)
        context.store(0, 1, order)
      },
      ModelProcess("recovery", start: .afterEnd(of: [0])) { context in
        if context.load(0, .relaxed) == 1 {
          context.require(context.loadPlain(8) == 7, "the record is whole")
          context.require(context.loadPlain(16) == 7, "the record is whole")
        }
      },
    ])
  }

  @Test func releasedRecordIsWholeAtEveryKill() {
    let report = Explorer().exploreCrashes(Self.publication(.release), victims: [0])
    #expect(report.total.extent == .complete)
    #expect(report.total.firstFailure == nil)
    // Before each of three operations; the end is no kill.
    #expect(report.killPoints == [0: 3])
    // No kill; before 0; before 1 with 1 store free; before 2 with 2; the fourth finds nobody.
    #expect(report.cases == 1 + 1 + 2 + 4 + 1)
  }

  @Test func relaxedPublicationIsTornByAKillAndReplays() throws {
    let program = ModelProgram(
      processes: [
        ModelProcess("writer") { context in
          context.storePlain(8, 7)
          context.store(0, 1, .relaxed)
          context.fence(.acquire)
        },
        Self.publication(.release).processes[1],
      ].map { process in
        var copy = process
        if copy.name == "recovery" {
          copy.body = { context in
            if context.load(0, .relaxed) == 1 {
              context.require(context.loadPlain(8) == 7, "the record is whole")
            }
          }
        }
        return copy
      })
    let report = Explorer().exploreCrashes(program, victims: [0])
    let failure = try #require(report.total.firstFailure)
    #expect(failure.kind == .requirement)
    #expect(failure.replay.hasPrefix("k0@2/2 "))
    let replayed = try Explorer().replay(failure.replay, of: program)
    #expect(replayed.report.firstFailure?.kind == .requirement)
  }

  /// Position to 0, fence, then the new bytes: without the fence old position, new bytes.
  static func activation(fenced: Bool) -> ModelProgram {
    let position = 0
    let bytes = 8
    return ModelProgram(
      processes: [
        ModelProcess("writer") { context in
          context.store(position, 0, .relaxed)
          if fenced { context.fence(.sequentiallyConsistent) }
          context.storePlain(bytes, 2)
          context.store(position, 1, .release)
        },
        ModelProcess("recovery", start: .afterEnd(of: [0])) { context in
          guard context.wasKilled(0) else { return }
          let isOld = context.load(position, .relaxed) == 5
          if isOld { context.require(context.loadPlain(bytes) == 1, "old position, old bytes") }
        },
      ], initial: [position: 5, bytes: 1])
  }

  @Test func fenceOfAnActivationIsNeededAtAKill() {
    let sound = Explorer().exploreCrashes(Self.activation(fenced: true), victims: [0])
    #expect(sound.total.firstFailure == nil)
    #expect(sound.total.extent == .complete)
    let broken = Explorer().exploreCrashes(Self.activation(fenced: false), victims: [0])
    #expect(broken.total.firstFailure?.kind == .requirement)
  }

  @Test func aWeakenedReleaseLosesAtAKillWhatItOrdered() {
    var program = Self.publication(.release)
    program.processes[0].body = { context in
      context.storePlain(8, 7)
      context.storePlain(16, 7)
      context.store(0, 1, .release, SyncEdge(1001))
      context.fence(.acquire)
    }
    var options = ExplorerOptions()
    #expect(Explorer(options).exploreCrashes(program, victims: [0]).total.firstFailure == nil)
    options.weakenings = [Weakening(SyncEdge(1001), .releasing)]
    #expect(Explorer(options).exploreCrashes(program, victims: [0]).total.firstFailure != nil)
  }

  /// The first recovery moves a word in two steps; the second must find one of its states.
  static func twoSteps(_ order: ModelOrder) -> ModelProgram {
    ModelProgram(processes: [
      ModelProcess("victim") { context in context.store(0, 1, .relaxed) },
      ModelProcess("recovery", start: .afterEnd(of: [0])) { context in
        context.store(1, 1, .relaxed)
        context.store(2, 1, order)
        context.fence(.acquire)
      },
      ModelProcess("second", start: .afterEnd(of: [1])) { context in
        context.require(
          context.load(2, .relaxed) <= context.load(1, .relaxed), "steps stay in order")
      },
    ])
  }

  @Test func recoveryMayDieAsWell() {
    let sound = Explorer().exploreCrashes(
      Self.twoSteps(.release), victims: [0, 1], maximumKills: 2)
    #expect(sound.total.firstFailure == nil)
    #expect(sound.killPoints == [0: 1, 1: 3])
    let broken = Explorer().exploreCrashes(
      Self.twoSteps(.relaxed), victims: [0, 1], maximumKills: 2)
    #expect(broken.total.firstFailure != nil)
  }

  @Test func survivorsGoOnBesideTheDead() {
    let program = ModelProgram(processes: [
      ModelProcess("victim") { context in
        context.store(0, 1, .release)
        context.store(0, 2, .release)
      },
      ModelProcess("survivor") { context in context.observe(0, context.load(0, .acquire)) },
      ModelProcess("recovery", start: .afterEnd(of: [0])) { context in
        context.require(!context.wasKilled(0) || context.load(0, .relaxed) < 2, "killed earlier")
      },
    ])
    let report = Explorer().exploreCrashes(program, victims: [0])
    #expect(report.total.firstFailure == nil)
    // Without a kill 3 values for the survivor, killed before the second store 2, the first 1.
    #expect(report.total.executions == 3 + 2 + 1)
  }

  @Test(arguments: [2, 3, 5]) func shardsOfKillsAddUpToTheWhole(count: Int) {
    let victims = [0, 1]
    let program = Self.twoSteps(.release)
    let whole = Explorer().exploreCrashes(program, victims: victims, maximumKills: 2)
    let broken = Self.twoSteps(.relaxed)
    var executions = 0
    var findings = 0
    for index in 0..<count {
      var options = ExplorerOptions()
      options.shard = Shard(index: index, count: count)
      let explorer = Explorer(options)
      let part = explorer.exploreCrashes(program, victims: victims, maximumKills: 2)
      #expect(part.total.extent.bounds == [options.shard.description])
      executions += part.total.executions
      let failed = explorer.exploreCrashes(broken, victims: victims, maximumKills: 2)
      findings += failed.total.firstFailure == nil ? 0 : 1
    }
    #expect(executions == whole.total.executions)
    #expect(findings > 0, "no shard finds the violation")
  }

  @Test func limitsOfKillsAreNamed() {
    var options = ExplorerOptions()
    options.maximumSeconds = 0
    #expect(
      Explorer(options).exploreCrashes(Self.twoSteps(.release), victims: [0]).total.extent.bounds
        == ["0.0 seconds"])
    options.maximumSeconds = .infinity
    options.maximumExecutions = 2
    #expect(
      Explorer(options).exploreCrashes(Self.twoSteps(.release), victims: [1]).total.extent.bounds
        == ["2 executions"])
    options.maximumExecutions = .max
    options.maximumKillPoints = 2
    let early = Explorer(options).exploreCrashes(Self.twoSteps(.release), victims: [1])
    #expect(early.total.extent.bounds == ["2 kill points of one process"])
    #expect(early.killPoints == [1: 2])
  }

  @Test func anUnorderedStoreFarBeforeAKillIsNamed() {
    func program(loads: Int) -> ModelProgram {
      ModelProgram(bodies: [
        { context in
          context.store(0, 1, .relaxed)
          for _ in 0..<loads { _ = context.load(1, .relaxed) }
        }
      ])
    }
    #expect(Explorer().exploreCrashes(program(loads: 64), victims: [0]).total.extent == .complete)
    #expect(
      Explorer().exploreCrashes(program(loads: 66), victims: [0]).total.extent.bounds
        == ["unordered stores more than 64 operations before a kill"])
  }

  @Test(arguments: [
    ExplorationMode.random(executions: 400, seed: 3),
    .priorities(executions: 400, depth: 2, seed: 3), .preemptions(1),
  ])
  func everyModeKills(mode: ExplorationMode) throws {
    var options = ExplorerOptions()
    options.mode = mode
    let explorer = Explorer(options)
    let sound = explorer.exploreCrashes(Self.twoSteps(.release), victims: [0, 1], maximumKills: 2)
    #expect(sound.total.firstFailure == nil)
    #expect(sound.killPoints == [0: 1, 1: 3])
    let program = Self.twoSteps(.relaxed)
    let broken = explorer.exploreCrashes(program, victims: [0, 1], maximumKills: 2)
    let failure = try #require(broken.total.firstFailure)
    #expect(failure.replay.hasPrefix("k"))
    #expect(try Explorer().replay(failure.replay, of: program).report.firstFailure != nil)
  }
}
