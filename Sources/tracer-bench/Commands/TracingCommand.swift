// `tracer-bench tracing`.

import ArgumentParser
import Harness
import TracerCore

struct TracingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tracing",
    abstract: "What tracing costs: one event, the rate to a file with its losses, the wake-up.",
    discussion: """
      One event of 16 bytes into an index and a detail lane, with and without a timestamp, beside \
      the counter alone; the checksum that rings of a file get, and an event that is dropped \
      because no ring is left, by themselves.

      EXAMPLES
        tracer-bench tracing
        tracer-bench tracing --quick --backing memfd --backing file --path /var/tmp
      """)

  @OptionGroup var region: RegionArguments
  @OptionGroup var placement: PlacementArguments
  @OptionGroup var timing: TimingArguments
  @OptionGroup var output: OutputArguments

  @Flag(help: "A tenth of the time: to see that it works.")
  var quick = false

  @Option(parsing: .unconditional, help: .hidden)
  var spoil: UInt64?

  /// Measuring time where none is asked for.
  private static let standardSeconds = 60.0

  func run() throws {
    let session = try MeasuringSession(
      region: region, placement: placement, timing: timing, output: output, spoiledMessage: spoil)
    let seconds = timing.duration ?? TracingCommand.standardSeconds * (quick ? 0.1 : 1)
    let cpus = session.cpus
    var results: [CaseResult] = []
    let experiments = LaneKind.allCases.flatMap { kind in
      [[cpus.producer], [cpus.producer, cpus.consumer]].map {
        EventCostExperiment(backings: region.backings, kind: kind, cpus: $0)
      }
    }
    for (index, experiment) in experiments.enumerated() {
      let share = 1 / Double(experiments.count)
      session.progress.beginStep(start: Double(index) * share, length: share)
      results += try experiment.run(
        session.plan(seconds: seconds * share), factory: session.factory,
        progress: session.progress)
    }
    try session.finish(results)
    if output.strict, session.isUndecided { throw ExitCode(4) }
  }
}
