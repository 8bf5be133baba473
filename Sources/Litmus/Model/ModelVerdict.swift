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

/// A final state: values of the terms that a test observes.
struct LitmusState: Hashable {
  var values: [Int]
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

  /// Whether a state passes the test's filter.
  func isObserved(_ state: LitmusState) -> Bool {
    file.filter.map { holds($0, in: state) } ?? true
  }

  /// Whether a state is the one asked for, or violates what must hold.
  func answers(_ state: LitmusState) -> Bool {
    let holds = holds(file.condition, in: state)
    return file.quantifier == .forAll ? !holds : holds
  }

  func holds(_ condition: LitmusCondition, in state: LitmusState) -> Bool {
    func value(_ term: LitmusTerm) -> Int { state.values[terms.firstIndex(of: term)!] }
    switch condition {
    case .truth(let truth): return truth
    case .equals(let term, .number(let number)): return value(term) == number
    case .equals(let term, .address(let name)): return value(term) == address(of: name)
    case .same(let left, let right): return value(left) == value(right)
    case .not(let inner): return !holds(inner, in: state)
    case .and(let left, let right): return holds(left, in: state) && holds(right, in: state)
    case .or(let left, let right): return holds(left, in: state) || holds(right, in: state)
    case .implies(let left, let right): return !holds(left, in: state) || holds(right, in: state)
    }
  }

  private func address(of name: String) -> Int {
    Self.addressBase + file.locations.firstIndex { $0.name == name }!
  }

  /// A state as herd prints it.
  func text(of state: LitmusState) -> String {
    zip(terms, state.values).map { term, value in
      let index = value &- Self.addressBase
      let text = file.locations.indices.contains(index) ? file.locations[index].name : "\(value)"
      return "\(term)=\(text);"
    }.joined(separator: " ")
  }

  /// Sums up an exploration.
  func verdict(
    states: Set<LitmusState>, raced: Bool, complete: Bool, executions: Int, seconds: Double
  ) -> ModelVerdict {
    let answered = states.contains { answers($0) }
    return ModelVerdict(
      test: file.name, verdict: raced ? .race : answered ? .allowed : .forbidden,
      complete: complete, executions: executions, seconds: seconds,
      states: states.map { text(of: $0) }.sorted())
  }
}
