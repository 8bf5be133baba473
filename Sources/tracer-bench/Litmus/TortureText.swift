// What torture saw, for people and for continuous integration.

import Litmus

struct TortureText {
  let report: TortureReport

  var text: String {
    var lines = [headline]
    for observation in report.observations {
      lines.append(
        "  \(Format.padded(observation.backing, 18)) "
          + "\(millions(observation.iterationsPerSecond)) M \(unit)/s, " + asked(of: observation))
      let outcomes = observation.outcomes.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      for (outcome, count) in outcomes {
        let category = observation.categories[outcome]!
        lines.append(
          "    \(Format.padded("\(count)", 12, right: true))  "
            + "\(Format.padded(category.rawValue, 11))  \(outcome)")
      }
      if observation.abandoned > 0 {
        lines.append("    \(observation.abandoned) instances given up in a waiting loop")
      }
      if observation.overflow > 0 {
        lines.append("    \(observation.overflow) instances with outcomes beyond the table")
      }
    }
    lines += report.skipped.map { "  \($0.backing): skipped: \($0.reason)" }
    lines += notes
    return lines.joined(separator: "\n")
  }

  /// Iterations are instances in batches, rounds in perpetual form.
  private var unit: String { report.mode == .batch ? "instances" : "rounds" }

  private func asked(of observation: TortureObservation) -> String {
    let distinct =
      "asked for: \(observation.weak) (\(millions(observation.weakPerSecond)) M/s distinct, "
      + "whole run)"
    guard report.mode == .perpetual else { return distinct }
    return distinct
      + ", \(observation.weakFrames) frames (\(millions(observation.weakFramesPerSecond)) M/s)"
  }

  private var headline: String {
    let expected = report.expected.map { ", expected here: \($0.rawValue)" } ?? ""
    let verdict = "RC11 \(report.model.words)"
    let seen = report.forbidden.isEmpty ? "" : "  FORBIDDEN OUTCOME SEEN"
    return "\(report.test): \(report.mode.rawValue), \(verdict)\(expected)\(seen)"
  }

  private var notes: [String] {
    var notes: [String] = []
    if report.neverEnded {
      notes.append("  NO INSTANCE ENDED: each was given up in a loop, so there is no outcome")
    }
    if let comparison = report.comparison {
      if comparison.meanShare == 0 {
        notes.append("  region kinds: the outcome asked for was never seen, nothing to compare")
      } else {
        let found = comparison.pValue < 0.05 ? "differ" : "no difference found"
        notes.append(
          "  region kinds: \(found) (p = \(Format.fixed(comparison.pValue, 4)), "
            + "\(KindComparison.method)); mean share \(share(comparison.meanShare)), widest "
            + "difference \(share(comparison.widestDifference)), smallest that would have been seen "
            + "\(share(comparison.smallestDetectable))")
      }
    }
    if !report.hadCPUs {
      notes.append("  more processes than CPUs: what was not seen is no evidence")
    }
    return notes
  }

  private func share(_ value: Double) -> String { "\(Format.fixed(value * 100, 3)) %" }

  private func millions(_ rate: Double) -> String { Format.significant(rate / 1e6) }

  /// What a whole run amounts to, in a few lines.
  static func summary(_ reports: [TortureReport], seconds: Double) -> String {
    let iterations = reports.flatMap(\.observations).reduce(0) { $0 + $1.iterations }
    let forbidden = reports.filter { !$0.forbidden.isEmpty }
    let withoutCPUs = reports.count { !$0.hadCPUs }
    let count = Format.significant(Double(iterations) / 1e6)
    var lines = [
      "",
      "\(reports.count) tests, \(count) M instances and rounds in \(Format.fixed(seconds, 1)) s; "
        + "forbidden outcomes: "
        + (forbidden.isEmpty ? "none" : "in " + forbidden.map(\.test).joined(separator: ", ")),
    ]
    if withoutCPUs > 0 {
      lines.append(
        "\(withoutCPUs) of them had more processes than CPUs: what they did not show is no evidence"
      )
    }
    var reasons: [String] = []
    for skipped in reports.flatMap(\.skipped) {
      let reason = "skipped: \(skipped.backing): \(skipped.reason)"
      if !reasons.contains(reason) { reasons.append(reason) }
    }
    return (lines + reasons).joined(separator: "\n")
  }

  static func junit(_ reports: [TortureReport]) -> String {
    JUnitSuite(
      name: "torture",
      cases: reports.map { report in
        .init(
          name: report.test, seconds: report.observations.reduce(0) { $0 + $1.seconds },
          failure: report.forbidden.first.map { "forbidden: \($0.outcome) over \($0.backing)" },
          output: TortureText(report: report).text)
      }
    ).text
  }
}
