// `tracer-bench compare`.

import ArgumentParser
import Harness

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Two result documents, metric by metric. Context, never a verdict.",
    discussion: """
      Figures of another day differ by more than any regression, so this never fails a build. \
      The share column compares figure ÷ limit, which the machine's mood matters least for.

      EXAMPLE
        tracer-bench compare results/published/a.json results/published/b.json
      """)

  @Argument(help: "The first document.")
  var first: String

  @Argument(help: "The second document.")
  var second: String

  @Option(help: "table or markdown.")
  var format: OutputFormat = .table

  func validate() throws {
    guard format == .table || format == .markdown else {
      throw ValidationError("--format \(format.rawValue): compare prints table or markdown")
    }
  }

  func run() throws {
    let comparison: DocumentComparison
    do throws(ResultFileError) {
      comparison = DocumentComparison(
        try ResultDocument(path: first), try ResultDocument(path: second))
    } catch { throw BenchError.operation("\(error)") }
    for warning in comparison.warnings { StandardError.print("! \(warning)") }
    var table = TextTable(["case", "metric", "first", "second", "ratio", "ratio of shares"])
    for row in comparison.rows {
      table.rows.append([
        row.id, row.metric, Format.figure(row.first, unit: row.unit),
        Format.figure(row.second, unit: row.unit), Format.fixed(row.ratio, 2),
        row.shareRatio.map { Format.fixed($0, 2) } ?? "–",
      ])
    }
    print(format == .markdown ? table.markdown() : table.plain(indent: ""))
    for id in comparison.onlyInFirst { print("only in the first document: \(id)") }
    for id in comparison.onlyInSecond { print("only in the second document: \(id)") }
  }
}
