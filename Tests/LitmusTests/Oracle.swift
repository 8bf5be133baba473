// The project's own verdict oracle, as data for the tests: 189 litmus tests with the verdicts of
// RC11 and of several architectures.

import Foundation

@testable import Litmus

struct OracleRow {
  var test: String
  var columns: [String: String]

  /// The verdict under RC11, in the checker's words.
  var rc11: LitmusVerdict {
    columns["rc11"] == "race(UB)" ? .race : LitmusVerdict(rawValue: columns["rc11"]!)!
  }
}

enum Oracle {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/oracle")

  static func rows() throws -> [OracleRow] {
    let text = try String(contentsOf: folder.appending(path: "verdicts.csv"), encoding: .utf8)
    let lines = text.split(whereSeparator: \.isNewline).map { fields(of: String($0)) }
    return lines.dropFirst().map { line in
      OracleRow(
        test: line[0], columns: Dictionary(uniqueKeysWithValues: zip(lines[0], line)))
    }
  }

  static func file(_ test: String) throws -> LitmusFile {
    let url = folder.appending(path: "litmus/\(test).litmus")
    return try LitmusParser.parse(
      try String(contentsOf: url, encoding: .utf8), path: url.lastPathComponent)
  }

  /// Fields of a line of comma-separated values with double quotes.
  private static func fields(of line: String) -> [String] {
    var result = [""]
    var quoted = false
    for character in line {
      switch character {
      case "\"": quoted.toggle()
      case "," where !quoted: result.append("")
      default: result[result.count - 1].append(character)
      }
    }
    return result
  }
}
