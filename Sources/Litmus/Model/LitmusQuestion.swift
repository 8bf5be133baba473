// What a litmus test asks about its final states, whoever finds them: model, judge or hardware.

/// A final state: values of the terms that a test observes.
struct LitmusState: Hashable {
  var values: [Int]
}

/// What a test asks, and how its states are printed.
struct LitmusQuestion: Sendable {
  let condition: LitmusCondition
  /// States that do not pass it do not count.
  let filter: LitmusCondition?
  let quantifier: LitmusQuantifier
  /// What a state shows: the registers and locations of condition, filter and `locations` list.
  let terms: [LitmusTerm]
  /// The locations, in the order of their addresses.
  let locationNames: [String]
  /// The types of the terms.
  let scalars: [LitmusScalar]

  init(
    condition: LitmusCondition, filter: LitmusCondition?, quantifier: LitmusQuantifier,
    listed: [LitmusTerm], locationNames: [String],
    types: (LitmusTerm) -> LitmusScalar = { _ in .int }
  ) {
    self.condition = condition
    self.filter = filter
    self.quantifier = quantifier
    self.locationNames = locationNames
    let unsorted = Set(listed + condition.terms + (filter?.terms ?? []))
    terms = unsorted.sorted(by: Self.precedes)
    scalars = terms.map(types)
  }

  /// Registers by process and name, then locations by name, as in herd's states.
  private static func precedes(_ left: LitmusTerm, _ right: LitmusTerm) -> Bool {
    switch (left, right) {
    case (.register(let p, let a), .register(let q, let b)): (p, a) < (q, b)
    case (.register, .location): true
    case (.location, .register): false
    case (.location(let a), .location(let b)): a < b
    }
  }

  /// Whether a state passes the test's filter.
  func isObserved(_ state: LitmusState) -> Bool {
    filter.map { holds($0, in: state) } ?? true
  }

  /// Whether a state is the one asked for, or violates what must hold.
  func answers(_ state: LitmusState) -> Bool {
    let holds = holds(condition, in: state)
    return quantifier == .forAll ? !holds : holds
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
    LitmusProgram.addressBase + locationNames.firstIndex(of: name)!
  }

  /// A state as herd prints it.
  func text(of state: LitmusState) -> String {
    terms.indices.map { place in
      let (term, value, type) = (terms[place], state.values[place], scalars[place])
      let index = value &- LitmusProgram.addressBase
      let text =
        type.isPointer && locationNames.indices.contains(index)
        ? locationNames[index] : type.integer.text(of: value)
      return "\(term)=\(text);"
    }.joined(separator: " ")
  }

  /// A state as torture prints it: `0:r0=0 ∧ 1:r0=0`.
  func outcomeText(of state: LitmusState) -> String {
    let text = text(of: state)
    return text.isEmpty ? "true" : String(text.dropLast()).replacing("; ", with: " ∧ ")
  }

  /// The words for executions that never end; `nil` where there are none.
  static func bound(_ endless: Int) -> String? {
    switch endless {
    case 0: nil
    case 1: "1 execution never ends"
    default: "\(endless) executions never end"
    }
  }

  /// Sums up an exploration; `bound` says what was left out of it.
  func verdict(
    test: String, states: Set<LitmusState>, raced: Bool, bound: String?, executions: Int,
    seconds: Double
  ) -> ModelVerdict {
    let answered = states.contains { answers($0) }
    let verdict: LitmusVerdict =
      raced ? .race : answered ? .allowed : bound == nil ? .forbidden : .unreached
    return ModelVerdict(
      test: test, verdict: verdict, bound: bound, executions: executions, seconds: seconds,
      states: states.map { text(of: $0) }.sorted())
  }
}
