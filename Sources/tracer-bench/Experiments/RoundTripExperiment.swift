// Closed-loop round trips over several kinds of region side by side, the raw one among them.

import HardwareMemory
import Harness
import TracerShm

struct RoundTripExperiment {
  /// Cases that differ in their region kind only.
  let cases: [TrafficCase]

  /// What a table shows, with the name in the schema.
  private static let quantiles: [(name: String, value: Double)] = [
    ("roundTrip.p50", 0.5), ("roundTrip.p99", 0.99), ("roundTrip.p999", 0.999),
  ]

  /// The distributions of one variant: one a launch, and all together.
  private struct Distributions {
    var perLaunch: [HistogramCounts] = []
    var all = HistogramCounts()

    mutating func add(_ area: SharedHistogram) {
      let counts = area.snapshot()
      perLaunch.append(counts)
      all.merge(counts)
    }
  }

  /// Measures all cases interleaved; fails with exit code 3 on the first wrong message.
  func run(
    _ plan: MeasurementPlan, factory: RegionFactory, progress: Progress
  ) throws -> [CaseResult] {
    guard let first = cases.first else { return [] }
    var distributions = [Distributions](repeating: Distributions(), count: cases.count + 1)
    var records = [UInt64](repeating: 0, count: cases.count)
    var store = try SharedHistogramStore(count: cases.count + 1)
    try plan.run(
      title: "round trip, \(first.title)", progress: progress,
      make: {
        store = try SharedHistogramStore(count: cases.count + 1)
        var variants = try cases.indices.map { index in
          try LatencyVariants.rings(
            cases[index],
            region: try factory.make(
              cases[index].backing, byteCount: 2 * cases[index].ringByteCount),
            placement: plan.placement, timings: store[index])
        }
        variants.append(
          LatencyVariants.raw(
            region: try factory.make(.anonymous, byteCount: RawRoundTrip.byteCount),
            placement: plan.placement, timings: store[cases.count]))
        return variants
      },
      collect: { run in
        for index in distributions.indices { distributions[index].add(store[index]) }
        for index in cases.indices {
          records[index] += run.samples[index].reduce(0) { $0 + $1.members[0].records }
        }
      })
    let raw = distributions[cases.count]
    return cases.indices.map {
      result(cases[$0], distributions[$0], raw: raw, records: records[$0], clock: plan.clock)
    }
  }

  private func result(
    _ item: TrafficCase, _ found: Distributions, raw: Distributions, records: UInt64,
    clock: CounterClock
  ) -> CaseResult {
    // Recorded are ticks of a whole batch.
    let unitsPerNanosecond = clock.ticksPerNanosecond * Double(LatencyVariants.batch)
    let metrics = RoundTripExperiment.quantiles.compactMap { quantile -> MetricResult? in
      func nanoseconds(_ counts: HistogramCounts) -> Double? {
        counts.percentile(quantile.value).map { Double($0) / unitsPerNanosecond }
      }
      // Launches have values of their own only if each had enough samples: those that had are
      // the fast ones.
      let pairs = zip(found.perLaunch, raw.perLaunch).compactMap { own, limit in
        nanoseconds(own).flatMap { own in nanoseconds(limit).map { (own, $0) } }
      }
      guard pairs.count == raw.perLaunch.count else {
        guard let value = nanoseconds(found.all), let limit = nanoseconds(raw.all) else {
          return nil
        }
        return MetricResult(quantile.name, unit: "ns", samples: [value], limit: [limit])
      }
      return MetricResult(
        quantile.name, unit: "ns", samples: pairs.map(\.0), limit: pairs.map(\.1))
    }
    return CaseResult(
      id: "latency/\(item.path)", experiment: "latency",
      parameters: [
        ("backing", .text(item.backing.rawValue)), ("ring", .text(item.ring.rawValue)),
        ("size", .integer(item.size)), ("capacity", .integer(item.capacity)),
        ("publish", .text("every")), ("batch", .integer(LatencyVariants.batch)),
      ],
      records: records, metrics: metrics,
      launches: found.perLaunch.compactMap {
        $0.percentile(0.5).map { Double($0) / unitsPerNanosecond }
      },
      histogram: found.all, histogramUnitsPerNanosecond: unitsPerNanosecond,
      group: "round trip, \(item.ring.rawValue) \(item.size) B", member: item.backing.rawValue)
  }
}
