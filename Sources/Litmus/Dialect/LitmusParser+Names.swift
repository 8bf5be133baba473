// The names that a litmus test uses must be those that it has, and values must fit them.

extension LitmusParser {
  /// Every name that a condition, a list or an initial value uses must exist: a misspelt register
  /// would be 0 for ever. A number that its type does not have would never be found.
  func checkNames(_ file: inout LitmusFile, initialLine: Int) throws(LitmusError) {
    for case .register(let process, let name) in Array(file.registerInitials.keys) {
      guard file.processes.indices.contains(process) else {
        throw failure("no process \(process) for its register \(name)", line: initialLine)
      }
      // No code names it, so nothing depends on it; a condition that does is refused below.
      if file.scalar(of: .register(process: process, name: name)) == nil {
        file.registerInitials[.register(process: process, name: name)] = nil
      }
    }
    for location in file.locations {
      try check(file.fault(in: .location(location.name), location.initial), line: initialLine)
    }
    for (term, value) in file.registerInitials {
      try check(file.fault(in: term, value), line: initialLine)
    }
    let line = token.line
    for term in file.listed + file.condition.terms + (file.filter?.terms ?? []) {
      if file.scalar(of: term) == nil { throw failure(missing(term), line: line) }
    }
    for comparison in file.condition.comparisons + (file.filter?.comparisons ?? []) {
      switch comparison {
      case .equals(let term, let value): try check(file.fault(in: term, value), line: line)
      case .same(let left, let right):
        try check(file.fault(comparing: left, right), line: line)
      default: break
      }
    }
  }

  private func missing(_ term: LitmusTerm) -> String {
    switch term {
    case .location(let name): "no location is named \(name)"
    case .register(let process, let name): "process \(process) has no register \(name)"
    }
  }
}

extension LitmusFile {
  /// The type of a register or a location; `nil` where there is none.
  func scalar(of term: LitmusTerm) -> LitmusScalar? {
    switch term {
    case .location(let name): locations.first { $0.name == name }?.type.scalar
    case .register(let process, let name):
      processes.indices.contains(process) ? processes[process].scalar(of: name) : nil
    }
  }

  /// What is wrong with a value that something is said to have, or `nil`.
  fileprivate func fault(in term: LitmusTerm, _ value: LitmusValue) -> String? {
    guard let type = scalar(of: term) else { return nil }
    switch value {
    case .number(let number):
      return (type.isPointer ? number == 0 : type.integer.holds(number))
        ? nil : "unsupported: \(number) is no value of \(term), which is \(type)"
    case .address(let name):
      guard let target = scalar(of: .location(name)) else { return "no location is named \(name)" }
      return type.isPointer && type.pointee == target
        ? nil : "unsupported: the address of \(name), \(target), in \(term), which is \(type)"
    }
  }

  fileprivate func fault(comparing left: LitmusTerm, _ right: LitmusTerm) -> String? {
    guard let first = scalar(of: left), let second = scalar(of: right) else { return nil }
    // Bits of a 64-bit unsigned number stand for another one elsewhere.
    let differ =
      first.isPointer != second.isPointer
      || (first.integer == .unsignedLong) != (second.integer == .unsignedLong)
    return differ ? "unsupported: \(left), \(first), compared with \(right), \(second)" : nil
  }
}

extension LitmusProcess {
  /// The type of a local; `nil` where there is none.
  func scalar(of local: String) -> LitmusScalar? {
    localTypes[local]?.scalar ?? (body.locals.contains(local) ? .int : nil)
  }
}
