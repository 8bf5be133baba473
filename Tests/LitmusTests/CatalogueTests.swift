// The catalogue's expectations against the model, the judge and the oracle.

import Testing

@testable import Litmus

@Suite struct CatalogueTests {
  @Test func catalogueHasFortyTestsWithUniqueNames() {
    #expect(LitmusCatalogue.entries.count >= 40)
    #expect(Set(LitmusCatalogue.entries.map(\.name)).count == LitmusCatalogue.entries.count)
  }

  @Test func modelAndJudgeFindTheExpectedVerdict() throws {
    for entry in LitmusCatalogue.entries {
      let file = try LitmusParser.parse(entry.litmusText, path: entry.name)
      let program = LitmusProgram(file)
      #expect(try LitmusModel.decide(program).verdict == entry.rc11, "\(entry.name)")
      #expect(try AxiomaticEnumerator.decide(program).verdict == entry.rc11, "\(entry.name)")
    }
  }

  @Test func expectationsAgreeWithTheOracle() throws {
    let rows = Dictionary(uniqueKeysWithValues: try Oracle.rows().map { ($0.test, $0) })
    var compared = 0
    for entry in LitmusCatalogue.entries {
      guard let row = rows[entry.name] else { continue }
      compared += 1
      #expect(row.rc11 == entry.rc11, "\(entry.name)")
      // Of a racy program even the compiler may make anything: nothing is forbidden.
      if row.rc11 == .race { continue }
      for (category, column) in [(entry.x86, "x86tso"), (entry.aarch64, "aarch64")] {
        let forbidden = row.columns[column] == "forbidden"
        #expect((category == .forbidden) == forbidden, "\(entry.name) \(column)")
      }
      // Expanded, it is the oracle's program.
      let mine = try LitmusParser.parse(entry.litmusText, path: entry.name)
      let theirs = try AxiomaticEnumerator.decide(LitmusProgram(try Oracle.file(entry.name)))
      #expect(try AxiomaticEnumerator.decide(LitmusProgram(mine)).states == theirs.states)
    }
    #expect(compared >= 40)
  }
}
