// The summary of `collect`, for people.

import TracerCore

/// What a run came to, in lines.
struct CollectReport {
  let text: String

  /// - Parameter top: how many functions to name.
  init(_ result: CollectResult, plan: CollectPlan, top: Int) {
    let output = result.output
    var lines: [String] = []
    if output.events == 0 {
      lines.append(
        "\(plan.program[0]) traced nothing: is it built with -finstrument-functions, and linked to "
          + "libtracer_instrument.so or run with --preload?")
    }
    let megabytes = Format.fixed(Double(output.file.writtenBytes) / 1e6, 1)
    let most = output.processes.count == CollectOutput.mostProcesses ? "+" : ""
    lines.append(
      "\(output.events) events of \(output.threads) threads in "
        + "\(output.processes.count)\(most) processes, "
        + "\(CollectReport.lost(result)) lost, to \(plan.output) (\(megabytes) MB) in "
        + "\(Format.fixed(result.seconds, 3)) s")
    let losses = result.total.losses
    lines.append(
      "lost: \(losses[.noSpareRing]) without a spare ring, \(losses[.tooLarge]) too large, "
        + "\(losses[.quarantined]) in quarantine, \(result.nestedLosses) nested, "
        + "\(result.metrics.slotlessAttempts) without a thread slot; "
        + "\(result.total.inFlight) in flight at a death")
    if losses[.noSpareRing] > 0 {
      lines.append("a larger pool loses less (--rings, --ring-size)")
    }
    if result.metrics.slotlessAttempts > 0 {
      lines.append("more thread slots lose less (--threads)")
    }
    if result.metrics.quarantinedLanes > 0 {
      lines.append("\(result.metrics.quarantinedLanes) lanes were corrupt and are in quarantine")
    }
    if result.leftAttached > 0 {
      lines.append(
        "\(result.leftAttached) threads of processes that go on were not collected to their end")
    } else if result.leftProcesses {
      lines.append("processes of the program go on; what they trace from now on is not collected")
    }
    if let rest = result.rest { lines.append(rest) }
    lines += CollectReport.limits(output)
    let functions = result.names.functions
    let table = functions.prefix(top).map { function in
      "\(Format.padded("\(function.calls)", 12, right: true))  \(function.name)"
    }
    var text = lines.map { "collect: \($0)\n" }.joined()
    if !table.isEmpty {
      text += "\(Format.padded("calls", 12, right: true))  function\n"
      text += table.map { $0 + "\n" }.joined()
      if functions.count > top {
        text += "\(Format.padded("…", 12, right: true))  \(functions.count - top) more functions\n"
      }
    }
    self.text = text
  }

  /// What was not told apart.
  private static func limits(_ output: CollectOutput) -> [String] {
    var lines: [String] = []
    if output.otherCalls > 0 {
      lines.append(
        "\(output.otherCalls) calls of functions beyond the first \(CollectOutput.mostFunctions) "
          + "are in the file without names")
    }
    if output.images.sharedAges > 0 {
      lines.append(
        "more than \(ProgramImages.mostAges) programs, or unloaded objects: names of functions in "
          + "those that came later may be wrong")
    }
    if output.images.droppedModules > 0 {
      lines.append(
        "functions of more than \(ProgramImages.mostModules) mapped files have no names")
    }
    return lines
  }

  /// Everything that was attempted and is not in the file.
  private static func lost(_ result: CollectResult) -> UInt64 {
    result.total.losses.total &+ result.nestedLosses &+ result.metrics.slotlessAttempts
      &+ result.total.inFlight
  }
}
