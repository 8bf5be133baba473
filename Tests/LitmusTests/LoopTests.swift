// Loops: what ends within the bound is decided, what does not end or goes further says so.

import Testing

@testable import Litmus

/// The verdict of both judges.
private func verdict(
  _ processes: [String], _ question: String, rounds: Int = LitmusLimits.defaultLoopRounds
) throws -> ModelVerdict {
  let bodies = processes.enumerated().map { index, body in
    "P\(index) (atomic_int* x, atomic_int* y) {\n\(body)\n}\n"
  }
  let text = "C t\n{ }\n" + bodies.joined() + question + "\n"
  let program = LitmusProgram(try LitmusParser.parse(text, path: "t.litmus"))
  let limits = LitmusLimits(loopRounds: rounds)
  let model = try LitmusModel.decide(program, limits: limits)
  let judge = try AxiomaticEnumerator.decide(program, limits: limits)
  #expect(model.words == judge.words)
  #expect(model.states == judge.states)
  return model
}

private func counting(to count: Int) -> String {
  "int i = 0; while (i < \(count)) { atomic_store(x, i); i++; }"
}

@Suite struct LoopTests {
  @Test func asManyRoundsAsTheBoundAreDecided() throws {
    for rounds in [1, 3, 8] {
      let question = "exists (x=\(rounds - 1) /\\ 0:i=\(rounds))"
      let decided = try verdict([counting(to: rounds)], question, rounds: rounds)
      #expect(decided.words == "allowed")
      let further = try verdict([counting(to: rounds + 1)], question, rounds: rounds)
      #expect(further.words == "not reached (bounded: \(rounds) rounds of the loop in line 4)")
    }
    let body = "int i = 0; do { atomic_store(x, i); i++; } while (i < 8);"
    #expect(try verdict([body], "exists (x=7)").words == "allowed")
  }

  @Test(arguments: [
    "while (1) { }", "while (atomic_load(x) == 0) { } atomic_store(y, 1);",
    "do { } while (atomic_load(x) != 1);",
    "int e; do { e = 1; } while (!atomic_compare_exchange_strong(x, &e, 2));",
  ])
  func whatNeverEndsIsNoPass(body: String) throws {
    let forall = try verdict([body], "forall (x=1)")
    #expect(forall.words == "not reached (bounded: 1 execution never ends)")
    #expect(!forall.complete)
  }

  @Test func processesThatWaitForEachOtherNeverEnd() throws {
    let processes = [
      "while (atomic_load(x) == 0) { } atomic_store(y, 1);",
      "while (atomic_load(y) == 0) { } atomic_store(x, 1);",
    ]
    #expect(try verdict(processes, "forall (x=1)").words.contains("1 execution never ends"))
  }

  @Test func aLoopThatWritesForEverIsBounded() throws {
    let result = try verdict(
      ["int r0 = 0; while (1) { r0 = atomic_fetch_add(x, 1); }"], "exists (0:r0=1)")
    #expect(result.words == "not reached (bounded: 8 rounds of the loop in line 4)")
  }

  @Test func whatOnlyWaitsOrFailsSpuriouslyIsExploredCompletely() throws {
    let spin = "while (atomic_load_explicit(x, memory_order_relaxed) == 0) { } int r = 1;"
    let store = "atomic_store_explicit(x, 1, memory_order_relaxed);"
    #expect(try verdict([spin, store], "exists (0:r=1)").words == "allowed")
    let exchange = "int e = 0; while (!atomic_compare_exchange_weak(x, &e, 1)) { }"
    #expect(try verdict([exchange], "forall (x=1)").words == "forbidden")
  }
}
