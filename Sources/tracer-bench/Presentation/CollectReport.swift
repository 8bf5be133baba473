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
    lines.append(
      "\(output.events) events of \(output.threads) threads in \(output.processes.count) processes, "
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
    }
    let functions = output.functions()
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

  /// Everything that was attempted and is not in the file.
  private static func lost(_ result: CollectResult) -> UInt64 {
    result.total.losses.total &+ result.nestedLosses &+ result.metrics.slotlessAttempts
      &+ result.total.inFlight
  }
}
