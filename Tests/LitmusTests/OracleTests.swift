// Agreement with the verdict oracle, row by row.

import Testing

@testable import Litmus

@Suite struct OracleTests {
  @Test func oracleHasEveryRow() throws {
    #expect(try Oracle.rows().count == 189)
  }

  @Test func enumeratorAgreesWithEveryRow() throws {
    for row in try Oracle.rows() {
      let verdict = try AxiomaticEnumerator.decide(LitmusProgram(try Oracle.file(row.test)))
      #expect(verdict.verdict == row.rc11, "\(row.test): \(verdict)")
      #expect(verdict.complete, "\(row.test)")
    }
  }

  @Test func modelCheckerAgreesWithEveryRow() throws {
    for row in try Oracle.rows() {
      let program = LitmusProgram(try Oracle.file(row.test))
      let verdict = try LitmusModel.decide(program)
      #expect(verdict.verdict == row.rc11, "\(row.test): \(verdict)")
      #expect(verdict.complete, "\(row.test)")
      // After a race an exploration may stop early; otherwise states and executions are the same.
      if row.rc11 == .race { continue }
      let judge = try AxiomaticEnumerator.decide(program)
      #expect(verdict.states == judge.states, "\(row.test)")
      #expect(verdict.executions == judge.executions, "\(row.test)")
    }
  }

  @Test func printedTestsParseToTheSameTest() throws {
    for row in try Oracle.rows() {
      let file = try Oracle.file(row.test)
      let again = try LitmusParser.parse(file.litmusText, path: file.path)
      #expect(again == file, "\(file.litmusText)")
    }
  }
}
