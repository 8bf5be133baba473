// The modes for large sizes find only what the exhaustive exploration finds, and in small worlds,
// given time, all of it.

import Testing

@testable import ModelChecker

@Suite struct ForwardTests {
  static func outcomes(_ program: [[Instruction]], _ mode: ExplorationMode) -> Set<[UInt64]> {
    Set(RandomProgramTests.explore(program, mode).outcomes.keys)
  }

  @Test func randomExecutionsAreExecutionsOfTheModel() {
    for seed in 0..<15 as Range<UInt64> {
      let program = RandomProgramTests.randomProgram(seed)
      let all = Self.outcomes(program, .exhaustive)
      let random = Self.outcomes(program, .random(executions: 500, seed: seed))
      #expect(random.isSubset(of: all), "seed \(seed)")
      let byPriority = Self.outcomes(
        program, .priorities(executions: 500, depth: 3, seed: seed))
      #expect(byPriority.isSubset(of: all), "seed \(seed)")
    }
  }

  @Test func enoughPreemptionsFindEveryOutcomeOfShortPrograms() {
    let loads: [[Instruction]] = [
      [.store(0, 1, .relaxed), .load(1, .relaxed)], [.store(1, 2, .relaxed), .load(0, .relaxed)],
    ]
    let writes: [[Instruction]] = [
      [.store(0, 1, .relaxed), .store(1, 2, .relaxed)],
      [.store(1, 3, .relaxed), .store(0, 4, .relaxed)],
      [.update(0, 10, .acquireRelease)],
    ]
    for program in [loads, writes] {
      #expect(Self.outcomes(program, .preemptions(4)) == Self.outcomes(program, .exhaustive))
    }
  }

  @Test(arguments: [
    ExplorationMode.random(executions: 5000, seed: 7),
    .priorities(executions: 5000, depth: 3, seed: 7), .preemptions(2),
  ])
  func mistakesAreFoundAndReplay(mode: ExplorationMode) throws {
    var options = ExplorerOptions()
    options.mode = mode
    let ring = LamportRing.trying(capacity: 2, tries: 6, reclaim: .relaxed)
    let race = try #require(Explorer(options).explore(ring).firstFailure)
    #expect(race.kind == .race)
    #expect(try Explorer().replay(race.replay, of: ring).report.firstFailure?.kind == .race)
    let wake = FailureTests.wakeUp(fence: .acquireRelease)
    let lost = try #require(Explorer(options).explore(wake).firstFailure)
    #expect(lost.kind == .deadlock)
    #expect(try Explorer().replay(lost.replay, of: wake).report.firstFailure?.kind == .deadlock)
    #expect(
      Explorer(options).explore(FailureTests.wakeUp(fence: .sequentiallyConsistent))
        .firstFailure == nil)
  }

  @Test func sameSeedSameExecutions() {
    let program = RandomProgramTests.randomProgram(3)
    let mode = ExplorationMode.random(executions: 300, seed: 11)
    #expect(
      RandomProgramTests.explore(program, mode).outcomes
        == RandomProgramTests.explore(program, mode).outcomes)
  }

  @Test func blockingRingRunsAtRandomWithoutAFailure() {
    var options = ExplorerOptions()
    options.mode = .random(executions: 300, seed: 5)
    let report = Explorer(options).explore(LamportRing.blocking(capacity: 3, messages: 30))
    #expect(report.executions == 300)
    #expect(report.firstFailure == nil)
    #expect(report.extent == .bounded("300 at random, seed 5"))
  }
}
