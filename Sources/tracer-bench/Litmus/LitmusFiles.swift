// Litmus files named on the command line: read, parsed, or refused with exit code 64.

import ArgumentParser
import Glibc
import Litmus

enum LitmusFiles {
  /// Reads and parses every file. A file that cannot be read, and one that has something that is
  /// not supported, ends the command: no verdict is given on half of what was asked.
  static func load(_ paths: [String]) throws -> [LitmusFile] {
    try paths.map { path in
      guard let text = TextFile.read(path) else {
        throw BenchError.operation("\(path): \(String(cString: strerror(errno)))")
      }
      do throws(LitmusError) {
        return try LitmusParser.parse(text, path: path)
      } catch { throw BenchError.usage("\(error)") }
    }
  }

  /// Whether a limit of rounds makes sense.
  static func check(loopRounds: Int) throws {
    guard (1...LitmusLimits.maximumLoopRounds).contains(loopRounds) else {
      throw ValidationError("--loop-rounds \(loopRounds): 1 to \(LitmusLimits.maximumLoopRounds)")
    }
  }
}

/// How results of litmus tests are printed.
enum LitmusFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case json
  case junit
}

/// JUnit's XML for a list of cases, for continuous integration.
struct JUnitSuite {
  struct Case {
    var name: String
    var seconds: Double
    /// What went wrong, if anything did.
    var failure: String?
    var output: String
  }
  var name: String
  var cases: [Case]

  var text: String {
    let failures = cases.count { $0.failure != nil }
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<testsuite name=\"\(Self.escaped(name))\" tests=\"\(cases.count)\" failures=\"\(failures)\">",
    ]
    for item in cases {
      lines.append("  <testcase name=\"\(Self.escaped(item.name))\" time=\"\(item.seconds)\">")
      if let failure = item.failure {
        lines.append("    <failure message=\"\(Self.escaped(failure))\"/>")
      }
      lines.append("    <system-out>\(Self.escaped(item.output))</system-out>")
      lines.append("  </testcase>")
    }
    return (lines + ["</testsuite>"]).joined(separator: "\n")
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;").replacing("\n", with: "&#10;")
  }
}
