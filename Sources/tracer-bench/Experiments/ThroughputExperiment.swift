// Throughput over several kinds of region side by side, with the streaming limit among them.

import HardwareMemory
import Harness
import TracerShm

struct ThroughputExperiment {
  /// Cases that differ in their region kind only.
  let cases: [TrafficCase]

  /// Measures all cases interleaved; fails with exit code 3 on the first wrong record.
  func run(
    _ plan: MeasurementPlan, factory: RegionFactory, progress: Progress
  ) throws -> [CaseResult] {
    guard let first = cases.first else { return [] }
    var rates = [[Double]](repeating: [], count: cases.count)
    var limits: [Double] = []
    var records = [UInt64](repeating: 0, count: cases.count)
    // A buffer of the ring's size; whole words in each quarter.
    let bufferByteCount = max(32, first.dataByteCount & ~31)
    try plan.run(
      title: "throughput, \(first.title)", progress: progress,
      make: {
        var variants = try cases.map { item in
          try ThroughputVariants.traffic(
            item, region: try factory.make(item.backing, byteCount: item.ringByteCount),
            placement: plan.placement, spoiledMessage: plan.spoiledMessage)
        }
        let buffer = try factory.make(
          .anonymous, byteCount: StreamingLimit.byteCount(buffer: bufferByteCount))
        variants.append(
          ThroughputVariants.streamingLimit(
            region: buffer, byteCount: bufferByteCount, placement: plan.placement))
        return variants
      },
      collect: { run in
        for index in cases.indices {
          rates[index].append(ThroughputExperiment.median(run, index) { Double($0.records) })
          records[index] += run.samples[index].reduce(0) { $0 + $1.members[1].records }
        }
        limits.append(ThroughputExperiment.median(run, cases.count) { Double($0.bytes) })
      })
    return cases.indices.map { index in
      ThroughputExperiment.result(
        cases[index], rates: rates[index], limits: limits, records: records[index])
    }
  }

  /// The median over a launch's slices of something per second, by the consumer's account.
  private static func median(
    _ run: LiveRun, _ variant: Int, _ amount: (SliceReport) -> Double
  ) -> Double {
    OrderStatistics.median(
      run.series(variant) { amount($0.members[1]) / ($0.members[1].nanoseconds * 1e-9) }) ?? 0
  }

  private static func result(
    _ item: TrafficCase, rates: [Double], limits: [Double], records: UInt64
  ) -> CaseResult {
    let size = Double(item.size)
    return CaseResult(
      id: "throughput/\(item.path)", experiment: "throughput",
      parameters: [
        ("backing", .text(item.backing.rawValue)), ("ring", .text(item.ring.rawValue)),
        ("size", .integer(item.size)), ("capacity", .integer(item.capacity)),
        ("publish", .text(item.publish.rawValue)), ("batch", .integer(item.batch)),
      ],
      records: records,
      metrics: [
        MetricResult(
          "throughput", unit: "records/s", samples: rates, limit: limits.map { $0 / size }),
        MetricResult(
          "bandwidth", unit: "bytes/s", samples: rates.map { $0 * size }, limit: limits),
      ],
      launches: rates, group: "throughput, \(item.title)", member: item.backing.rawValue)
  }
}
