// The initial state: `{ x=1; atomic_int y; 0:r0=x; }`.

extension LitmusParser {
  mutating func initialState(_ file: inout LitmusFile) throws(LitmusError) {
    try expect("{")
    while !accept("}") {
      if accept(";") { continue }
      try initialValue(&file)
      if !isSymbol("}") { try expect(";") }
    }
  }

  private mutating func initialValue(_ file: inout LitmusFile) throws(LitmusError) {
    var type = LitmusType.plainInt
    let isTyped = isTypeStart
    if isTyped { type = try self.type() } else { _ = accept("*") }
    let line = token.line
    let term = try self.term()
    if isSymbol("[") { throw failure("unsupported: array") }
    var value = LitmusValue.number(0)
    if accept("=") { value = try initialisedValue() }
    switch term {
    case .location(let name):
      guard !file.locations.contains(where: { $0.name == name }) else {
        throw failure("location \(name) initialised twice", line: line)
      }
      if !isTyped { untyped.insert(name) }
      file.locations.append(.init(name: name, type: type, initial: value))
    case .register:
      guard file.registerInitials[term] == nil else {
        throw failure("register \(term) initialised twice", line: line)
      }
      file.registerInitials[term] = value
    }
  }

  private mutating func initialisedValue() throws(LitmusError) -> LitmusValue {
    if acceptName("ATOMIC_INIT") || acceptName("ATOMIC_VAR_INIT") {
      try expect("(")
      let value = try self.value()
      try expect(")")
      return value
    }
    if isSymbol("{") { throw failure("unsupported: array") }
    return try value()
  }
}
