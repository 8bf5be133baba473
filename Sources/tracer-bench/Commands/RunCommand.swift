// `tracer-bench run`, the default: everything that matters, side by side, in under 90 seconds.

import ArgumentParser

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Checks and measures every region kind side by side, in under 90 s (the default).",
    discussion: """
      First a short stress run that verifies every record, then throughput, round trips, open \
      loop and the cost of a write. Ends with tables and writes the result document under \
      results/.

      EXAMPLES
        tracer-bench
        tracer-bench run --duration 10 --backing anonymous --backing file --path /var/tmp
      """)

  @OptionGroup var region: RegionArguments
  @OptionGroup var placement: PlacementArguments
  @OptionGroup var timing: TimingArguments
  @OptionGroup var output: OutputArguments

  @Option(parsing: .unconditional, help: .hidden)
  var spoil: UInt64?

  /// Measuring time where none is asked for; starting processes and regions adds a third.
  private static let standardSeconds = 50.0

  /// Ring, bytes of a message, messages: the cases of the throughput part.
  private static let throughputCases: [(ring: RingKind, size: Int, capacity: Int)] = [
    (.slots, 8, 65_536), (.slots, 64, 1024), (.slots, 64, 65_536), (.slots, 256, 65_536),
    (.records, 64, 65_536),
  ]
  private static let roundTripRings: [RingKind] = [.slots, .records]
  /// Ten µs between messages on average: far from saturation, dense enough for percentiles.
  private static let openLoopRate = 100_000.0
  private static let batch = 64

  /// What `list` says about the cases.
  static var caseTitles: [String] {
    ["stress, one pair for each region kind"]
      + throughputCases.map {
        "throughput, \($0.ring.rawValue) \($0.size) B × \($0.capacity), adaptive"
      } + roundTripRings.map { "round trip, \($0.rawValue) 8 B" }
      + ["open loop, poisson, \(Int(openLoopRate)) messages/s", "cost of a 16-byte write"]
  }

  func run() throws {
    let session = try MeasuringSession(
      region: region, placement: placement, timing: timing, output: output, spoiledMessage: spoil)
    let seconds = timing.duration ?? RunCommand.standardSeconds
    let steps = parts(session)
    let total = steps.reduce(0) { $0 + $1.weight }
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

  /// One part of the run: how much of the time it gets, and what it does with it.
  private struct Part {
    var weight: Double
    var run: (_ seconds: Double) throws -> [CaseResult]
  }

  private func parts(_ session: MeasuringSession) -> [Part] {
    let factory = session.factory
    let progress = session.progress
    let backings = region.backings
    var parts = [
      Part(weight: 0.5) { seconds in
        let outcome = try StressExperiment(
          backings: backings, pairCount: backings.count, seconds: seconds, seed: session.seed
        ).run(factory: factory, progress: progress, announce: { _ in })
        if let finding = outcome.finding { throw finding.error }
        return outcome.results
      }
    ]
    for item in RunCommand.throughputCases {
      let cases = backings.map {
        TrafficCase(
          backing: $0, ring: item.ring, size: item.size, capacity: item.capacity,
          publish: .adaptive, batch: RunCommand.batch)
      }
      parts.append(
        Part(weight: 1) {
          try ThroughputExperiment(cases: cases).run(
            session.plan(seconds: $0), factory: factory, progress: progress)
        })
    }
    for ring in RunCommand.roundTripRings {
      let cases = backings.map {
        TrafficCase(
          backing: $0, ring: ring, size: 8, capacity: LatencyCommand.standardCapacity,
          publish: .every, batch: 1)
      }
      parts.append(
        Part(weight: 1) {
          try RoundTripExperiment(cases: cases).run(
            session.plan(seconds: $0), factory: factory, progress: progress)
        })
    }
    parts.append(
      Part(weight: 1) {
        try OpenLoopExperiment(
          backings: backings, capacity: OpenLoop.standardCapacity,
          rate: RunCommand.openLoopRate, arrival: .poisson
        ).run(session.plan(seconds: $0), factory: factory, progress: progress)
      })
    parts.append(
      Part(weight: 0.5) {
        try WriteCostExperiment(backings: backings).run(
          session.plan(seconds: $0), factory: factory, progress: progress)
      })
    return parts
  }
}
