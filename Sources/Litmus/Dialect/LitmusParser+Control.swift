// Branches and loops.

extension LitmusParser {
  private mutating func parenthesised() throws(LitmusError) -> LitmusExpression {
    try expect("(")
    let result = try checkedExpression()
    try expect(")")
    return result
  }

  mutating func branch() throws(LitmusError) -> LitmusStatement {
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

  mutating func whileLoop() throws(LitmusError) -> LitmusStatement {
    advance()
    let condition = try parenthesised()
    return .loop(condition, body: try loopBody(), step: [], testsFirst: true)
  }

  mutating func doLoop() throws(LitmusError) -> LitmusStatement {
    advance()
    let body = try loopBody()
    guard acceptName("while") else { throw failure("expected `while` after `do`") }
    let condition = try parenthesised()
    try expect(";")
    return .loop(condition, body: body, step: [], testsFirst: false)
  }

  mutating func forLoop() throws(LitmusError) -> [LitmusStatement] {
    advance()
    // What the head declares is gone after the loop.
    return try inBlock { parser throws(LitmusError) in
      try parser.expect("(")
      var result: [LitmusStatement] = []
      if !parser.isSymbol(";") {
        result = parser.isTypeStart ? try parser.declarations() : try parser.commaList()
      }
      try parser.expect(";")
      let condition = parser.isSymbol(";") ? .constant(1) : try parser.checkedExpression()
      try parser.expect(";")
      let step = parser.isSymbol(")") ? [] : try parser.commaList()
      try parser.expect(")")
      result.append(
        .loop(condition, body: try parser.loopBody(), step: step, testsFirst: true))
      return result
    }
  }

  mutating func commaList() throws(LitmusError) -> [LitmusStatement] {
    var result = try simpleStatement()
    while accept(",") { result += try simpleStatement() }
    return result
  }
}
