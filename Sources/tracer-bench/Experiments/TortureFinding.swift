// What a torture found wrong, and how long that took.

import Harness

struct TortureFinding {
  var caseID: String
  var parameters: [(name: String, value: Parameter)]
  /// One line: what is wrong, where, and the plan of the round.
  var text: String
  /// From the start of the traffic until it was found.
  var seconds: Double

  /// What the command ends with.
  var error: BenchError {
    .wrongData("\(text); found after \(Format.fixed(seconds, 2)) s")
  }

  /// As a case of the document, marked as not verified.
  func result(seed: UInt64) -> CaseResult {
    CaseResult(
      id: caseID, experiment: "stress", parameters: parameters + [("seed", .text("\(seed)"))],
      verified: false,
      metrics: [MetricResult("secondsUntilFound", unit: "s", value: seconds)],
      notes: [text], group: "finding", member: caseID)
  }
}

/// What came out of a torture.
struct TortureOutcome {
  var results: [CaseResult]
  var finding: TortureFinding?
}
