// What an experiment found, before anyone decides how to show it.

import Harness

/// One figure of a case.
struct MetricResult {
  /// As in the schema: `throughput`, `roundTrip.p50` …
  var name: String
  var unit: String
  /// The median over launches.
  var median: Double
  /// Where the median lies, with its coverage; `nil` of a single launch.
  var interval: Interval?
  /// The limit measured in the same run, in the same unit.
  var limit: Double?
  /// Figure ÷ limit: the estimate over launches, with its interval.
  var share: Estimate?

  init(_ name: String, unit: String, samples: [Double], limit: [Double]? = nil) {
    self.name = name
    self.unit = unit
    median = OrderStatistics.median(samples) ?? .nan
    interval = OrderStatistics.medianInterval(samples)
    guard let limit else { return }
    self.limit = OrderStatistics.median(limit)
    share = SignedRank.ratio(samples, over: limit)
  }

  init(_ name: String, unit: String, value: Double) {
    self.init(name, unit: unit, samples: [value])
  }
}

/// One case: what was measured and what came out.
struct CaseResult {
  /// Stable: `throughput/memfd/slots/64x65536/adaptive`.
  var id: String
  var experiment: String
  /// In the order in which people read them.
  var parameters: [(name: String, value: Parameter)]
  /// Whether everything that was moved was found right.
  var verified = true
  /// Records moved and checked.
  var records: UInt64 = 0
  var metrics: [MetricResult] = []
  /// One value a launch of the first metric, in launch order: comparisons pair them.
  var launches: [Double] = []
  /// All samples of a latency case, in counter ticks times `histogramScale`.
  var histogram: HistogramCounts?
  /// Recorded values in one nanosecond.
  var histogramUnitsPerNanosecond = 1.0
  /// What a reader must know of this case: `saturated`, say.
  var notes: [String] = []
  /// The group that is compared side by side: cases that differ in their region kind only.
  var group: String
  /// The member within its group: the region kind.
  var member: String

  subscript(metric: String) -> MetricResult? { metrics.first { $0.name == metric } }
}

/// The outcome of comparing the region kinds of one group.
struct Verdict {
  var group: String
  var metric: String
  /// The member that the others are compared with, and its case.
  var base: String
  var baseID: String
  var member: String
  var memberID: String
  /// Says how `member` compares with `base`, where more is better.
  var comparison: Comparison
}

extension Verdict {
  /// Compares every member of every group with the first one.
  ///
  /// The intervals of one group hold together (Bonferroni), so that a table of five kinds does not
  /// find a winner by looking often enough.
  static func compareGroups(_ cases: [CaseResult]) -> [Verdict] {
    var groups: [String] = []
    for item in cases where !groups.contains(item.group) { groups.append(item.group) }
    return groups.flatMap { group -> [Verdict] in
      let members = cases.filter { $0.group == group && $0.launches.count > 1 }
      guard let base = members.first, members.count > 1 else { return [] }
      let confidence = 1 - 0.01 / Double(members.count - 1)
      return members.dropFirst().map { member in
        // Of times, less is better: what is compared is the speed.
        let faster = member.metrics.first?.unit == "ns"
        return Verdict(
          group: group, metric: member.metrics.first?.name ?? "", base: base.member,
          baseID: base.id, member: member.member, memberID: member.id,
          comparison: faster
            ? Comparison.compare(base.launches, with: member.launches, confidence: confidence)
            : Comparison.compare(member.launches, with: base.launches, confidence: confidence))
      }
    }
  }
}
