// `tracer-bench list`.

import ArgumentParser

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "What can be measured, over what, and in which words.")

  func run() throws {
    print(
      """
      Experiments
        throughput   messages/s between two processes; limit: streaming bandwidth
        latency      closed-loop round trip; limit: round trip of one bare word
        openLoop     response and service time at a stated rate (latency --rate)
        writeCost    one 16-byte write, with and without timestamp (part of run)
        tracing      one event, the rate to a file with its losses, submission to drain
        stress       pairs of processes, random stops and bursts, every record verified

      Region kinds (--backing): \(values(Backing.self))
      Rings (--ring):           \(values(RingKind.self))
      Publishing (--publish):   \(values(Publish.self))
      Arrivals (--arrival):     \(values(Arrival.self))
      Huge pages (--huge):      \(values(HugePages.self))
      Formats (--format):       \(values(OutputFormat.self))

      Cases of `run`
      """)
    for line in RunCommand.caseTitles { print("  \(line)") }
  }

  private func values<Choice: CaseIterable & RawRepresentable>(_ type: Choice.Type) -> String
  where Choice.RawValue == String {
    type.allCases.map(\.rawValue).joined(separator: ", ")
  }
}
