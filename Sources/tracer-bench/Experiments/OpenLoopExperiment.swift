// Open-loop latency over several kinds of region side by side, at a stated rate.

import Harness
import TracerShm

struct OpenLoopExperiment {
  let backings: [Backing]
  /// Slots of each of the two rings.
  let capacity: Int
  let rate: Double
  let arrival: Arrival

  private static let quantiles: [(name: String, value: Double)] = [
    ("p50", 0.5), ("p99", 0.99), ("p999", 0.999),
  ]

  /// Measures all kinds interleaved; fails with exit code 3 on the first wrong message.
  func run(
    _ plan: MeasurementPlan, factory: RegionFactory, progress: Progress
  ) throws -> [CaseResult] {
    let count = backings.count
    var response = [HistogramCounts](repeating: HistogramCounts(), count: count)
    var service = response
    var launches = [[Double]](repeating: [], count: count)
    var sent = [UInt64](repeating: 0, count: count)
    var nanoseconds = [Double](repeating: 0, count: count)
    var store = try SharedHistogramStore(count: 2 * count)
    try plan.run(
      title: "open loop, \(Int(rate)) messages/s", progress: progress,
      make: {
        store = try SharedHistogramStore(count: 2 * count)
        return try backings.indices.map { index in
          try OpenLoopVariants.rings(
            name: backings[index].rawValue, capacity: capacity,
            region: try factory.make(
              backings[index],
              byteCount: 2 * OpenLoopVariants.ringByteCount(capacity: capacity)),
            placement: plan.placement,
            orders: OpenLoopOrders(rate: rate, arrival: arrival, seed: plan.seed),
            response: store[2 * index], service: store[2 * index + 1])
        }
      },
      collect: { run in
        for index in backings.indices {
          let found = store[2 * index].snapshot()
          if let middle = found.percentile(0.5) {
            launches[index].append(plan.clock.nanoseconds(ticks: middle))
          }
          response[index].merge(found)
          service[index].merge(store[2 * index + 1].snapshot())
          for sample in run.samples[index] {
            sent[index] += sample.members[0].records
            nanoseconds[index] += sample.members[0].nanoseconds
          }
        }
      })
    return backings.indices.map { index in
      result(
        backings[index], response: response[index], service: service[index],
        launches: launches[index], sent: sent[index],
        achieved: Double(sent[index]) / (nanoseconds[index] * 1e-9), clock: plan.clock)
    }
  }

  private func result(
    _ backing: Backing, response: HistogramCounts, service: HistogramCounts, launches: [Double],
    sent: UInt64, achieved: Double, clock: CounterClock
  ) -> CaseResult {
    func metrics(_ kind: String, _ counts: HistogramCounts) -> [MetricResult] {
      OpenLoopExperiment.quantiles.compactMap { quantile in
        counts.percentile(quantile.value).map {
          MetricResult(
            "\(kind).\(quantile.name)", unit: "ns", value: clock.nanoseconds(ticks: $0))
        }
      }
    }
    // Under 99 % of what was asked for, the figures describe a queue that only grows.
    let isSaturated = achieved < 0.99 * rate
    return CaseResult(
      id: "openLoop/\(backing.rawValue)/slots/\(OpenLoop.slotByteCount)x\(capacity)/every/"
        + "\(arrival.rawValue)-\(Int(rate))",
      experiment: "openLoop",
      parameters: [
        ("backing", .text(backing.rawValue)), ("ring", .text("slots")),
        ("size", .integer(OpenLoop.slotByteCount)), ("capacity", .integer(capacity)),
        ("publish", .text("every")), ("arrival", .text(arrival.rawValue)),
        ("rate", .number(rate)),
      ],
      records: sent,
      metrics: metrics("response", response) + metrics("service", service)
        + [MetricResult("achievedRate", unit: "records/s", value: achieved)],
      launches: launches, histogram: response,
      histogramUnitsPerNanosecond: clock.ticksPerNanosecond,
      notes: isSaturated ? ["saturated"] : [],
      group: "open loop, \(arrival.rawValue), \(Int(rate)) messages/s", member: backing.rawValue)
  }
}
