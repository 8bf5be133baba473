// `tracer-bench tracing`.

import ArgumentParser
import Harness
import TracerCore
import TracerShm

struct TracingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tracing",
    abstract: "What tracing costs: one event, the rate to a file with its losses, the wake-up.",
    discussion: """
      event   One event of 16 bytes into an index and a detail lane, with and without a timestamp, \
      beside the counter alone; the checksum that a ring of a file gets at its seal, spread over \
      its events; an event that is dropped because no ring is left.
      rate    One thread and a controller that drains to a file: at a steady rate, where the pool \
      suffices and nothing is to be lost, and flat out, where it does not. On disk beside the \
      disk's own write rate.
      wake    From the submission of a ring to its drain, for each waking policy.

      Every event is checked on its way, traces are read back, and every attempt is accounted for \
      at the end, to the record; else the exit code is 3.

      EXAMPLES
        tracer-bench tracing
        tracer-bench tracing --part event --backing memfd --backing file --path /var/tmp
        tracer-bench tracing --part rate --rate 50e6 --duration 60
        tracer-bench tracing --quick --format json --output tracing.json
      """)

  /// One part of the measurement.
  enum Part: String, CaseIterable, ExpressibleByArgument {
    case event, rate, wake
  }

  @OptionGroup var region: RegionArguments
  @OptionGroup var placement: PlacementArguments
  @OptionGroup var timing: TimingArguments
  @OptionGroup var output: OutputArguments

  @Option(
    parsing: .unconditionalSingleValue,
    help: "What to measure: event, rate or wake; repeatable. Default: all.")
  var part: [Part] = []

  @Option(parsing: .unconditional, help: "Events a second of the steady part.")
  var rate: Double = 35e6

  @Flag(help: "A tenth of the time: to see that it works.")
  var quick = false

  @Option(parsing: .unconditional, help: .hidden)
  var spoil: UInt64?

  /// 1 G/s: beyond any thread.
  private static let maximumRate = 1e9
  /// Seconds of each group of cases where nothing else is asked for; of each run of the rate.
  private static let secondsPerGroup = 5.0

  func validate() throws {
    guard rate >= 1, rate <= TracingCommand.maximumRate else {
      throw ValidationError(
        "--rate \(rate): 1 to \(Int(TracingCommand.maximumRate)) events a second")
    }
  }

  /// A group of cases: how many times as long as the others it takes, and what it does.
  private struct Step {
    var weight: Double
    var run: (_ seconds: Double) throws -> [CaseResult]
  }

  func run() throws {
    let session = try MeasuringSession(
      region: region, placement: placement, timing: timing, output: output,
      spoiledMessage: spoil)
    let parts = part.isEmpty ? Part.allCases : part
    var steps: [Step] = []
    if parts.contains(.event) { steps += eventSteps(session) }
    if parts.contains(.rate) { steps += rateSteps(session) }
    if parts.contains(.wake) { steps += wakeSteps(session) }
    let total = steps.reduce(0) { $0 + $1.weight }
    let seconds =
      timing.duration ?? TracingCommand.secondsPerGroup * total * (quick ? 0.1 : 1)
    var results: [CaseResult] = []
    var done = 0.0
    for step in steps {
      session.progress.beginStep(start: done / total, length: step.weight / total)
      results += try step.run(seconds * step.weight / total)
      done += step.weight
    }
    try session.finish(results)
    if output.strict, session.isUndecided { throw ExitCode(4) }
  }

  private func eventSteps(_ session: MeasuringSession) -> [Step] {
    let cpus = session.cpus
    return LaneKind.allCases.flatMap { kind in
      [[cpus.producer], [cpus.producer, cpus.consumer]].map { cpus in
        Step(weight: 1) { seconds in
          try EventCostExperiment(backings: region.backings, kind: kind, cpus: cpus).run(
            session.plan(seconds: seconds), factory: session.factory, progress: session.progress)
        }
      }
    }
  }

  private func rateSteps(_ session: MeasuringSession) -> [Step] {
    let runs: [(TracingRateExperiment.Target, TracingRateExperiment.Pace)] = [
      (.tmpfs, .eventsPerSecond(rate)), (.tmpfs, .flatOut), (.disk, .flatOut),
    ]
    // Kinds are measured one after the other.
    let count = region.backings.count
    return runs.map { target, pace in
      Step(weight: Double(count)) { seconds in
        try TracingRateExperiment(
          backings: region.backings, target: target, pace: pace, seconds: seconds / Double(count),
          folder: region.folder, spoiledEvent: spoil
        ).run(
          placement: session.cpus, clock: session.clock, factory: session.factory,
          progress: session.progress)
      }
    }
  }

  private func wakeSteps(_ session: MeasuringSession) -> [Step] {
    WakePolicy.allCases.map { policy in
      Step(weight: 1) { seconds in
        try SubmitToDrainExperiment(backings: region.backings, policy: policy).run(
          session.plan(seconds: seconds), factory: session.factory, progress: session.progress)
      }
    }
  }
}
