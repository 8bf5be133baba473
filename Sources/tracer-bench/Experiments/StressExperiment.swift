// n pairs of processes at once, mixed record sizes, stopped and continued at random; every record
// is verified. Finds what measuring never does: a full ring while the peer is stopped in the
// middle of an operation.

import Glibc
import HardwareMemory
import Harness
import TracerCore
import TracerShm

struct StressExperiment {
  var backings: [Backing]
  var pairCount: Int
  var seconds: Double
  var seed: UInt64
  var spoiledMessage: UInt64?

  /// A worker's last words.
  private struct Account: BitwiseCopyable {
    var records: UInt64 = 0
    var report = SliceReport()
  }

  /// The two workers of a pair and what they share.
  private final class RunningPair {
    let plan: StressPair
    let region: SharedRegion
    let controlMapping: Mapping
    var control: StressControl { StressControl(controlMapping.memory) }
    var workers: [WorkerProcess] = []

    init(_ plan: StressPair, factory: RegionFactory) throws {
      self.plan = plan
      region = try factory.make(plan.backing, byteCount: RingHeader.data + plan.capacity)
      controlMapping = try Mapping(descriptor: nil, byteCount: StressControl.byteCount)
    }
  }

  /// How long workers have to drain and report after the end: they may have been stopped.
  private static let drainDeadlineNanoseconds: UInt64 = 30_000_000_000

  /// Runs all pairs; `announce` is told each pair's plan before it starts.
  func run(
    factory: RegionFactory, progress: Progress, announce: (String) -> Void
  ) throws -> [CaseResult] {
    var pairs: [RunningPair] = []
    for index in 0..<pairCount {
      let plan = StressPair(
        index: index, backing: backings[index % backings.count], runSeed: seed)
      announce(plan.text)
      let pair = try RunningPair(plan, factory: factory)
      pairs.append(pair)
      try start(pair)
    }
    let stops = disturb(pairs.flatMap(\.workers), progress: progress)
    for pair in pairs { pair.control.requestFinish() }
    return try pairs.map { try finish($0, stops: stops) }
  }

  private func start(_ pair: RunningPair) throws {
    let geometry = try ByteRingGeometry(capacity: pair.plan.capacity)
    let ring = ByteRing(
      formatting: pair.region.payload, geometry: geometry,
      startingAt: pair.plan.startingPosition & ~7)
    let plan = pair.plan
    let control = pair.control
    let spoiled = spoiledMessage
    pair.workers.append(
      try WorkerProcess.start(name: "stress producer \(plan.index)") { worker in
        var writer = try ring.makeWriter(policy: plan.policy)
        var account = Account()
        account.records = StressTraffic.produce(
          &writer, pair: plan, control: control, spoiledMessage: spoiled)
        try worker.send(account)
        return 0
      })
    pair.workers.append(
      try WorkerProcess.start(name: "stress consumer \(plan.index)") { worker in
        var reader = try ring.makeReader()
        var account = Account()
        do throws(RingCorruption) {
          if let bad = try StressTraffic.consume(
            &reader, pair: plan, maximumPayload: geometry.maximumPayload, control: control,
            records: &account.records)
          {
            account.report = SliceReport(bad)
          }
        } catch { account.report = SliceReport(error) }
        try worker.send(account)
        return 0
      })
  }

  /// Stops and continues random workers until the time is up; returns how often.
  private func disturb(_ workers: [WorkerProcess], progress: Progress) -> Int {
    var random = SplitMix64(seed: seed ^ Pattern.multiplier)
    var stops = 0
    let start = MonotonicTime.nanoseconds()
    let length = UInt64(seconds * 1e9)
    while MonotonicTime.nanoseconds() - start < length {
      let worker = workers[Int(random.next() % UInt64(workers.count))]
      worker.signal(SIGSTOP)
      // Up to 3 ms stopped, up to 10 ms in peace.
      usleep(UInt32(random.next() % 3_000))
      worker.signal(SIGCONT)
      stops += 1
      usleep(UInt32(random.next() % 10_000))
      let elapsed = MonotonicTime.nanoseconds() - start
      progress.show("stress, \(workers.count) processes", Double(elapsed) / Double(length))
    }
    return stops
  }

  private func finish(_ pair: RunningPair, stops: Int) throws -> CaseResult {
    let name = "stress/\(pair.plan.backing.rawValue)/records/pair\(pair.plan.index)"
    // The consumer first: its producer waits for room for ever if it found a bad record.
    let consumer = try pair.workers[1].receive(
      placeholder: Account(), deadlineNanoseconds: StressExperiment.drainDeadlineNanoseconds)
    if let text = consumer.report.wrongData {
      throw BenchError.wrongData(
        "WRONG DATA in \(name) (\(pair.plan.text)): first bad record: \(text)")
    }
    let producer = try pair.workers[0].receive(
      placeholder: Account(), deadlineNanoseconds: StressExperiment.drainDeadlineNanoseconds)
    guard producer.records == consumer.records else {
      throw BenchError.wrongData(
        "WRONG DATA in \(name): \(producer.records) records written, \(consumer.records) read")
    }
    return CaseResult(
      id: name, experiment: "stress",
      parameters: [
        ("backing", .text(pair.plan.backing.rawValue)), ("ring", .text("records")),
        ("capacity", .integer(pair.plan.capacity)), ("seed", .text("\(pair.plan.seed)")),
      ],
      records: consumer.records,
      metrics: [
        MetricResult("verified", unit: "records", value: Double(consumer.records)),
        MetricResult("stops", unit: "stops", value: Double(stops)),
      ],
      group: "stress", member: "pair \(pair.plan.index), \(pair.plan.backing.rawValue)")
  }
}
