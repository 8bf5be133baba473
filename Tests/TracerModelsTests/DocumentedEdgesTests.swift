// The tables of edges in the documentation name the edges of the code, each with its two sides.

import Foundation
import MemoryInterface
import Testing
import TracerModels

@Suite struct DocumentedEdgesTests {
  /// Rows of tables in Ordering and Lanes that begin with an edge's name: name and the two sides.
  private static func rows() throws -> [String: [String]] {
    let articles = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Sources/TracerShm/Documentation.docc")
    var rows: [String: [String]] = [:]
    for article in ["Ordering.md", "Lanes.md"] {
      let text = try String(contentsOf: articles.appending(path: article), encoding: .utf8)
      for line in text.split(separator: "\n") where line.hasPrefix("| `") {
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        if cells.count == 4 { rows[cells[0].replacing("`", with: "")] = cells }
      }
    }
    return rows
  }

  @Test func everyEdgeStandsInTheDocumentedTables() throws {
    let rows = try Self.rows()
    for edge in modelledEdges {
      let row = try #require(rows[edge.name], "no row for \(edge.name)")
      // The first function named on either side is the one that the code names.
      for (cell, side) in [(row[1], edge.releasingSide), (row[2], edge.acquiringSide)] {
        guard let function = side.split(whereSeparator: { " ,(".contains($0) }).first,
          function.contains(".")
        else { continue }
        #expect(cell.contains("`\(function)`"), "\(edge.name): \(cell) does not name \(function)")
      }
    }
    let known = Set(modelledEdges.map(\.name))
    #expect(rows.keys.filter { !known.contains($0) } == [], "rows without an edge")
  }

  @Test func edgesHaveNumbersAndNamesOfTheirOwn() {
    #expect(Set(modelledEdges.map(\.edge.identifier)).count == modelledEdges.count)
    #expect(Set(modelledEdges.map(\.name)).count == modelledEdges.count)
  }
}
