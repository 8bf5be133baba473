// Where a report goes.

import Glibc

extension OutputArguments {
  /// Shows the report in the format asked for, on standard output or in `--output`.
  func write(_ report: Report) throws(BenchError) {
    let text =
      switch format {
      case .markdown: report.markdown()
      default: report.plainText(colour: usesColour)
      }
    if let output {
      try TextFile.write(text, to: output)
    } else if !quiet {
      StandardError.write(text, to: STDOUT_FILENO)
    }
  }

  private var usesColour: Bool {
    output == nil && isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil
  }
}
