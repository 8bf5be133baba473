// Results of explorations: for people, as JSON lines, as JUnit XML.

import Foundation

struct ModelReport {
  let results: [ModelResult]

  func text(_ format: ModelFormat) -> String {
    switch format {
    case .table: table()
    case .json: json()
    case .junit: junit()
    }
  }

  private func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return results.map { result in
      var line = result
      // Graphs are asked for by --graph; in a line they would bury the rest.
      line.dot = nil
      line.svg = nil
      // A result of plain fields always encodes.
      return String(decoding: try! encoder.encode(line), as: UTF8.self)
    }.joined(separator: "\n")
  }

  private func table() -> String {
    var table = TextTable(["test", "executions", "seconds", "verdict"])
    for result in results {
      var verdict = result.verdict
      if let killer = result.killedBy {
        verdict += " by \(killer), \(result.counterexampleLength ?? 0) events"
      }
      if result.verdict == "unobservable" { verdict += ": \(result.message ?? "")" }
      verdict += result.bound.map { " (bounded: \($0))" } ?? ""
      if !result.complete, result.bound == nil { verdict += " (bounded)" }
      if result.failed { verdict += "  FAILED" }
      table.rows.append([
        result.test, "\(result.executions)", String(format: "%.3f", result.seconds), verdict,
      ])
    }
    return ([table.plain(indent: "")] + details() + [summary()]).joined(separator: "\n")
  }

  /// States of litmus tests in herd's style, and counterexamples of what failed.
  private func details() -> [String] {
    results.flatMap { result -> [String] in
      if !result.states.isEmpty {
        return ["\n\(result.test): \(result.states.count) states"]
          + result.states.map { "  \($0)" }
      }
      guard result.failed, let trace = result.trace else {
        return result.message.map { result.failed || result.verdict == "undecided" ? [$0] : [] }
          ?? []
      }
      return [
        "\n\(result.test): \(result.message ?? "")", trace, "replay: \(result.replay ?? "")",
      ]
    }
  }

  private func summary() -> String {
    let failed = results.count(where: \.failed)
    let bounded = results.count { !$0.complete }
    let executions = results.reduce(0) { $0 + $1.executions }
    return """

      \(results.count) explored, \(executions) executions; \(failed) failed; \
      \(bounded == 0 ? "all explored completely" : "\(bounded) bounded, the others completely")
      """
  }

  private func junit() -> String {
    func escaped(_ text: String) -> String {
      text.replacingOccurrences(of: "&", with: "&amp;")
        .replacingOccurrences(of: "<", with: "&lt;")
        .replacingOccurrences(of: ">", with: "&gt;")
        .replacingOccurrences(of: "\"", with: "&quot;")
    }
    let failures = results.count(where: \.failed)
    let cases = results.map { result in
      let head =
        "  <testcase name=\"\(escaped(result.test))\" time=\"\(String(format: "%.3f", result.seconds))\""
      guard result.failed else { return head + "/>" }
      let text = escaped(result.message ?? result.verdict)
      let body = escaped((result.trace ?? "") + "\nreplay: " + (result.replay ?? ""))
      return head + ">\n    <failure message=\"\(text)\">\(body)</failure>\n  </testcase>"
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuite name="model" tests="\(results.count)" failures="\(failures)">
      \(cases.joined(separator: "\n"))
      </testsuite>
      """
  }
}
