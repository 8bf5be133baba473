// What is explored: a few processes over one modelled memory, and what must hold at the end.

/// When a modelled process takes its first step.
public enum ModelStart: Sendable {
  /// At once, beside the others.
  case immediately
  /// After every listed process has ended (or was killed); it sees all that they did, as one who
  /// has proof of their death does.
  case afterEnd(of: [Int])
}

/// One process of a modelled program.
///
/// The body is run many times, each time from its start and with the values read before fed to it
/// again; when an execution is given up it is abandoned where it stands and **never unwound**.
/// So a body owns nothing that needs release (no arrays, classes or escaping closures made inside
/// it), touches nothing outside but through its context, and is deterministic.
public struct ModelProcess {
  /// The name printed in counterexamples.
  public var name: String
  /// When it begins.
  public var start: ModelStart
  /// What it does.
  public var body: (ModelContext) -> Void

  /// Makes a process.
  public init(
    _ name: String = "", start: ModelStart = .immediately, body: @escaping (ModelContext) -> Void
  ) {
    self.name = name
    self.start = start
    self.body = body
  }
}

/// A program: processes, initial values and a predicate over complete executions.
public struct ModelProgram {
  /// The name printed in reports.
  public var name: String
  /// The processes, at most `ModelProgram.maximumProcesses`.
  public var processes: [ModelProcess]
  /// Initial values by location; every other location starts at 0.
  public var initial: [Int: UInt64]
  /// Says what is wrong with a complete execution, or `nil`.
  public var check: ((FinalState) -> String?)?
  /// Called with each execution in which nobody can ever go on.
  public var onDeadlock: ((FinalState) -> Void)?

  /// The width of the vector clocks.
  public static let maximumProcesses = 16
  /// The number of values that a process may record for `FinalState.observation`.
  public static let maximumObservations = 64

  /// Makes a program.
  public init(
    name: String = "", processes: [ModelProcess], initial: [Int: UInt64] = [:],
    check: ((FinalState) -> String?)? = nil
  ) {
    self.name = name
    self.processes = processes
    self.initial = initial
    self.check = check
  }

  /// Makes a program of unnamed processes.
  public init(
    name: String = "", bodies: [(ModelContext) -> Void], initial: [Int: UInt64] = [:],
    check: ((FinalState) -> String?)? = nil
  ) {
    self.init(
      name: name, processes: bodies.map { ModelProcess(body: $0) }, initial: initial, check: check)
  }
}
