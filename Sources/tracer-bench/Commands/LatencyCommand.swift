// `tracer-bench latency`.

import ArgumentParser

struct LatencyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract: "Round trips: closed loop, and open loop at a stated rate.",
    discussion: """
      Closed loop: one message there and one back, timed in batches of 16 so that the counter's \
      step does not decide; percentiles are of the batch means. The limit is the round trip of one \
      bare word between the same two CPUs, measured in the same slices.
      Open loop (--rate): messages leave at intended times; response time counts from these, \
      service time from the actual sending.

      EXAMPLES
        tracer-bench latency --ring records --size 64
        tracer-bench latency --rate 100000 --arrival poisson
      """)

  @OptionGroup var region: RegionArguments
  @OptionGroup var rings: RingArguments
  @OptionGroup var placement: PlacementArguments
  @OptionGroup var timing: TimingArguments
  @OptionGroup var output: OutputArguments

  @Option(parsing: .unconditional, help: "Messages a second of the open loop.")
  var rate: Double?

  @Option(help: "Spacing of the open loop's messages: fixed or poisson.")
  var arrival: Arrival = .poisson

  /// Slots of each of the two rings where none are asked for: a page of 8-byte messages.
  static let standardCapacity = 512
  /// 100 M/s: beyond any round trip.
  private static let maximumRate = 1e8
  private static let secondsPerGroup = 4.0

  func validate() throws {
    guard let rate else { return }
    guard rate >= 1, rate <= LatencyCommand.maximumRate else {
      throw ValidationError(
        "--rate \(rate): 1 to \(Int(LatencyCommand.maximumRate)) messages a second")
    }
  }

  func run() throws {
    let session = try MeasuringSession(
      region: region, placement: placement, timing: timing, output: output)
    let closed = closedLoops
    let groups = Double(closed.count + (rate == nil ? 0 : 1))
    let plan = session.plan(
      seconds: timing.duration.map { $0 / groups } ?? LatencyCommand.secondsPerGroup)
    var results: [CaseResult] = []
    for (index, experiment) in closed.enumerated() {
      session.progress.beginStep(start: Double(index) / groups, length: 1 / groups)
      results += try experiment.run(plan, factory: session.factory, progress: session.progress)
    }
    if let rate {
      session.progress.beginStep(start: 1 - 1 / groups, length: 1 / groups)
      results += try OpenLoopExperiment(
        backings: region.backings, capacity: rings.capacity.first ?? OpenLoop.standardCapacity,
        rate: rate, arrival: arrival
      ).run(plan, factory: session.factory, progress: session.progress)
    }
    try session.finish(results)
    if output.strict, session.isUndecided { throw ExitCode(4) }
  }

  private var closedLoops: [RoundTripExperiment] {
    var experiments: [RoundTripExperiment] = []
    for ring in rings.ring.map({ [$0] }) ?? RingKind.allCases {
      for size in rings.size.isEmpty ? [8] : rings.size {
        for capacity in rings.capacity.isEmpty ? [LatencyCommand.standardCapacity] : rings.capacity
        {
          experiments.append(
            RoundTripExperiment(
              cases: region.backings.map {
                TrafficCase(
                  backing: $0, ring: ring, size: size, capacity: capacity, publish: .every,
                  batch: 1)
              }))
        }
      }
    }
    return experiments
  }
}
