// What comes out of one exploration, as it goes from job to parent and from there to the reports.

import ModelChecker
import TracerModels

/// What came out of one exploration. The first six fields are those of the result schema.
struct ModelResult: Codable {
  var test: String
  /// Properties: `holds`, `violated`; mutants: `killed`, `survived`, `unobservable`; litmus:
  /// `allowed`, `forbidden`, `race`, `not reached` within a bound, `undecided`.
  var verdict: String
  var complete: Bool
  var executions: Int
  var seconds: Double
  var states: [String] = []
  /// The file of a litmus test: several may have one name.
  var path: String?
  /// Whether the verdict is not the one that has to come out.
  var failed = false
  /// Why the exploration was bounded.
  var bound: String?
  /// The failure in one line, its replay string, its readable trace and its number of events.
  var message: String?
  var replay: String?
  var trace: String?
  var counterexampleLength: Int?
  /// For a mutant: the property that noticed.
  var killedBy: String?
  var dot: String?
  var svg: String?
}

extension ModelResult {
  /// The verdict on a test that does what C leaves undefined.
  static let undecided = "undecided"
  /// Stands between the reasons for a bound.
  static let boundSeparator = "; "
  private static let lostVerdict = "lost"

  /// Stands for what an exploring process did not report.
  static func lost(_ name: String) -> ModelResult {
    var result = ModelResult(
      test: name, verdict: lostVerdict, complete: false, executions: 0, seconds: 0)
    result.message = "\(name): the exploring process died"
    return result
  }

  /// Why there is no verdict, where there is none.
  var reasonUndone: BenchError? {
    switch verdict {
    case Self.lostVerdict: .operation(message ?? test)
    case Self.undecided: .usage(message ?? test)
    default: nil
    }
  }

  /// The jobs' parts of one exploration together; a failure stands for them all.
  init(merging parts: [ModelResult]) {
    self = parts.first(where: \.failed) ?? parts[0]
    executions = parts.reduce(0) { $0 + $1.executions }
    seconds = parts.map(\.seconds).max() ?? 0
    guard !failed else { return }
    complete = parts.allSatisfy(\.complete)
    var bounds: [Substring] = []
    for one in parts.flatMap({ $0.bound?.split(separator: Self.boundSeparator) ?? [] })
    where !bounds.contains(one) { bounds.append(one) }
    bound = bounds.isEmpty ? nil : bounds.joined(separator: Self.boundSeparator)
  }

  mutating func describe(_ failure: ModelFailure?) {
    guard let failure else { return }
    let names = TraceNames(edges: modelledEdges)
    message = "\(failure.kind.rawValue): \(failure.message)"
    replay = failure.replay
    trace = failure.execution.trace(names)
    counterexampleLength = failure.execution.steps.count
    dot = failure.execution.dot(names)
    svg = failure.execution.svg(names)
  }
}
