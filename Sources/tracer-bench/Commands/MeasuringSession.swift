// What every measuring command does before and after: check the arguments against this machine,
// calibrate, say how trustworthy figures are, write the document, show the report.

import Glibc
import Harness

final class MeasuringSession {
  /// `nil` where workers are not pinned.
  private let placement: PairPlacement?
  let clock: CounterClock
  let factory: RegionFactory
  let progress: Progress
  let seed: UInt64
  private let output: OutputArguments
  private let spoiledMessage: UInt64?
  private let launches: Int?
  private var environment: Environment
  var report = Report()

  init(
    region: RegionArguments, placement: PlacementArguments?, timing: TimingArguments,
    output: OutputArguments, spoiledMessage: UInt64? = nil
  ) throws(BenchError) {
    try region.checkNode()
    self.placement = try placement?.resolved()
    self.output = output
    self.spoiledMessage = spoiledMessage
    launches = timing.launches
    // Drawn from the clock where none is given; printed either way.
    seed = timing.seed ?? MonotonicTime.nanoseconds() &* 0x9E37_79B9_7F4A_7C15
    progress = Progress(isShown: output.showsProgress)
    factory = RegionFactory(region)
    do { try CleanupRegistry.install() } catch { throw .operation("\(error)") }
    factory.sweep()
    clock = CounterClock.calibrated()
    environment = Environment.capture(clock: clock, folders: region.foldersInUse)
    if ToolIdentity.isDebugBuild {
      report.warnings.append(ToolIdentity.debugWarning)
      // At the top, not after a minute of waiting.
      if !output.quiet { StandardError.print(ToolIdentity.debugWarning) }
    }
    describe(region)
  }

  private func describe(_ region: RegionArguments) {
    report.environment = environment.lines
    report.calibrationFigures = [
      "counterStepNanoseconds": clock.stepNanoseconds,
      "counterOverheadNanoseconds": clock.overheadNanoseconds,
    ]
    report.calibration = [
      (
        "placement",
        placement.map { "producer on CPU \($0.producer), consumer on CPU \($0.consumer)" }
          ?? "not pinned"
      ),
      (
        "memory",
        "prefaulted, huge pages \(region.huge.rawValue), "
          + (region.numaMemory.map { "NUMA node \($0)" } ?? "no NUMA binding")
      ),
      ("counter", clock.text),
      ("seed", "\(seed)"),
    ]
    if clock.isInvariant == false {
      report.warnings.append("the processor's counter is not invariant: times are doubtful")
    }
  }

  /// The plan of one group of cases that takes `seconds`.
  func plan(seconds: Double) -> MeasurementPlan {
    var plan = MeasurementPlan(
      seconds: seconds, placement: cpus, clock: clock, seed: seed)
    if let launches { plan.launches = launches }
    plan.spoiledMessage = spoiledMessage
    return plan
  }

  /// Where the two sides run.
  var cpus: PairPlacement {
    guard let placement else { preconditionFailure("measured workers are pinned") }
    return placement
  }

  /// Says what is being done where there is no progress line.
  func announce(_ text: String) {
    if !output.quiet { StandardError.print(text) }
  }

  /// Writes the document and shows the report. After this only the exit code is left.
  func finish(_ results: [CaseResult]) throws {
    progress.end()
    environment.finish()
    report.cases = results
    report.verdicts = Verdict.compareGroups(results)
    let document = ResultDocument(report, environment: environment)
    let path = try output.store(document)
    try output.write(report, document: document)
    if format == .table { announce("document: \(path)") }
  }

  private var format: OutputFormat { output.format }

  /// Whether `--strict` turns a comparison without decision into a failure.
  var isUndecided: Bool {
    report.verdicts.contains {
      switch $0.comparison {
      case .faster, .slower: false
      case .noDifferenceFound, .tooFewSamples: true
      }
    }
  }
}

extension PlacementArguments {
  /// Two different CPUs that this process may use.
  func resolved() throws(BenchError) -> PairPlacement {
    do {
      let standard = try Placement.defaultPair(topology: try? NumaTopology())
      if let cpuProducer { try PlacementArguments.check("--cpu-producer", cpuProducer) }
      if let cpuConsumer { try PlacementArguments.check("--cpu-consumer", cpuConsumer) }
      let allowed = try Placement.allowedCPUs()
      guard allowed.count > 1 else {
        throw BenchError.environment(
          "only CPU \(allowed) may be used: two sides that wait for each other need two")
      }
      // The side that was not named takes a CPU that the other one leaves.
      let producer =
        cpuProducer ?? [standard.producer, standard.consumer]
        .first { $0 != cpuConsumer } ?? standard.producer
      let consumer =
        cpuConsumer ?? [standard.consumer, standard.producer]
        .first { $0 != producer } ?? standard.consumer
      guard producer != consumer else {
        throw BenchError.usage(
          "--cpu-producer and --cpu-consumer are both \(producer): each side needs its own CPU")
      }
      return PairPlacement(producer: producer, consumer: consumer)
    } catch let error as BenchError {
      throw error
    } catch { throw .environment("\(error)") }
  }

  private static func check(_ option: String, _ cpu: Int) throws(BenchError) {
    do { try Placement.validate(cpu: cpu) } catch { throw .usage("\(option) \(cpu): \(error)") }
  }
}

extension RegionArguments {
  /// Fails unless memory can be bound to the node that was asked for.
  func checkNode() throws(BenchError) {
    guard let node = numaMemory else { return }
    do {
      try NumaMemory.validate(node: node, topology: try NumaTopology())
    } catch { throw .usage("--numa-memory \(node): \(error)") }
  }
}
