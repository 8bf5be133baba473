// What one event costs its caller, over several kinds of region side by side.

import HardwareMemory
import Harness
import TracerCore
import TracerShm

struct EventCostExperiment {
  let backings: [Backing]
  let kind: LaneKind
  /// One lane for each CPU: as many threads trace at the same time.
  let cpus: [Int]

  /// Where a figure stands in a slice's report.
  private enum Figure: Int, CaseIterable {
    case timestamped, plain, counter, checksum, withoutSpare
  }

  /// The figures of one launch of one kind, in nanoseconds.
  private typealias Launch = [Double]

  /// Measures all kinds interleaved; fails with exit code 3 on the first wrong event.
  func run(
    _ plan: MeasurementPlan, factory: RegionFactory, progress: Progress
  ) throws -> [CaseResult] {
    var launches = [[Launch]](repeating: [], count: backings.count)
    var records = [UInt64](repeating: 0, count: backings.count)
    try plan.run(
      title: title, progress: progress,
      make: {
        try backings.map {
          try variant($0, factory: factory, spoiledEvent: plan.spoiledMessage)
        }
      },
      collect: { run in
        for index in backings.indices {
          launches[index].append(
            Figure.allCases.map { figure in
              OrderStatistics.median(run.series(index) { mean($0.members, figure) }) ?? 0
            })
          for sample in run.samples[index] {
            records[index] += sample.members.reduce(0) { $0 + $1.records }
          }
        }
      })
    return backings.indices.map { result(backings[$0], launches[$0], records: records[$0]) }
  }

  private var title: String {
    "one event of \(TracedEvent.payloadByteCount) bytes, \(kind) lane, \(cpus.count) "
      + (cpus.count == 1 ? "thread" : "threads")
  }

  private func mean(_ members: [SliceReport], _ figure: Figure) -> Double {
    members.reduce(0) { $0 + Double(bitPattern: $1.extra[figure.rawValue]) }
      / Double(members.count)
  }

  private func result(_ backing: Backing, _ launches: [Launch], records: UInt64) -> CaseResult {
    func samples(_ value: (Launch) -> Double) -> [Double] { launches.map(value) }
    func figure(_ figure: Figure) -> [Double] { launches.map { $0[figure.rawValue] } }
    let counter = Figure.counter.rawValue
    let timestamped = Figure.timestamped.rawValue
    var metrics = [
      MetricResult(
        "event.cost", unit: "ns",
        samples: samples { $0[timestamped] + $0[Figure.checksum.rawValue] }),
      MetricResult("write.costWithTimestamp", unit: "ns", samples: figure(.timestamped)),
      MetricResult("write.cost", unit: "ns", samples: figure(.plain)),
      MetricResult("counter.cost", unit: "ns", samples: figure(.counter)),
      MetricResult(
        "event.aboveCounter", unit: "ns", samples: samples { $0[timestamped] - $0[counter] }),
      MetricResult("checksum.cost", unit: "ns", samples: figure(.checksum)),
    ]
    if kind == .index {
      metrics.append(MetricResult("lostEvent.cost", unit: "ns", samples: figure(.withoutSpare)))
    }
    let lane = EventCostExperiment.geometry(threads: 1).lane(kind)
    return CaseResult(
      id: "tracing/\(backing.rawValue)/event/\(kind)/\(cpus.count)", experiment: "tracing",
      parameters: [
        ("backing", .text(backing.rawValue)), ("lane", .text("\(kind)")),
        ("threads", .integer(cpus.count)), ("size", .integer(TracedEvent.payloadByteCount)),
        ("rings", .integer(lane.ringCount)), ("ringByteCount", .integer(lane.ringByteCount)),
      ],
      records: records, metrics: metrics,
      launches: samples { $0[timestamped] + $0[Figure.checksum.rawValue] }, group: title,
      member: backing.rawValue)
  }

  /// Lanes of the size that agents get where nothing else is asked for.
  static func geometry(threads: Int) -> LanesGeometry {
    // 32 rings of 64 KiB, 16 of them in the detail lane with four of history: 2 MiB and 1 MiB.
    let ringByteCount = 64 << 10
    do {
      return try LanesGeometry(
        threadSlots: threads, index: .index(ringCount: 32, ringByteCount: ringByteCount),
        detail: .detail(
          ringCount: 16, ringByteCount: ringByteCount, historyRings: 4, postRecords: 0))
    } catch { preconditionFailure("the geometry is valid: \(error)") }
  }

  private func variant(
    _ backing: Backing, factory: RegionFactory, spoiledEvent: UInt64?
  ) throws -> LiveVariant {
    let geometry = EventCostExperiment.geometry(threads: cpus.count)
    let region = try factory.make(backing, byteCount: geometry.byteCount)
    let lanes = Lanes(formatting: region.payload, geometry: geometry)
    let outlivesMachine = backing == .file || backing == .fileTmpfs
    let members = cpus.enumerated().map { slot, cpu in
      LiveMember(role: "thread \(slot)", cpu: cpu) { _ in
        let cost = Box(
          EventCost(
            lanes.lane(slot, kind), hasChecksum: outlivesMachine, spoiledEvent: spoiledEvent))
        return { context in
          try withExtendedLifetime(region) {
            try EventCostExperiment.slice(&cost.value, kind, context)
          }
        }
      }
    }
    return LiveVariant(name: backing.rawValue, members: members)
  }

  /// Passes of all sorts in turn until the end of the slice; the median of each.
  private static func slice(
    _ cost: inout EventCost, _ kind: LaneKind, _ context: SliceContext
  ) throws -> SliceReport {
    let first = cost.eventCount
    let start = CounterClock.now()
    var passes = [[Double]](repeating: [], count: Figure.allCases.count)
    repeat {
      // First: what it loses is told by the records that follow.
      if kind == .index { passes[Figure.withoutSpare.rawValue].append(try cost.withoutSpare()) }
      let timestamped = try cost.timestamped()
      passes[Figure.timestamped.rawValue].append(timestamped.ticksPerEvent)
      passes[Figure.checksum.rawValue].append(timestamped.checksumTicksPerEvent)
      passes[Figure.plain.rawValue].append(try cost.plain().ticksPerEvent)
      passes[Figure.counter.rawValue].append(cost.counter())
    } while CounterClock.now() &- start < context.ticks
    if let bad = try cost.settle() { return SliceReport(bad) }
    let events = cost.eventCount &- first
    var report = SliceReport(
      records: events, bytes: events &* UInt64(TracedEvent.payloadByteCount),
      nanoseconds: context.clock.nanoseconds(ticks: CounterClock.now() &- start))
    for figure in passes.indices {
      let ticks = OrderStatistics.median(passes[figure]) ?? 0
      report.extra[figure] = (ticks / context.clock.ticksPerNanosecond).bitPattern
    }
    return report
  }
}
