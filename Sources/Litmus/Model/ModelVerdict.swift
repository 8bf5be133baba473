// What a memory model says of a litmus test, and how it is printed.

/// Whether a test's question is answered by some execution.
public enum LitmusVerdict: String, Codable, Sendable {
  /// The state asked for (for `~exists` and `forall`: a violating one) is reachable.
  case allowed
  /// It is not.
  case forbidden
  /// The program has a data race on plain data: undefined behaviour, no state means anything.
  case race
}

/// The result of exploring a litmus test under RC11.
public struct ModelVerdict: Equatable, Sendable {
  /// The test's name.
  public var test: String
  /// The answer.
  public var verdict: LitmusVerdict
  /// Whether everything was explored; otherwise the verdict holds within the bounds only.
  public var complete: Bool
  /// Consistent executions seen.
  public var executions: Int
  /// Time spent, in seconds.
  public var seconds: Double
  /// The final states, sorted, as herd prints them: `0:r0=1; x=2;`.
  public var states: [String]
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
