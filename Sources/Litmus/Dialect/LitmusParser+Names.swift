// The names that a litmus test uses must be those that it has.

extension LitmusParser {
  /// Every name that a condition, a list or an initial value uses must exist: a misspelt register
  /// would be 0 for ever.
  func checkNames(
    _ file: inout LitmusFile, locals: [Set<String>], initialLine: Int
  ) throws(LitmusError) {
    let locations = Set(file.locations.map(\.name))
    func check(_ term: LitmusTerm, line: Int) throws(LitmusError) {
      switch term {
      case .location(let name):
        guard locations.contains(name) else {
          throw failure("no location is named \(name)", line: line)
        }
      case .register(let process, let name):
        guard locals.indices.contains(process), locals[process].contains(name) else {
          throw failure("process \(process) has no register \(name)", line: line)
        }
      }
    }
    let values = file.locations.map(\.initial) + file.registerInitials.values
    for case .address(let name) in values { try check(.location(name), line: initialLine) }
    for case .register(let process, let name) in Array(file.registerInitials.keys) {
      guard locals.indices.contains(process) else {
        throw failure("no process \(process) for its register \(name)", line: initialLine)
      }
      // No code names it, so nothing depends on it; a condition that does is refused below.
      if !locals[process].contains(name) {
        file.registerInitials[.register(process: process, name: name)] = nil
      }
    }
    var terms = file.listed + file.condition.terms + (file.filter?.terms ?? [])
    terms += (file.condition.addresses + (file.filter?.addresses ?? [])).map { .location($0) }
    for term in terms { try check(term, line: token.line) }
  }
}
