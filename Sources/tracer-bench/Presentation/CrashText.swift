// What crash sweeps found, for people and for continuous integration.

struct CrashText {
  let outcomes: [CrashOutcome]

  /// A row for each sweep, and the sum of the kill points.
  var table: String {
    var table = TextTable(["sweep", "kill points", "kills", "seconds", "verdict"])
    for outcome in outcomes { table.rows.append(CrashText.row(outcome)) }
    let points = outcomes.reduce(0) { $0 + $1.killPoints }
    let kills = outcomes.reduce(0) { $0 + $1.kills }
    let seconds = outcomes.reduce(0) { $0 + $1.seconds }
    let broken = outcomes.count { $0.broken != nil }
    table.rows.append([
      "all", "\(points)", "\(kills)", Format.fixed(seconds, 1),
      broken == 0 ? "everything held" : "\(broken) broken",
    ])
    return table.plain(indent: "")
  }

  private static func row(_ outcome: CrashOutcome) -> [String] {
    [
      outcome.test, "\(outcome.killPoints)", "\(outcome.kills)", Format.fixed(outcome.seconds, 2),
      outcome.broken ?? outcome.runs.map { "held in \($0) runs" } ?? "held",
    ]
  }

  /// JUnit's XML.
  var junit: String {
    JUnitSuite(
      name: "crash",
      cases: outcomes.map { outcome in
        .init(
          name: outcome.test, seconds: outcome.seconds,
          failure: outcome.broken.map { "\($0): \(outcome.found ?? "")" },
          output: "\(outcome.killPoints) kill points, \(outcome.kills) kills"
            + (outcome.replay.map { "; \($0)" } ?? ""))
      }
    ).text
  }
}
