// The questions at the end of a litmus test: `locations`, `filter`, `exists`, `~exists`, `forall`.
//
// Precedence as herd has it: `\/` binds least, then `/\`, then `=>`, then `~`.

extension LitmusParser {
  /// Reads everything after the processes.
  mutating func questions(_ file: inout LitmusFile) throws(LitmusError) {
    if acceptName("locations") {
      try expect("[")
      while !accept("]") {
        file.listed.append(try term())
        if isTypeStart { _ = try type() }
        if !isSymbol("]") { try expect(";") }
      }
    }
    if acceptName("filter") { file.filter = try condition() }
    switch token.kind {
    case .name("exists"), .name("final"):
      advance()
      file.quantifier = .exists
      file.condition = try condition()
    case .name("forall"):
      advance()
      file.quantifier = .forAll
      file.condition = try condition()
    case .symbol("~"), .name("not"):
      advance()
      guard acceptName("exists") else { throw failure("expected `exists` after `~`") }
      file.quantifier = .notExists
      file.condition = try condition()
    case .symbol("("):
      file.quantifier = .exists
      file.condition = try condition()
    case .end: break
    default: throw failure("unsupported: `\(token.text)` after the processes")
    }
    _ = accept(";")
    guard token.kind == .end else {
      throw failure("unsupported: `\(token.text)` after the condition")
    }
  }

  /// A register `0:r0` or `P0:r0`, a location `x` or `[x]`.
  mutating func term() throws(LitmusError) -> LitmusTerm {
    if accept("[") {
      let name = try expectName()
      try expect("]")
      return .location(name)
    }
    if case .number(let process) = token.kind, peek(1).kind == .symbol(":") {
      advance()
      advance()
      return .register(process: process, name: try expectName())
    }
    let name = try expectName()
    if isSymbol(":"), name.first == "P", let process = Int(name.dropFirst()) {
      advance()
      return .register(process: process, name: try expectName())
    }
    return .location(name)
  }

  /// A number or the address of a location.
  mutating func value() throws(LitmusError) -> LitmusValue {
    var sign = 1
    if accept("-") { sign = -1 } else if accept("+") { sign = 1 }
    if case .number(let number) = token.kind {
      advance()
      return .number(sign * number)
    }
    guard sign == 1 else { throw failure("expected a number, found `\(token.text)`") }
    if acceptName("NULL") { return .number(0) }
    _ = accept("&")
    return .address(try expectName())
  }

  /// A proposition: alternatives.
  mutating func condition() throws(LitmusError) -> LitmusCondition {
    operators = 0
    return try disjunction()
  }

  private mutating func disjunction() throws(LitmusError) -> LitmusCondition {
    var result = try conjunction()
    while accept("\\/") {
      try countOperator()
      result = .or(result, try conjunction())
    }
    return result
  }

  private mutating func conjunction() throws(LitmusError) -> LitmusCondition {
    var result = try implication()
    while accept("/\\") {
      try countOperator()
      result = .and(result, try implication())
    }
    return result
  }

  private mutating func implication() throws(LitmusError) -> LitmusCondition {
    let left = try proposition()
    guard accept("=>") else { return left }
    return .implies(left, try nested { parser throws(LitmusError) in try parser.implication() })
  }

  private mutating func proposition() throws(LitmusError) -> LitmusCondition {
    try nested { parser throws(LitmusError) in try parser.propositionAlone() }
  }

  private mutating func propositionAlone() throws(LitmusError) -> LitmusCondition {
    if accept("~") || acceptName("not") { return .not(try proposition()) }
    if acceptName("true") { return .truth(true) }
    if acceptName("false") { return .truth(false) }
    if accept("(") {
      let inner = try disjunction()
      try expect(")")
      return inner
    }
    let left = try term()
    let negated = isSymbol("!=") || isSymbol("<>")
    guard negated || isSymbol("=") || isSymbol("==") else {
      throw failure("expected `=`, found `\(token.text)`")
    }
    advance()
    let comparison = try comparison(of: left)
    return negated ? .not(comparison) : comparison
  }

  private mutating func comparison(of left: LitmusTerm) throws(LitmusError) -> LitmusCondition {
    var isRegister = false
    if case .number = token.kind, peek(1).kind == .symbol(":") { isRegister = true }
    // `[x]` and `*x` on the right are contents; a bare name is an address, as in herd.
    if isSymbol("[") || isRegister { return .same(left, try term()) }
    if accept("*") { return .same(left, .location(try expectName())) }
    if isSymbol("{") { throw failure("unsupported: array") }
    return .equals(left, try value())
  }
}

extension LitmusCondition {
  /// The registers and locations it looks at.
  var terms: [LitmusTerm] {
    switch self {
    case .truth: []
    case .equals(let term, _): [term]
    case .same(let left, let right): [left, right]
    case .not(let inner): inner.terms
    case .and(let left, let right), .or(let left, let right), .implies(let left, let right):
      left.terms + right.terms
    }
  }

  /// The comparisons in it.
  var comparisons: [LitmusCondition] {
    switch self {
    case .truth: []
    case .equals, .same: [self]
    case .not(let inner): inner.comparisons
    case .and(let left, let right), .or(let left, let right), .implies(let left, let right):
      left.comparisons + right.comparisons
    }
  }

  /// The locations whose addresses it names.
  var addresses: [String] {
    switch self {
    case .truth, .same: []
    case .equals(_, .address(let name)): [name]
    case .equals: []
    case .not(let inner): inner.addresses
    case .and(let left, let right), .or(let left, let right), .implies(let left, let right):
      left.addresses + right.addresses
    }
  }
}
