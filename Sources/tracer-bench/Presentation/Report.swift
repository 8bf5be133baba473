// Everything that a run has to say, and the tables made of it.

import Harness

struct Report {
  /// Lines about the machine, in order.
  var environment: [(name: String, value: String)] = []
  /// Lines about the counter and the settings, in order.
  var calibration: [(name: String, value: String)] = []
  /// The same for the document: figures by name, units in the name.
  var calibrationFigures: [String: Double] = [:]
  /// When the run started, in UTC.
  var started = UTCTime.now().text
  var cases: [CaseResult] = []
  var verdicts: [Verdict] = []
  var warnings: [String] = []

  /// The cases of one group, side by side.
  struct Group {
    var title: String
    var table: TextTable
  }

  /// One table for each group of cases, in the order in which they were measured.
  var groups: [Group] {
    var titles: [String] = []
    for item in cases where !titles.contains(item.group) { titles.append(item.group) }
    return titles.map { title in
      let members = cases.filter { $0.group == title }
      return Group(title: title, table: table(members))
    }
  }

  private func table(_ members: [CaseResult]) -> TextTable {
    guard let first = members.first else { return TextTable([]) }
    let hasShare = first.metrics.contains { $0.share != nil }
    let hasVerdicts = verdicts.contains { $0.group == first.group }
    var header = [first.experiment == "stress" ? "pair" : "region kind"]
    header += first.metrics.map { shortName($0.name) }
    if hasShare { header.append(first.experiment == "latency" ? "× raw" : "of limit") }
    header.append(hasVerdicts ? "compared with \(first.member)" : "")
    var table = TextTable(header)
    if first.metrics.contains(where: { $0.limit != nil }) {
      var row = [first.experiment == "latency" ? "(raw word)" : "(limit)"]
      for metric in first.metrics {
        row.append(metric.limit.map { Format.figure($0, unit: metric.unit) } ?? "–")
      }
      table.rows.append(row + (hasShare ? ["", ""] : [""]))
    }
    for member in members {
      var row = [member.member]
      for metric in first.metrics {
        row.append(member[metric.name].map { Format.figure($0.median, unit: $0.unit) } ?? "–")
      }
      if hasShare { row.append(share(member)) }
      row.append(([verdict(member)] + member.notes).filter { !$0.isEmpty }.joined(separator: "; "))
      table.rows.append(row)
    }
    return table
  }

  private func share(_ item: CaseResult) -> String {
    guard let metric = item.metrics.first, let share = metric.share else {
      // A single launch has no interval, yet the two figures.
      guard let metric = item.metrics.first, let limit = metric.limit else { return "–" }
      return Format.percent(metric.median / limit)
    }
    return item.experiment == "latency"
      ? Format.fixed(share.value, 2)
      : Format.percent(share.value)
  }

  private func verdict(_ item: CaseResult) -> String {
    guard
      let found = verdicts.first(where: { $0.group == item.group && $0.member == item.member })
    else { return "" }
    return Report.text(found.comparison)
  }

  /// A comparison in a few words.
  static func text(_ comparison: Comparison) -> String {
    func range(_ estimate: Estimate) -> String {
      "\(Format.fixed(estimate.interval.low, 2))–\(Format.fixed(estimate.interval.high, 2))"
    }
    return switch comparison {
    case .faster(let estimate): "\(Format.fixed(estimate.value, 2)) × faster (\(range(estimate)))"
    case .slower(let estimate): "\(Format.fixed(estimate.value, 2)) × slower (\(range(estimate)))"
    case .noDifferenceFound(_, let smallest):
      "no difference found (would see \(Format.fixed(smallest * 100, 1)) %)"
    case .tooFewSamples: "too few launches to say"
    }
  }

  /// Metric names are stable and long; above a column the last part says enough.
  private func shortName(_ name: String) -> String {
    switch name {
    case "roundTrip.p50": "p50"
    case "roundTrip.p99": "p99"
    case "roundTrip.p999": "p99.9"
    case "write.cost": "write"
    case "write.costWithTimestamp": "with timestamp"
    case "counter.cost": "counter alone"
    case "event.cost": "event"
    case "event.aboveCounter": "above counter"
    case "checksum.cost": "seal checksum"
    case "lostEvent.cost": "dropped"
    case "offeredRate": "offered"
    case "achievedRate": "achieved"
    default: name.replacing(".p999", with: " p99.9").replacing(".p", with: " p")
    }
  }
}
