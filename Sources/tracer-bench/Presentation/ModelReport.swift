// Results of explorations, written as they come: for people, as JSON lines; as JUnit XML at the end.

import Foundation

struct ModelReport {
  private let format: ModelFormat
  private let nameWidth: Int
  private var suite = JUnitSuite(name: "model", cases: [])
  private var count = 0
  private var executions = 0
  private(set) var failed = 0
  private(set) var bounded = 0

  /// - Parameter names: of all that will be explored, for the width of the first column.
  init(_ format: ModelFormat, names: [String]) {
    self.format = format
    nameWidth = names.reduce(4) { max($0, $1.count) }
  }

  func begin() throws(BenchError) {
    guard format == .table else { return }
    try StandardOutput.write(row("test", "executions", "seconds", "verdict"))
  }

  mutating func add(_ result: ModelResult) throws(BenchError) {
    count += 1
    executions += result.executions
    failed += result.failed ? 1 : 0
    bounded += result.complete ? 0 : 1
    switch format {
    case .table:
      try StandardOutput.write(
        row(result.test, "\(result.executions)", seconds(result), verdict(result)))
      for line in details(result) { try StandardOutput.write(line + "\n") }
    case .json: try StandardOutput.write(json(result) + "\n")
    case .junit: suite.cases.append(junit(result))
    }
  }

  func end() throws(BenchError) {
    switch format {
    case .table:
      let extent =
        bounded == 0 ? "all explored completely" : "\(bounded) bounded, the others completely"
      try StandardOutput.write(
        "\n\(count) explored, \(executions) executions; \(failed) failed; \(extent)\n")
    case .json: break
    case .junit: try StandardOutput.write(suite.text + "\n")
    }
  }

  private func row(_ test: String, _ executions: String, _ seconds: String, _ verdict: String)
    -> String
  {
    [
      Format.padded(test, nameWidth, right: false), Format.padded(executions, 10, right: true),
      Format.padded(seconds, 8, right: true), verdict,
    ].joined(separator: "  ") + "\n"
  }

  private func seconds(_ result: ModelResult) -> String { String(format: "%.3f", result.seconds) }

  private func verdict(_ result: ModelResult) -> String {
    var verdict = result.verdict
    if let killer = result.killedBy {
      verdict += " by \(killer), \(result.counterexampleLength ?? 0) events"
    }
    if result.verdict == "unobservable" { verdict += ": \(result.message ?? "")" }
    if !result.complete { verdict += " (\(extent(result)))" }
    if result.failed { verdict += "  FAILED" }
    return verdict
  }

  private func extent(_ result: ModelResult) -> String {
    if result.complete { return "explored completely" }
    return result.bound.map { "bounded: \($0)" } ?? "bounded"
  }

  /// States of a litmus test in herd's style, or the counterexample of what failed.
  private func details(_ result: ModelResult) -> [String] {
    if !result.states.isEmpty {
      return ["  \(result.states.count) states"] + result.states.map { "    \($0)" }
    }
    guard result.failed || result.verdict == "undecided", let message = result.message else {
      return []
    }
    return ["  \(message)"] + counterexample(result)
  }

  private func counterexample(_ result: ModelResult) -> [String] {
    guard let trace = result.trace else { return [] }
    return [trace, "replay: \(result.replay ?? "")", ""]
  }

  private func json(_ result: ModelResult) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var line = result
    // Graphs are asked for by --graph; in a line they would bury the rest.
    line.dot = nil
    line.svg = nil
    // A result of plain fields always encodes.
    return String(decoding: try! encoder.encode(line), as: UTF8.self)
  }

  private func junit(_ result: ModelResult) -> JUnitSuite.Case {
    var output = ["\(result.verdict); \(extent(result)); \(result.executions) executions"]
    if result.failed { output += counterexample(result) }
    return JUnitSuite.Case(
      name: result.test, seconds: result.seconds,
      failure: result.failed ? result.message ?? result.verdict : nil,
      output: output.joined(separator: "\n"))
  }
}
