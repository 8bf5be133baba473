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
}
