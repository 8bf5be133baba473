// `tracer-bench stress`.

import ArgumentParser

struct StressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stress",
    abstract: "Pairs of processes, mixed sizes, random stops and bursts; every record verified.",
    discussion: """
      The plan of each pair is printed with its seed; the same --seed gives the same plans and \
      the same records (when processes are stopped is up to the machine).

      EXAMPLES
        tracer-bench stress --pairs 4 --duration 30
        tracer-bench stress --pairs 1 --backing shm --seed 7
      """)

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
    let experiment = StressExperiment(
      backings: region.backings, pairCount: pairs,
      seconds: timing.duration ?? StressCommand.standardSeconds, seed: session.seed,
      spoiledMessage: spoil)
    let results = try experiment.run(
      factory: session.factory, progress: session.progress, announce: session.announce)
    try session.finish(results)
  }
}
