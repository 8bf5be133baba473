// `tracer-bench stress`.

import ArgumentParser

struct StressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stress",
    abstract: "Rings and wake-ups between processes that are disturbed; every record verified.",
    discussion: """
      rings: pairs of processes go through rounds of rings drawn at random (kind, size, starting \
      position, policy, pauses), while they are stopped, moved between CPUs, given other \
      priorities and short of memory for a moment. A pair without progress for 5 s is stuck, \
      which is a failure as wrong data is. wake: a consumer that sleeps as soon as nothing is \
      left, and a producer that publishes at that very moment; every sleep without a wake-up is \
      found.

      The same --seed gives the same rounds and the same records (when processes are disturbed \
      is up to the machine). Both end with 3 and the time it took where something is wrong.

      EXAMPLES
        tracer-bench stress --pairs 4 --duration 30
        tracer-bench stress --pairs 1 --backing shm --seed 7
        tracer-bench stress --scenario wake --duration 20
      """)

  /// What is tortured.
  enum Scenario: String, CaseIterable, ExpressibleByArgument {
    case rings
    case wake
  }

  @Option(help: "rings or wake.")
  var scenario: Scenario = .rings

  @OptionGroup var region: RegionArguments
  @OptionGroup var timing: TimingArguments
  @OptionGroup var output: OutputArguments

  @Option(parsing: .unconditional, help: "Pairs of processes at once (1 to 64).")
  var pairs = 4

  @Option(parsing: .unconditional, help: .hidden)
  var spoil: UInt64?

  /// The clean-up table holds 256 processes.
  private static let maximumPairs = 64
  private static let standardSeconds = 10.0

  func validate() throws {
    guard (1...StressCommand.maximumPairs).contains(pairs) else {
      throw ValidationError("--pairs \(pairs): 1 to \(StressCommand.maximumPairs)")
    }
  }

  func run() throws {
    // Workers are not pinned: they migrate, which is part of the stress.
    let session = try MeasuringSession(
      region: region, placement: nil, timing: timing, output: output)
    session.announce("seed \(session.seed)")
    let seconds = timing.duration ?? StressCommand.standardSeconds
    let outcome: TortureOutcome
    switch scenario {
    case .rings:
      let experiment = StressExperiment(
        backings: region.backings, pairCount: pairs, seconds: seconds, seed: session.seed,
        spoiledMessage: spoil)
      outcome = try experiment.run(
        factory: session.factory, progress: session.progress, announce: session.announce)
    case .wake:
      let experiment = WakeExperiment(
        backings: region.backings, seconds: seconds, seed: session.seed)
      outcome = try experiment.run(factory: session.factory, progress: session.progress)
    }
    let finding = outcome.finding?.result(seed: session.seed)
    try session.finish(outcome.results + [finding].compactMap { $0 })
    if let finding = outcome.finding { throw finding.error }
  }
}
