// What load buffering alone explains, and what it does not.

import Testing

@testable import Litmus

@Suite struct LoadBufferingTests {
  @Test func everythingThatTheModelAllowsIsAllowed() throws {
    for row in try Oracle.rows() where row.rc11 != .race {
      let program = LitmusProgram(try Oracle.file(row.test))
      let buffered = try #require(LoadBufferingJudge.states(of: program), "\(row.test)")
      let texts = Set(buffered.map { program.question.text(of: $0) })
      let allowed = try AxiomaticEnumerator.decide(program).states
      #expect(texts.isSuperset(of: allowed), "\(row.test)")
    }
  }

  /// The oracle's hardware columns: what RC11 forbids and some processor shows is load buffering.
  @Test func whatHardwareShowsAndTheModelForbidsIsLoadBuffering() throws {
    let architectures = ["x86tso", "aarch64", "aarch64_rcpc", "riscv", "power"]
    var explained = 0
    for row in try Oracle.rows() where row.rc11 == .forbidden {
      let isShown = architectures.contains { row.columns[$0] == "allowed" }
      let program = LitmusProgram(try Oracle.file(row.test))
      let buffered = try #require(LoadBufferingJudge.states(of: program))
      if isShown {
        explained += 1
        #expect(buffered.contains { program.question.answers($0) }, "\(row.test)")
      }
    }
    #expect(explained > 0)
  }

  @Test func valuesDoNotComeOutOfThinAir() throws {
    for test in ["LB+datas", "LB+ctrls", "MP+relW+acqR", "SB+rlx+Fsc", "CoRR+ra", "RMW-atomicity"] {
      let program = LitmusProgram(try Oracle.file(test))
      let buffered = try #require(LoadBufferingJudge.states(of: program))
      #expect(!buffered.contains { program.question.answers($0) }, "\(test)")
    }
  }

  @Test func beyondTheBoundOfALoopNothingIsSaid() throws {
    let text = """
      C t
      { }
      P0 (atomic_int* x) { for (int i = 0; i < 9; i++) atomic_store(x, i); }
      exists (x=8)
      """
    let program = LitmusProgram(try LitmusParser.parse(text, path: "t.litmus"))
    #expect(LoadBufferingJudge.states(of: program) == nil)
    #expect(LoadBufferingJudge.states(of: program, limits: .init(loopRounds: 9))?.count == 1)
  }
}
