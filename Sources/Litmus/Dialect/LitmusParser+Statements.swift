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
  mutating func block() throws(LitmusError) -> [LitmusStatement] {
    try inBlock { parser throws(LitmusError) in
      parser.accept("{") ? try parser.statements(until: "}") : try parser.statement()
    }
  }

  /// A statement, behind the line that it stands in.
  private mutating func statement() throws(LitmusError) -> [LitmusStatement] {
    let line = LitmusStatement.line(LitmusLine(number: token.line))
    let result = try nested { parser throws(LitmusError) in try parser.statementAlone() }
    return result.isEmpty ? [] : [line] + result
  }

  private mutating func statementAlone() throws(LitmusError) -> [LitmusStatement] {
    if accept(";") { return [] }
    if isSymbol("{") { return try block() }
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

  mutating func declarations() throws(LitmusError) -> [LitmusStatement] {
    if isName("static") { throw failure("unsupported: static local") }
    var type = try self.type()
    guard !type.isAtomic || type.pointerDepth > 0 else {
      throw failure("unsupported: atomic local")
    }
    var result: [LitmusStatement] = []
    repeat {
      let line = token.line
      while accept("*") {
        type.pointerDepth += 1
        isConstant = acceptName("const")
      }
      let isConstant = self.isConstant
      let name = try expectName()
      if isSymbol("[") { throw failure("unsupported: array") }
      var value: LitmusExpression?
      if accept("=") { value = try fullExpression() }
      try declare(name, type, isConstant: isConstant, line: line)
      if let value { try check(scope.fault(giving: value, to: type.scalar), line: line) }
      result.append(.declare(name, value))
      // The stars belong to one name.
      type.pointerDepth = 0
    } while accept(",")
    return result
  }

  /// An assignment, a store, a fence, or an expression whose value is not used.
  mutating func simpleStatement() throws(LitmusError) -> [LitmusStatement] {
    if accept("(") {
      // `(void)e` or `(*x) = e`.
      if acceptName("void") {
        try expect(")")
        return [.evaluate(try fullExpression())]
      }
      index -= 1
    }
    if isSymbol("++") || isSymbol("--") {
      let sum: LitmusOperator = isSymbol("++") ? .add : .subtract
      advance()
      let line = token.line
      return [try compound(.variable(try expectName()), sum, .constant(1), line: line)]
    }
    if let call = try effectOnlyCall() { return [call] }
    operators = 0
    let line = token.line
    if case .name(let name) = token.kind, peek(1).kind == .symbol("="),
      scope.parameters[name] == nil
    {
      advance()
      advance()
      let value = try fullExpression()
      if locals[name] == nil { declareImplicitly(name, scope.scalar(of: value)) }
      try checkAssignable(name, line: line)
      try check(scope.fault(giving: value, to: scope.scalar(of: .variable(name))), line: line)
      return [.assign(name, value)]
    }
    let target = try unaryExpression()
    guard case .symbol(let symbol) = token.kind else { return [.evaluate(target)] }
    switch symbol {
    case "=":
      advance()
      switch target {
      case .variable(let name):
        throw failure("unsupported: assignment to parameter \(name)", line: line)
      case .load(let address, .plain):
        let value = try fullExpression()
        return [try store(value, at: address, .plain, line: line)]
      default: throw failure("unsupported: assignment to this expression", line: line)
      }
    case "++", "--":
      advance()
      return [try compound(target, symbol == "++" ? .add : .subtract, .constant(1), line: line)]
    default: break
    }
    if symbol.count > 1, symbol.hasSuffix("="),
      let operation = LitmusOperator(rawValue: String(symbol.dropLast())),
      !["<", ">", "=", "!"].contains(symbol.dropLast())
    {
      advance()
      return [try compound(target, operation, try fullExpression(), line: line)]
    }
    if isSymbol(";") || isSymbol(")") || isSymbol(",") {
      try check(scope.fault(in: target), line: line)
      return [.evaluate(target)]
    }
    // More of an expression follows: read it whole.
    let whole = try expression(startingWith: target)
    try check(scope.fault(in: whole), line: line)
    return [.evaluate(whole)]
  }

  /// `name op= value`.
  private func compound(
    _ target: LitmusExpression, _ operation: LitmusOperator, _ value: LitmusExpression, line: Int
  ) throws(LitmusError) -> LitmusStatement {
    guard case .variable(let name) = target else {
      throw failure("unsupported: compound assignment to shared memory", line: line)
    }
    try checkAssignable(name, line: line)
    try checkOrderIsFixed([target, value], line: line)
    let sum = LitmusExpression.binary(operation, target, value)
    try check(scope.fault(giving: sum, to: scope.scalar(of: target)), line: line)
    return .assign(name, sum)
  }

  private func checkAssignable(_ name: String, line: Int) throws(LitmusError) {
    guard scope.parameters[name] == nil else {
      throw failure("unsupported: assignment to parameter \(name)", line: line)
    }
    try checkVisible(name, line: line)
    guard !locals[name]!.isConstant else {
      throw failure("assignment to const local \(name)", line: line)
    }
  }

  private func store(
    _ value: LitmusExpression, at address: LitmusExpression, _ order: LitmusOrder, line: Int
  ) throws(LitmusError) -> LitmusStatement {
    try checkOrderIsFixed([address, value], line: line)
    try check(scope.fault(storing: value, at: address), line: line)
    return .store(address: address, value, order)
  }

  /// Calls that have no value: stores and fences.
  private mutating func effectOnlyCall() throws(LitmusError) -> LitmusStatement? {
    guard case .name(let name) = token.kind, peek(1).kind == .symbol("(") else { return nil }
    operators = 0
    let line = token.line
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
      return try store(value, at: address, order, line: line)
    case "atomic_thread_fence":
      advance()
      try expect("(")
      let order = try self.order(of: name, allowed: LitmusOrder.allCases)
      try expect(")")
      return .fence(order)
    default: return nil
    }
  }

  /// A whole expression whose value is given to something: the caller checks its types with that.
  mutating func fullExpression() throws(LitmusError) -> LitmusExpression {
    operators = 0
    return try expression()
  }

  /// A whole expression, its types checked.
  mutating func checkedExpression() throws(LitmusError) -> LitmusExpression {
    let line = token.line
    let result = try fullExpression()
    try check(scope.fault(in: result), line: line)
    return result
  }
}
