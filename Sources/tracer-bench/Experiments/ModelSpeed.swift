// How fast the checker is and what memory it takes: the yardstick ring, each length in a process of
// its own, whose peak of resident memory the kernel keeps.

import Glibc
import ModelChecker

struct ModelSpeed {
  private struct Row {
    var name: String
    var program: ModelProgram
    var maximumExecutions = Int.max
  }

  /// Executions that show what memory a length takes; all of them would take for ever.
  private static var sample: Int { 20_000 }

  private static var rows: [Row] {
    [6, 8].map { tries in
      Row(
        name: "\(tries) tries a side, none waits",
        program: LamportRing.trying(capacity: 2, tries: tries))
    }
      + [Row(name: "12 messages", program: LamportRing.blocking(capacity: 2, messages: 12))]
      + [50, 100, 200, 400].map { messages in
        Row(
          name: "\(messages) messages, the first \(sample) executions",
          program: LamportRing.blocking(capacity: 2, messages: UInt64(messages)),
          maximumExecutions: sample)
      }
  }

  /// Runs and prints row by row.
  static func run() throws(BenchError) {
    try print(["ring of 2 slots", "executions", "a second", "events", "peak KiB"])
    for row in rows {
      let child = fork()
      guard child >= 0 else { throw .operation("fork: \(String(cString: strerror(errno)))") }
      if child == 0 {
        do { try explore(row) } catch {
          StandardError.print("tracer-bench: \(error)")
          _exit(error.exitCode)
        }
        _exit(0)
      }
      var status: Int32 = 0
      while waitpid(child, &status, 0) < 0, errno == EINTR {}
      guard status == 0 else {
        throw .operation("an exploring process ended with wait status \(status)")
      }
    }
  }

  private static func explore(_ row: Row) throws(BenchError) {
    let before = usage().seconds
    var options = ExplorerOptions()
    options.maximumExecutions = row.maximumExecutions
    var events = 0
    let report = Explorer(options).explore(row.program) { events = max(events, $0.eventCount) }
    let after = usage()
    let rate = Double(report.executions) / max(after.seconds - before, .leastNonzeroMagnitude)
    try print([
      row.name, "\(report.executions)", "\(Int(rate))", "\(events)", "\(after.peakKiB)",
    ])
  }

  private static func print(_ cells: [String]) throws(BenchError) {
    let widths = [40, 10, 10, 8, 10]
    let padded = zip(cells, widths).enumerated().map { column, cell in
      Format.padded(cell.0, cell.1, right: column > 0)
    }
    try StandardOutput.write(padded.joined(separator: "  ") + "\n")
  }

  /// Processor time of this process and the most memory it had resident.
  private static func usage() -> (seconds: Double, peakKiB: Int) {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let times = [usage.ru_utime, usage.ru_stime]
    let seconds = times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6 }
    return (seconds, usage.ru_maxrss)
  }
}
