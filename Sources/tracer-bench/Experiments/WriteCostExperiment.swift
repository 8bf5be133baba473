// What one write costs its caller, over several kinds of region side by side.

import HardwareMemory
import Harness
import TracerCore
import TracerShm

struct WriteCostExperiment {
  let backings: [Backing]

  /// Bytes of the ring: half of a second-level cache of 256 KiB, the smallest of a present server.
  static let ringByteCount = 128 << 10

  /// The figures of one slice, in this order in its report.
  private static let names = ["write.cost", "write.costWithTimestamp", "counter.cost"]

  /// Measures all kinds interleaved; fails with exit code 3 on the first wrong record.
  func run(
    _ plan: MeasurementPlan, factory: RegionFactory, progress: Progress
  ) throws -> [CaseResult] {
    let names = WriteCostExperiment.names
    var samples = [[[Double]]](
      repeating: [[Double]](repeating: [], count: names.count), count: backings.count)
    var records = [UInt64](repeating: 0, count: backings.count)
    try plan.run(
      title: "cost of a write", progress: progress,
      make: {
        try backings.map { backing in
          try variant(backing, factory: factory, placement: plan.placement)
        }
      },
      collect: { run in
        for index in backings.indices {
          for figure in names.indices {
            samples[index][figure].append(
              OrderStatistics.median(
                run.series(index) { Double(bitPattern: $0.members[0].extra[figure]) }) ?? 0)
          }
          records[index] += run.samples[index].reduce(0) { $0 + $1.members[0].records }
        }
      })
    return backings.indices.map { index in
      CaseResult(
        id: "writeCost/\(backings[index].rawValue)/records/16x\(WriteCostExperiment.ringByteCount)",
        experiment: "writeCost",
        parameters: [
          ("backing", .text(backings[index].rawValue)), ("ring", .text("records")),
          ("size", .integer(WriteCost.payloadByteCount)),
          ("ringByteCount", .integer(WriteCostExperiment.ringByteCount)),
          ("publish", .text("every")),
        ],
        records: records[index],
        metrics: names.indices.map {
          MetricResult(names[$0], unit: "ns", samples: samples[index][$0])
        },
        launches: samples[index][0], group: "cost of a 16-byte write",
        member: backings[index].rawValue)
    }
  }

  private func variant(
    _ backing: Backing, factory: RegionFactory, placement: PairPlacement
  ) throws -> LiveVariant {
    let geometry = try ByteRingGeometry(capacity: WriteCostExperiment.ringByteCount)
    let region = try factory.make(backing, byteCount: geometry.byteCount)
    let ring = ByteRing(formatting: region.payload, geometry: geometry)
    let writer = LiveMember(role: "writer", cpu: placement.producer) { _ in
      let cost = Box(try WriteCost(ring: ring))
      var sequence: UInt64 = 0
      return { context in
        try withExtendedLifetime(region) {
          try WriteCostExperiment.slice(&cost.value, &sequence, context)
        }
      }
    }
    return LiveVariant(name: backing.rawValue, members: [writer])
  }

  /// Passes of the three kinds in turn until the end of the slice; the median of each.
  private static func slice(
    _ cost: inout WriteCost, _ sequence: inout UInt64, _ context: SliceContext
  ) throws -> SliceReport {
    let first = sequence
    let start = CounterClock.now()
    var passes: [[Double]] = [[], [], []]
    while CounterClock.now() &- start < context.ticks {
      do throws(RingCorruption) {
        let plain = try cost.plain(sequence: &sequence)
        let timestamped = try cost.timestamped(sequence: &sequence)
        if let bad = plain.bad ?? timestamped.bad { return SliceReport(bad) }
        passes[0].append(plain.ticksPerRecord)
        passes[1].append(timestamped.ticksPerRecord)
      } catch { return SliceReport(error) }
      passes[2].append(cost.counter())
    }
    var report = SliceReport(
      records: sequence &- first, bytes: (sequence &- first) &* UInt64(WriteCost.payloadByteCount),
      nanoseconds: context.clock.nanoseconds(ticks: CounterClock.now() &- start))
    for figure in passes.indices {
      let ticks = OrderStatistics.median(passes[figure]) ?? 0
      report.extra[figure] = (ticks / context.clock.ticksPerNanosecond).bitPattern
    }
    return report
  }
}
