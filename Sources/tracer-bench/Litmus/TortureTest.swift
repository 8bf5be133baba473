// A litmus test named on the command line, and how its run is repeated.

import Litmus

enum TortureTest {
  case catalogued(LitmusCatalogue.Entry)
  case file(LitmusFile)

  var name: String {
    switch self {
    case .catalogued(let entry): entry.name
    case .file(let file): file.path
    }
  }

  /// The command that runs this test again with the same draws.
  func replay(_ report: TortureReport, _ plan: TorturePlan) -> String {
    let what =
      switch self {
      case .catalogued(let entry): "--test '\(entry.name)' --mode \(report.mode.rawValue)"
      case .file(let file): file.path
      }
    let kinds = plan.backings.map { " --backing \($0)" }.joined()
    return "tracer-bench torture \(what) --seed \(report.seed) --rounds \(plan.rounds) "
      + "--duration \(Format.fixed(plan.seconds, 2))\(kinds)"
  }
}
