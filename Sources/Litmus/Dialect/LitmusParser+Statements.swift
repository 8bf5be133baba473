// Statements of a process.

extension LitmusParser {
  /// Reads statements up to and with a closing symbol.
  mutating func statements(until closing: String) throws(LitmusError) -> [LitmusStatement] {
    var result: [LitmusStatement] = []
    while !accept(closing) {
      guard token.kind != .end else { throw failure("expected `\(closing)`, found end of file") }
      result += try statement()
    }
    return result
  }

  /// A block, or a single statement, as a list.
  private mutating func block() throws(LitmusError) -> [LitmusStatement] {
    accept("{") ? try statements(until: "}") : try statement()
  }

  private mutating func statement() throws(LitmusError) -> [LitmusStatement] {
    if accept(";") { return [] }
    if accept("{") { return try statements(until: "}") }
    guard case .name(let name) = token.kind else {
      let simple = try simpleStatement()
      try expect(";")
      return simple
    }
    switch name {
    case "if": return [try branch()]
    case "while": return [try whileLoop()]
    case "do": return [try doLoop()]
    case "for": return try forLoop()
    case "break", "continue":
      guard loopDepth > 0 else { throw failure("`\(name)` outside of a loop") }
      advance()
      try expect(";")
      return [name == "break" ? .leaveLoop : .continueLoop]
    case "return":
      advance()
      guard accept(";") else { throw failure("unsupported: return with a value") }
      return [.leave]
    case "goto", "switch", "case", "default", "asm", "__asm__", "typedef":
      throw failure("unsupported: \(name)")
    default: break
    }
    if peek(1).kind == .symbol(":") { throw failure("unsupported: label \(name)") }
    let result = isTypeStart ? try declarations() : try simpleStatement()
    try expect(";")
    return result
  }

  private mutating func declarations() throws(LitmusError) -> [LitmusStatement] {
    if isName("static") { throw failure("unsupported: static local") }
    var type = try self.type()
    guard !type.isAtomic || type.pointerDepth > 0 else {
      throw failure("unsupported: atomic local")
    }
    var result: [LitmusStatement] = []
    repeat {
      while accept("*") { type.pointerDepth += 1 }
      let name = try expectName()
      guard !parameters.contains(name) else {
        throw failure("unsupported: local \(name) hides a parameter")
      }
      if isSymbol("[") { throw failure("unsupported: array") }
      locals.insert(name)
      result.append(.declare(name, accept("=") ? try expression() : nil))
    } while accept(",")
    return result
  }

  /// An assignment, a store, a fence, or an expression whose value is not used.
  mutating func simpleStatement() throws(LitmusError) -> [LitmusStatement] {
    if accept("(") {
      // `(void)e` or `(*x) = e`.
      if acceptName("void") {
        try expect(")")
        return [.evaluate(try expression())]
      }
      index -= 1
    }
    if isSymbol("++") || isSymbol("--") {
      let sum: LitmusOperator = isSymbol("++") ? .add : .subtract
      advance()
      let name = try assignable()
      return [.assign(name, .binary(sum, .variable(name), .constant(1)))]
    }
    if let call = try effectOnlyCall() { return [call] }
    // Registers need no declaration in herd's dialect: an assignment makes one.
    if case .name(let name) = token.kind, peek(1).kind == .symbol("="), !parameters.contains(name) {
      locals.insert(name)
    }
    let line = token.line
    let target = try unaryExpression()
    guard case .symbol(let symbol) = token.kind else { return [.evaluate(target)] }
    switch symbol {
    case "=":
      advance()
      let value = try expression()
      switch target {
      case .variable(let name): return [.assign(try checkAssignable(name, line: line), value)]
      case .load(let address, .plain): return [.store(address: address, value, .plain)]
      default: throw failure("unsupported: assignment to this expression", line: line)
      }
    case "++", "--":
      let name = try assignable(target, line: line)
      advance()
      let sum: LitmusOperator = symbol == "++" ? .add : .subtract
      return [.assign(name, .binary(sum, .variable(name), .constant(1)))]
    default: break
    }
    if symbol.count > 1, symbol.hasSuffix("="),
      let operation = LitmusOperator(rawValue: String(symbol.dropLast())),
      !["<", ">", "=", "!"].contains(symbol.dropLast())
    {
      let name = try assignable(target, line: line)
      advance()
      return [.assign(name, .binary(operation, .variable(name), try expression()))]
    }
    if isSymbol(";") || isSymbol(")") || isSymbol(",") { return [.evaluate(target)] }
    // More of an expression follows: read it whole.
    return [.evaluate(try expression(startingWith: target))]
  }

  private mutating func assignable() throws(LitmusError) -> String {
    let line = token.line
    return try checkAssignable(try expectName(), line: line)
  }

  private func assignable(
    _ target: LitmusExpression, line: Int
  ) throws(LitmusError) -> String {
    guard case .variable(let name) = target else {
      throw failure("unsupported: compound assignment to shared memory", line: line)
    }
    return try checkAssignable(name, line: line)
  }

  private func checkAssignable(_ name: String, line: Int) throws(LitmusError) -> String {
    guard !parameters.contains(name) else {
      throw failure("unsupported: assignment to parameter \(name)", line: line)
    }
    return name
  }

  /// Calls that have no value: stores and fences.
  private mutating func effectOnlyCall() throws(LitmusError) -> LitmusStatement? {
    guard case .name(let name) = token.kind, peek(1).kind == .symbol("(") else { return nil }
    switch name {
    case "atomic_store", "atomic_store_explicit":
      advance()
      try expect("(")
      let address = try expression()
      try expect(",")
      let value = try expression()
      let order = try lastOrder(
        of: name, isExplicit: name.hasSuffix("_explicit"),
        allowed: [.relaxed, .release, .sequentiallyConsistent])
      return .store(address: address, value, order)
    case "atomic_thread_fence":
      advance()
      try expect("(")
      let order = try self.order(of: name, allowed: LitmusOrder.allCases)
      try expect(")")
      return .fence(order)
    case "WRITE_ONCE":
      advance()
      try expect("(")
      guard case .load(let address, .plain) = try unaryExpression() else {
        throw failure("expected `*location` in WRITE_ONCE")
      }
      try expect(",")
      let value = try expression()
      try expect(")")
      return .store(address: address, value, .relaxed)
    default: return nil
    }
  }

  // MARK: control

  private mutating func parenthesised() throws(LitmusError) -> LitmusExpression {
    try expect("(")
    let result = try expression()
    try expect(")")
    return result
  }

  private mutating func branch() throws(LitmusError) -> LitmusStatement {
    advance()
    let condition = try parenthesised()
    let then = try block()
    let otherwise = acceptName("else") ? try block() : []
    return .branch(condition, then: then, else: otherwise)
  }

  private mutating func loopBody() throws(LitmusError) -> [LitmusStatement] {
    loopDepth += 1
    defer { loopDepth -= 1 }
    return try block()
  }

  private mutating func whileLoop() throws(LitmusError) -> LitmusStatement {
    advance()
    let condition = try parenthesised()
    return .loop(condition, body: try loopBody(), step: [], testsFirst: true)
  }

  private mutating func doLoop() throws(LitmusError) -> LitmusStatement {
    advance()
    let body = try loopBody()
    guard acceptName("while") else { throw failure("expected `while` after `do`") }
    let condition = try parenthesised()
    try expect(";")
    return .loop(condition, body: body, step: [], testsFirst: false)
  }

  private mutating func forLoop() throws(LitmusError) -> [LitmusStatement] {
    advance()
    try expect("(")
    var result: [LitmusStatement] = []
    if !isSymbol(";") { result = isTypeStart ? try declarations() : try commaList() }
    try expect(";")
    let condition = isSymbol(";") ? .constant(1) : try expression()
    try expect(";")
    let step = isSymbol(")") ? [] : try commaList()
    try expect(")")
    result.append(.loop(condition, body: try loopBody(), step: step, testsFirst: true))
    return result
  }

  private mutating func commaList() throws(LitmusError) -> [LitmusStatement] {
    var result = try simpleStatement()
    while accept(",") { result += try simpleStatement() }
    return result
  }
}
