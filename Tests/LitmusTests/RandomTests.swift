// The model checker against the brute-force judge on random tests.
//
// LITMUS_TESTS and LITMUS_SEED in the environment choose how many and where to begin; the numbers
// are printed with a failure, which shows the shrunk test.

import Foundation
import Testing

@testable import Litmus

@Suite struct RandomTests {
  static let environment = ProcessInfo.processInfo.environment
  /// A few seconds in a debug build.
  static let count = environment["LITMUS_TESTS"].flatMap { UInt64($0) } ?? 700
  static let seed = environment["LITMUS_SEED"].flatMap { UInt64($0) } ?? 1

  @Test func modelCheckerAgreesWithBruteForceOnRandomTests() throws {
    let seeds = Self.seed..<Self.seed + Self.count
    if let difference = RandomComparison.firstDifference(seeds: seeds) {
      Issue.record(
        "seed \(difference.seed)\n\(difference.test.litmusText)\n\(difference.model)\n\(difference.judge)"
      )
    }
    var verdicts: [LitmusVerdict: Int] = [:]
    for seed in seeds.prefix(100) {
      let program = LitmusProgram(LitmusGenerator.test(seed: seed))
      verdicts[try LitmusModel.decide(program).verdict, default: 0] += 1
    }
    // Both kinds must occur, or the generator makes only tests that say little.
    #expect(verdicts[.allowed, default: 0] > 0)
    #expect(verdicts[.race, default: 0] > 0)
  }

  @Test func randomTestsAreReplayableAndPrintable() throws {
    for seed in UInt64(1)...200 {
      let file = LitmusGenerator.test(seed: seed)
      #expect(file == LitmusGenerator.test(seed: seed))
      let again = try LitmusParser.parse(file.litmusText, path: file.path)
      let left = try AxiomaticEnumerator.decide(LitmusProgram(again)).states
      #expect(try AxiomaticEnumerator.decide(LitmusProgram(file)).states == left)
    }
  }

  @Test func shrinkerKeepsWhatFailsAndDropsTheRest() throws {
    // "Fails" while some state has x = 1 and y = 1 at once.
    func fails(_ file: LitmusFile) -> Bool {
      let verdict = try? AxiomaticEnumerator.decide(LitmusProgram(file))
      return verdict?.states.contains { $0.contains("x=1;") && $0.contains("y=1;") } == true
    }
    let file = try Oracle.file("Z6.0+sc")
    var observed = file
    observed.observeEverything()
    #expect(fails(observed))
    let small = LitmusShrinker.shrink(observed, while: fails)
    #expect(small.processes.count == 1)
    #expect(small.processes[0].body.count == 2)
  }
}
