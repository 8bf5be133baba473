// What a memory model says of a litmus test, and how it is printed.

/// Whether a test's question is answered by some execution.
public enum LitmusVerdict: String, Codable, Sendable {
  /// The state asked for (for `~exists` and `forall`: a violating one) is reachable.
  case allowed
  /// It is not.
  case forbidden
  /// It was not reached, in an exploration that was bounded.
  case unreached = "not reached"
  /// The program has a data race on plain data: undefined behaviour, no state means anything.
  case race
}

/// The result of exploring a litmus test under RC11.
public struct ModelVerdict: Equatable, Sendable {
  /// The test's name.
  public var test: String
  /// The answer.
  public var verdict: LitmusVerdict
  /// What was not explored, or `nil`; the verdict holds within this bound only.
  public var bound: String?
  /// Consistent executions seen.
  public var executions: Int
  /// Time spent, in seconds.
  public var seconds: Double
  /// The final states, sorted, as herd prints them: `0:r0=1; x=2;`.
  public var states: [String]

  /// Whether everything was explored.
  public var complete: Bool { bound == nil }
  /// The verdict and its bound, in words.
  public var words: String { verdict.rawValue + (bound.map { " (bounded: \($0))" } ?? "") }
}

extension LitmusProgram {
  /// The final state of given registers and memory.
  func finalState(register: (Int, Int) -> Int, memory: (Int) -> Int) -> LitmusState {
    LitmusState(
      values: termSources.map { source in
        switch source {
        case .register(let process, let index): register(process, index)
        case .location(let location): memory(location)
        }
      })
  }
}
