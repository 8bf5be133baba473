// `tracer-bench stress`.

import ArgumentParser

struct StressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stress",
    abstract: "Rings, wake-ups and lanes between disturbed processes; every record verified.",
    discussion: """
      rings: pairs of processes go through rounds of rings drawn at random (kind, size, starting \
      position, policy, pauses), while they are stopped, moved between CPUs, given other \
      priorities and short of memory for a moment. A pair without progress for 5 s is stuck, \
      which is a failure as wrong data is. crossings: the same with nothing but small rings whose \
      positions cross a limit, hundreds of thousands a second. wake: a consumer that sleeps as soon as nothing is \
      left, and a producer that publishes at that very moment; every sleep without a wake-up is \
      found.

      The others torture lanes: agents of several threads and a controller, every record known to \
      the bit, every attempt accounted for against the agents' own counts. lanes: general traffic. \
      exhaustion: the controller is stopped; writes are lost and counted, and wait for nobody. \
      marks: from any thread; no mark, history or post-roll is lost. flush: a served flush \
      brings everything. attach: more threads than slots, forks, slots closed as for a \
      destruction. takeover: the controller is killed and replaced; exactly once in the output. \
      kill: agents are killed and replaced; everything accepted arrives.

      The same --seed gives the same rounds and the same records (when processes are disturbed \
      is up to the machine). All end with 3 and the time it took where something is wrong.

      EXAMPLES
        tracer-bench stress --pairs 4 --duration 30
        tracer-bench stress --pairs 1 --backing shm --seed 7
        tracer-bench stress --scenario wake --duration 20
        tracer-bench stress --scenario lanes --duration 30
        tracer-bench stress --scenario kill --agents 3 --threads 2 --backing shm --backing file
        tracer-bench stress --scenario takeover --seed 7 --round 12
      """)

  /// What is tortured.
  enum Scenario: ExpressibleByArgument {
    case rings
    case crossings
    case wake
    case lanes(LaneScenario)

    init?(argument: String) {
      switch argument {
      case "rings": self = .rings
      case "crossings": self = .crossings
      case "wake": self = .wake
      default:
        guard let scenario = LaneScenario(rawValue: argument) else { return nil }
        self = .lanes(scenario)
      }
    }

    static var allValueStrings: [String] {
      ["rings", "crossings", "wake"] + LaneScenario.allCases.map(\.rawValue)
    }

    var defaultValueDescription: String {
      switch self {
      case .rings: "rings"
      case .crossings: "crossings"
      case .wake: "wake"
      case .lanes(let scenario): scenario.rawValue
      }
    }
  }

  @Option(help: "What is tortured.")
  var scenario: Scenario = .rings

  @OptionGroup var region: RegionArguments
  @OptionGroup var timing: TimingArguments
  @OptionGroup var output: OutputArguments

  @Option(parsing: .unconditional, help: "Pairs of processes at once (1 to 64).")
  var pairs = 4

  @Option(parsing: .unconditional, help: "Lanes: agents at once (1 to 16).")
  var agents = 2

  @Option(parsing: .unconditional, help: "Lanes: threads of each agent (1 to 16).")
  var threads = 2

  @Option(parsing: .unconditional, help: "Lanes: the first round, to replay one.")
  var round: UInt64 = 0

  @Option(parsing: .unconditional, help: .hidden)
  var spoil: UInt64?

  /// The clean-up table holds 256 processes.
  private static let maximumPairs = 64
  /// The board of a lane torture has room for so many agents, and threads of each.
  private static let maximumAgents = 16
  private static let standardSeconds = 10.0

  func validate() throws {
    guard (1...StressCommand.maximumPairs).contains(pairs) else {
      throw ValidationError("--pairs \(pairs): 1 to \(StressCommand.maximumPairs)")
    }
    for (name, count) in [("--agents", agents), ("--threads", threads)]
    where !(1...StressCommand.maximumAgents).contains(count) {
      throw ValidationError("\(name) \(count): 1 to \(StressCommand.maximumAgents)")
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
    case .rings, .crossings:
      var experiment = StressExperiment(
        backings: region.backings, pairCount: pairs, seconds: seconds, seed: session.seed,
        spoiledMessage: spoil)
      if case .crossings = scenario { experiment.kinds = [.crossings] }
      outcome = try experiment.run(
        factory: session.factory, progress: session.progress, announce: session.announce)
    case .wake:
      let experiment = WakeExperiment(
        backings: region.backings, seconds: seconds, seed: session.seed)
      outcome = try experiment.run(factory: session.factory, progress: session.progress)
    case .lanes(let scenario):
      let experiment = LaneExperiment(
        scenario: scenario, backings: region.backings, agents: agents, threads: threads,
        seconds: seconds, seed: session.seed, firstRound: round, spoiled: spoil)
      outcome = try experiment.run(
        factory: session.factory, progress: session.progress, announce: session.announce)
    }
    let finding = outcome.finding?.result(seed: session.seed)
    try session.finish(outcome.results + [finding].compactMap { $0 })
    if let finding = outcome.finding { throw finding.error }
  }
}
