// What an exploration says when it ends. "Explored completely" and "bounded" are different words.

/// How far an exploration came.
public enum ExplorationExtent: Equatable, Sendable, CustomStringConvertible {
  /// Every execution of the program that RC11 allows was looked at.
  case complete
  /// Some were not, for this reason.
  case bounded(String)
  /// It stopped at the first failure, as asked.
  case stoppedAtFailure

  /// For people.
  public var description: String {
    switch self {
    case .complete: "explored completely"
    case .bounded(let reason): "bounded: \(reason)"
    case .stoppedAtFailure: "stopped at the first failure"
    }
  }
}

extension ExplorationExtent {
  private static var separator: String { "; " }

  /// Every reason for which something was left out.
  public var bounds: [String] {
    guard case .bounded(let reasons) = self else { return [] }
    return reasons.split(separator: Self.separator).map(String.init)
  }

  /// The extent with one more reason. A failure that ended the exploration says more than any.
  mutating func addBound(_ reason: String) {
    guard self != .stoppedAtFailure, !bounds.contains(reason) else { return }
    self = .bounded((bounds + [reason]).joined(separator: Self.separator))
  }
}

/// What kind of thing went wrong.
public enum ModelFailureKind: String, Sendable {
  /// Two conflicting accesses, one of them plain, neither happening before the other.
  case race
  /// A process waits for ever: what it reads last in modification order does not release it.
  case deadlock
  /// A body's own requirement, `ModelContext.require`.
  case requirement
  /// The program's predicate over a complete execution.
  case finalState
}

/// One failed execution.
public struct ModelFailure: Sendable {
  /// What kind of failure.
  public let kind: ModelFailureKind
  /// One line for people.
  public let message: String
  /// Feed it to `Explorer.replay` to see this very execution again.
  public let replay: String
  /// The execution itself, for printing.
  public let execution: ExecutionRecord
}

/// The result of an exploration.
public struct ExplorationReport: Sendable {
  /// Complete executions: every process ended.
  public internal(set) var executions = 0
  /// Executions in which some process still waits; a part of them may be deadlocks.
  public internal(set) var blocked = 0
  /// Blocked executions in which nobody can ever go on (lost wake-ups).
  public internal(set) var deadlocks = 0
  /// Executions ended by a data race.
  public internal(set) var races = 0
  /// Executions in which a requirement or the final predicate failed.
  public internal(set) var violations = 0
  /// Seconds of wall-clock time.
  public internal(set) var seconds = 0.0
  /// Events added to execution graphs, a measure of work.
  public internal(set) var steps = 0
  /// Whether everything was explored.
  public internal(set) var extent = ExplorationExtent.complete
  /// What could be weakened, where `ExplorerOptions.collectsWeakenings` asked for it.
  public internal(set) var weakenings: [Weakening] = []
  /// The first failure met.
  public internal(set) var firstFailure: ModelFailure?

  /// Adds another part of the same exploration.
  mutating func merge(_ other: ExplorationReport) {
    executions += other.executions
    blocked += other.blocked
    deadlocks += other.deadlocks
    races += other.races
    violations += other.violations
    seconds += other.seconds
    steps += other.steps
    weakenings = Set(weakenings + other.weakenings).sorted {
      ($0.edge, $0.side.rawValue) < ($1.edge, $1.side.rawValue)
    }
    if firstFailure == nil { firstFailure = other.firstFailure }
    if other.extent == .stoppedAtFailure { extent = .stoppedAtFailure }
    for reason in other.extent.bounds { extent.addBound(reason) }
  }
}
