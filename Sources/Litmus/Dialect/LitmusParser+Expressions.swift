// Expressions of a process, atomic calls among them.

extension LitmusParser {
  /// Operators by how tightly they bind, loosest first, as in C.
  private static let levels: [[LitmusOperator]] = [
    [.or], [.xor], [.and], [.equal, .unequal], [.less, .greater, .lessOrEqual, .greaterOrEqual],
    [.shiftLeft, .shiftRight], [.add, .subtract], [.multiply, .divide, .remainder],
  ]

  /// An expression without comma.
  mutating func expression() throws(LitmusError) -> LitmusExpression {
    try nested { parser throws(LitmusError) in try parser.conditional(nil) }
  }

  /// An expression whose first operand was read already.
  mutating func expression(
    startingWith first: LitmusExpression
  ) throws(LitmusError) -> LitmusExpression {
    try conditional(first)
  }

  private mutating func conditional(
    _ first: LitmusExpression?
  ) throws(LitmusError) -> LitmusExpression {
    let condition = try disjunction(first)
    guard accept("?") else {
      if isSymbol("=") { throw failure("unsupported: assignment inside an expression") }
      return condition
    }
    let then = try expression()
    try expect(":")
    return .conditional(condition, then, try expression())
  }

  private mutating func disjunction(
    _ first: LitmusExpression?
  ) throws(LitmusError) -> LitmusExpression {
    var result = try conjunction(first)
    while accept("||") {
      try countOperator()
      result = .either(result, try conjunction(nil))
    }
    return result
  }

  private mutating func conjunction(
    _ first: LitmusExpression?
  ) throws(LitmusError) -> LitmusExpression {
    var result = try binary(level: 0, first)
    while accept("&&") {
      try countOperator()
      result = .both(result, try binary(level: 0, nil))
    }
    return result
  }

  private mutating func binary(
    level: Int, _ first: LitmusExpression?
  ) throws(LitmusError) -> LitmusExpression {
    guard level < Self.levels.count else {
      if let first { return first }
      return try unaryExpression()
    }
    var result = try binary(level: level + 1, first)
    while case .symbol(let symbol) = token.kind,
      let operation = Self.levels[level].first(where: { $0.rawValue == symbol })
    {
      let line = token.line
      advance()
      try countOperator()
      let right = try binary(level: level + 1, nil)
      try checkOrderIsFixed([result, right], line: line)
      result = .binary(operation, result, right)
    }
    return result
  }

  /// C leaves open in which order operands are evaluated; where that could matter to the memory
  /// model, or to a local that a compare-exchange changes, no verdict is given.
  func checkOrderIsFixed(_ operands: [LitmusExpression], line: Int) throws(LitmusError) {
    for (index, operand) in operands.enumerated() {
      let changed = operand.changedLocals
      let others = operands.indices.filter { $0 != index }.map { operands[$0] }
      if let name = changed.first(where: { name in others.contains { $0.names(name) } }) {
        throw failure(
          "unsupported: local \(name) is changed in one expression that uses it elsewhere",
          line: line)
      }
    }
    let accessing = operands.filter(\.accessesMemory)
    guard accessing.count > 1, accessing.contains(where: { !$0.readsOnlyPlainly }) else { return }
    throw failure(
      "unsupported: two shared accesses in one expression whose order C leaves open", line: line)
  }

  /// A unary expression or a primary one.
  mutating func unaryExpression() throws(LitmusError) -> LitmusExpression {
    try nested { parser throws(LitmusError) in try parser.unaryAlone() }
  }

  private mutating func unaryAlone() throws(LitmusError) -> LitmusExpression {
    let line = token.line
    if accept("*") { return .load(address: try unaryExpression(), .plain) }
    if accept("-") { return .unary(.negate, try unaryExpression()) }
    // Promotes its operand, as adding nothing does.
    if accept("+") { return .binary(.add, try unaryExpression(), .constant(0)) }
    if accept("!") { return .unary(.not, try unaryExpression()) }
    if accept("~") { return .unary(.complement, try unaryExpression()) }
    if accept("&") {
      let name = try expectName()
      // `&*x` and the address of a parameter's own variable have no use in the dialect.
      throw failure("unsupported: address of \(name)", line: line)
    }
    if accept("(") {
      if isTypeStart {
        let type = try self.type()
        // It would turn a plain access into an atomic one.
        guard !type.isAtomic else {
          throw failure("unsupported: cast to an atomic type", line: line)
        }
        try expect(")")
        return .cast(type, try unaryExpression())
      }
      let inner = try expression()
      try expect(")")
      return inner
    }
    return try primary()
  }

  private mutating func primary() throws(LitmusError) -> LitmusExpression {
    switch token.kind {
    case .number(let value):
      let type = token.numberType
      advance()
      let constant = LitmusExpression.constant(value)
      return type.map { .cast(LitmusType(LitmusScalar(integer: $0)), constant) } ?? constant
    case .name(let name) where peek(1).kind == .symbol("("): return try call(name)
    case .name("NULL"), .name("false"):
      advance()
      return .constant(0)
    case .name("true"):
      advance()
      return .constant(1)
    case .name(let name):
      if scope.parameters[name] == nil { try checkVisible(name, line: token.line) }
      advance()
      if isSymbol("[") { throw failure("unsupported: array") }
      if isSymbol("->") || isSymbol(".") { throw failure("unsupported: struct member") }
      return .variable(name)
    default: throw failure("expected an expression, found `\(token.text)`")
    }
  }

  // MARK: atomic calls

  private mutating func call(_ name: String) throws(LitmusError) -> LitmusExpression {
    let line = token.line
    let isExplicit = name.hasSuffix("_explicit")
    let base = isExplicit ? String(name.dropLast("_explicit".count)) : name
    advance()
    try expect("(")
    switch base {
    case "READ_ONCE", "WRITE_ONCE":
      throw failure(
        "unsupported: \(name) belongs to the Linux kernel's memory model, which is not RC11",
        line: line)
    case "atomic_load":
      let address = try expression()
      let order = try lastOrder(
        of: name, isExplicit: isExplicit, allowed: [.relaxed, .acquire, .sequentiallyConsistent])
      return .load(address: address, order)
    case "atomic_exchange":
      let (address, value) = try addressAndValue(line: line)
      let order = try lastOrder(of: name, isExplicit: isExplicit, allowed: LitmusOrder.allCases)
      return .exchange(address: address, value, order)
    case "atomic_compare_exchange_strong", "atomic_compare_exchange_weak":
      return try compareExchange(name, isExplicit: isExplicit, isWeak: base.hasSuffix("weak"))
    default:
      if base.hasPrefix("atomic_fetch_"),
        let operation = LitmusFetch(rawValue: String(base.dropFirst("atomic_fetch_".count)))
      {
        let (address, value) = try addressAndValue(line: line)
        let order = try lastOrder(of: name, isExplicit: isExplicit, allowed: LitmusOrder.allCases)
        return .fetch(operation, address: address, value, order)
      }
      throw failure("unsupported: call of \(name)", line: line)
    }
  }

  private mutating func addressAndValue(
    line: Int
  ) throws(LitmusError) -> (LitmusExpression, LitmusExpression) {
    let address = try expression()
    try expect(",")
    let value = try expression()
    try checkOrderIsFixed([address, value], line: line)
    return (address, value)
  }

  private mutating func compareExchange(
    _ name: String, isExplicit: Bool, isWeak: Bool
  ) throws(LitmusError) -> LitmusExpression {
    let line = token.line
    let address = try expression()
    try expect(",")
    let expected: LitmusCompareExchange.Expected
    if accept("&") {
      let local = try expectName()
      try checkVisible(local, line: line)
      guard !locals[local]!.isConstant else {
        throw failure("assignment to const local \(local)", line: line)
      }
      expected = .local(local)
    } else {
      expected = .pointer(try expression())
    }
    try expect(",")
    let desired = try expression()
    if case .pointer(let pointer) = expected {
      try checkOrderIsFixed([address, pointer, desired], line: line)
    } else {
      try checkOrderIsFixed([address, desired], line: line)
    }
    var success = LitmusOrder.sequentiallyConsistent
    var failure = LitmusOrder.sequentiallyConsistent
    if isExplicit {
      try expect(",")
      success = try order(of: name, allowed: LitmusOrder.allCases)
      try expect(",")
      failure = try order(of: name, allowed: [.relaxed, .acquire, .sequentiallyConsistent])
    }
    try expect(")")
    return .compareExchange(
      LitmusCompareExchange(
        address: address, expected: expected, desired: desired, success: success,
        failure: failure, isWeak: isWeak))
  }

  /// The closing `, order)` of a call, or `)` for the form without `_explicit`.
  mutating func lastOrder(
    of call: String, isExplicit: Bool, allowed: [LitmusOrder]
  ) throws(LitmusError) -> LitmusOrder {
    var result = LitmusOrder.sequentiallyConsistent
    if isExplicit {
      try expect(",")
      result = try order(of: call, allowed: allowed)
    }
    try expect(")")
    return result
  }

  /// A `memory_order_…` that the call may have.
  mutating func order(
    of call: String, allowed: [LitmusOrder]
  ) throws(LitmusError) -> LitmusOrder {
    guard case .name(let name) = token.kind else {
      throw failure("expected a memory order, found `\(token.text)`")
    }
    guard let order = LitmusOrder.allCases.first(where: { $0.cName == name && $0 != .plain })
    else { throw failure("unsupported: memory order \(name)") }
    guard allowed.contains(order) else { throw failure("\(name) is no order of \(call)") }
    advance()
    return order
  }
}
