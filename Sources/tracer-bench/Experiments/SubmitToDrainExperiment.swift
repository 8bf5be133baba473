// From submission to drain, for one waking policy, over several kinds of region side by side.

import HardwareMemory
import Harness
import TracerCore
import TracerShm

struct SubmitToDrainExperiment {
  let backings: [Backing]
  let policy: WakePolicy

  /// What a table shows, with the name in the schema.
  private static let quantiles: [(name: String, value: Double)] = [
    ("submitToDrain.p50", 0.5), ("submitToDrain.p99", 0.99), ("submitToDrain.p999", 0.999),
  ]

  private var title: String { "from submission to drain, \(policy)" }

  /// Small rings: each event is submitted in one of its own.
  private static var geometry: LanesGeometry {
    do {
      return try LanesGeometry(
        threadSlots: 1, index: .index(ringCount: 8, ringByteCount: 4096),
        detail: .detail(ringCount: 2, ringByteCount: 4096, historyRings: 1, postRecords: 0))
    } catch { preconditionFailure("the geometry is valid: \(error)") }
  }

  /// Measures all kinds interleaved; fails with exit code 3 on the first wrong event.
  func run(
    _ plan: MeasurementPlan, factory: RegionFactory, progress: Progress
  ) throws -> [CaseResult] {
    var launches = [[HistogramCounts]](repeating: [], count: backings.count)
    var all = [HistogramCounts](repeating: HistogramCounts(), count: backings.count)
    var records = [UInt64](repeating: 0, count: backings.count)
    var store = try SharedHistogramStore(count: backings.count)
    try plan.run(
      title: title, progress: progress,
      make: {
        store = try SharedHistogramStore(count: backings.count)
        return try backings.enumerated().map { index, backing in
          SubmitToDrain.variant(
            name: backing.rawValue,
            region: try factory.makeLanes(
              backing, geometry: SubmitToDrainExperiment.geometry, waking: policy),
            placement: plan.placement, ages: store[index], spoiledEvent: plan.spoiledMessage)
        }
      },
      collect: { run in
        for index in backings.indices {
          let counts = store[index].snapshot()
          launches[index].append(counts)
          all[index].merge(counts)
          records[index] += run.samples[index].reduce(0) { $0 + $1.members[0].records }
        }
      })
    return backings.indices.map {
      result(backings[$0], launches[$0], all[$0], records: records[$0], clock: plan.clock)
    }
  }

  private func result(
    _ backing: Backing, _ launches: [HistogramCounts], _ all: HistogramCounts, records: UInt64,
    clock: CounterClock
  ) -> CaseResult {
    func nanoseconds(_ counts: HistogramCounts, _ quantile: Double) -> Double? {
      counts.percentile(quantile).map { clock.nanoseconds(ticks: $0) }
    }
    let metrics = SubmitToDrainExperiment.quantiles.compactMap { quantile -> MetricResult? in
      let each = launches.compactMap { nanoseconds($0, quantile.value) }
      // Launches have values of their own only if each had enough samples.
      if each.count == launches.count {
        return MetricResult(quantile.name, unit: "ns", samples: each)
      }
      return nanoseconds(all, quantile.value).map {
        MetricResult(quantile.name, unit: "ns", value: $0)
      }
    }
    return CaseResult(
      id: "tracing/\(backing.rawValue)/wake/\(policy)", experiment: "tracing",
      parameters: [
        ("backing", .text(backing.rawValue)), ("waking", .text("\(policy)")),
        ("size", .integer(TracedEvent.payloadByteCount)),
      ],
      records: records, metrics: metrics,
      launches: launches.compactMap { nanoseconds($0, 0.5) }, histogram: all,
      histogramUnitsPerNanosecond: clock.ticksPerNanosecond, group: title,
      member: backing.rawValue)
  }
}
