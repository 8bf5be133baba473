// Options that say what is shown and where it goes.

import ArgumentParser
import Glibc

struct OutputArguments: ParsableArguments {
  @Option(
    help:
      "table, json, markdown, junit, html, hgrm (percentiles) or benchmark (for CI actions).")
  var format: OutputFormat = .table

  @Option(help: "Write the result to this file instead of standard output.")
  var output: String?

  @Option(help: "Folder that result documents are kept in.")
  var results: String = "results"

  @Flag(help: "Print nothing but errors; the result document is written all the same.")
  var quiet = false

  @Flag(help: "Show no progress; there is none anyway where standard error is no terminal.")
  var noProgress = false

  @Flag(help: "Exit with 4 if a comparison stays inconclusive.")
  var strict = false

  var showsProgress: Bool { !quiet && !noProgress && StandardError.isTerminal }
}
