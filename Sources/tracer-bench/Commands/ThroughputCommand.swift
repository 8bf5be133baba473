// `tracer-bench throughput`.

import ArgumentParser

struct ThroughputCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "throughput",
    abstract: "Messages per second from one process to another, and as a share of the limit.",
    discussion: """
      The limit is the streaming bandwidth between the same two CPUs over a buffer of the ring's \
      size, measured in the same slices. Every word of every message is written and checked.

      EXAMPLES
        tracer-bench throughput --size 64 --size 256 --capacity 65536
        tracer-bench throughput --ring records --publish every --backing memfd --backing file
      """)

  @OptionGroup var region: RegionArguments
  @OptionGroup var rings: RingArguments
  @OptionGroup var placement: PlacementArguments
  @OptionGroup var timing: TimingArguments
  @OptionGroup var output: OutputArguments

  /// Seconds where none are asked for: a dozen launches of a few rounds, for each group.
  private static let secondsPerGroup = 4.0

  func run() throws {
    let experiments = try rings.experiments(backings: region.backings)
    let session = try MeasuringSession(
      region: region, placement: placement, timing: timing, output: output,
      spoiledMessage: rings.spoil)
    let seconds =
      timing.duration.map { $0 / Double(experiments.count) } ?? ThroughputCommand.secondsPerGroup
    var results: [CaseResult] = []
    for (index, experiment) in experiments.enumerated() {
      session.progress.beginStep(
        start: Double(index) / Double(experiments.count), length: 1 / Double(experiments.count))
      results += try experiment.run(
        session.plan(seconds: seconds), factory: session.factory, progress: session.progress)
    }
    try session.finish(results)
    if output.strict, session.isUndecided { throw ExitCode(4) }
  }
}

extension RingArguments {
  /// One experiment for each ring, size and capacity asked for.
  func experiments(backings: [Backing]) throws(BenchError) -> [ThroughputExperiment] {
    var experiments: [ThroughputExperiment] = []
    for ring in ring.map({ [$0] }) ?? RingKind.allCases {
      for size in size.isEmpty ? [64] : size {
        for capacity in capacity.isEmpty ? [65_536] : capacity {
          let cases = backings.map {
            TrafficCase(
              backing: $0, ring: ring, size: size, capacity: capacity, publish: publish,
              batch: batch)
          }
          try checkMemory(cases)
          experiments.append(ThroughputExperiment(cases: cases))
        }
      }
    }
    return experiments
  }

  /// Regions are filled at once: more than there is would end in the kernel ending processes.
  private func checkMemory(_ cases: [TrafficCase]) throws(BenchError) {
    guard let item = cases.first, let available = SystemMemory.availableByteCount else { return }
    // The rings of all kinds stand side by side, and the limit's buffer.
    let needed = (cases.count + 1) * item.ringByteCount
    guard needed <= available else {
      throw .usage(
        "--size \(item.size) × --capacity \(item.capacity): \(cases.count + 1) rings need "
          + "\(needed >> 20) MiB, available are \(available >> 20) MiB")
    }
  }
}
