// Where a report goes: the document into the results folder, what was asked for to the reader.

import Glibc
import Harness

extension OutputArguments {
  /// Writes the document below the results folder; returns its path.
  func store(_ document: ResultDocument) throws(BenchError) -> String {
    let commit = document.tool.commit.map { String($0.prefix(12)) } ?? "unknown"
    let time = UTCTime.compact(document.started ?? UTCTime.now().text)
    let folder = "\(results)/\(document.fingerprint)/\(time)-\(commit)"
    try TextFile.makeFolder(folder)
    let path = "\(folder)/result.json"
    do { try document.write(to: path) } catch { throw .operation("\(error)") }
    return path
  }

  /// Shows the report in the format asked for, on standard output or in `--output`.
  func write(_ report: Report, document: ResultDocument) throws(BenchError) {
    let text: String
    switch format {
    case .table: text = report.plainText(colour: usesColour)
    case .markdown: text = report.markdown()
    case .json:
      do { text = try document.json() } catch { throw .operation("\(error)") }
    case .junit: text = report.junit()
    case .html: text = report.html()
    case .hgrm: text = report.percentileText()
    case .benchmark: text = report.benchmarkJSON()
    }
    if let output {
      try TextFile.write(text, to: output)
    } else if !quiet {
      try StandardOutput.write(text)
    }
  }

  private var usesColour: Bool {
    output == nil && isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil
  }
}
