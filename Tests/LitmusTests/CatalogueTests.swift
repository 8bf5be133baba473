// The catalogue's expectations against the model, the judge and the oracle.

import Testing

@testable import Litmus

@Suite struct CatalogueTests {
  @Test func catalogueHasSixtyTestsWithUniqueNames() {
    #expect(LitmusCatalogue.entries.count >= 60)
    #expect(Set(LitmusCatalogue.entries.map(\.name)).count == LitmusCatalogue.entries.count)
  }

  @Test func modelFindsTheExpectedVerdict() {
    for entry in LitmusCatalogue.entries {
      let verdict = entry.decide()
      #expect(verdict.verdict == entry.rc11, "\(entry.name): \(verdict)")
      #expect(verdict.complete, "\(entry.name)")
    }
  }

  /// What RC11 forbids, hardware must not show either, load buffering apart.
  @Test func nothingForbiddenByTheModelIsExpectedOfX86() {
    for entry in LitmusCatalogue.entries where entry.rc11 == .forbidden {
      #expect(entry.x86 == .forbidden, "\(entry.name)")
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
      // The code is the oracle's program: it has the same final states, found by brute force.
      let theirs = try AxiomaticEnumerator.decide(LitmusProgram(try Oracle.file(entry.name)))
      #expect(entry.decide().states == theirs.states, "\(entry.name)")
    }
    #expect(compared >= 60)
  }
}
