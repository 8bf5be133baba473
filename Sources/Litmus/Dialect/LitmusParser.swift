// Reads a litmus test of herd's C dialect.
//
// A recursive-descent parser over the words of `LitmusLexer`. Whatever it does not know is an
// error that names file, line and construct: a test that is understood in part would get a wrong
// verdict. This file holds the frame of a test; statements, expressions and conditions have files
// of their own. Deref is a plain access whatever the declared type, as herd has it; atomic accesses
// are the `atomic_…` calls.

import ModelChecker

/// Reads litmus tests of herd's C dialect.
public struct LitmusParser {
  let path: String
  var tokens: [LitmusToken]
  var index = 0
  /// The names of the process being read, with their types.
  var scope = LitmusScope()
  /// Locals as they were declared.
  var locals: [String: Local] = [:]
  /// The locals of each open block, innermost last.
  var blocks: [[String]] = [[]]
  var loopDepth = 0
  /// How deep brackets, prefixes and statements are nested; operators of the expression so far.
  var nesting = 0
  var operators = 0
  /// Whether what the last type was read for is constant itself.
  var isConstant = false
  /// Locations whose initial value names no type.
  var untyped: Set<String> = []
  /// The lines of the processes.
  private var processLines: [Int] = []

  /// A local of the process being read.
  struct Local {
    var type: LitmusType
    var isConstant: Bool
    /// Whether its block is still open.
    var isVisible = true
  }

  /// Beyond these a test is refused: everything that walks over one is recursive.
  private static let maximumNesting = 100
  private static let maximumOperators = 256

  /// Parses the text of a test.
  ///
  /// - Parameter path: the name used in messages.
  /// - Throws: `LitmusError` with the line of the first construct that is wrong or not supported.
  public static func parse(_ text: String, path: String) throws(LitmusError) -> LitmusFile {
    var lexer = LitmusLexer(text, path: path)
    let (name, tokens) = try lexer.tokens()
    var parser = LitmusParser(path: path, tokens: tokens)
    return try parser.test(named: name)
  }

  /// Parses a condition alone, such as `0:r0=1 /\\ x=2`.
  static func condition(_ text: String) throws(LitmusError) -> LitmusCondition {
    var lexer = LitmusLexer(text, path: text)
    var parser = LitmusParser(path: text, tokens: try lexer.words())
    let condition = try parser.condition()
    guard parser.token.kind == .end else {
      throw parser.failure("unsupported: `\(parser.token.text)` after the condition")
    }
    return condition
  }

  private init(path: String, tokens: [LitmusToken]) {
    self.path = path
    self.tokens = tokens
  }

  // MARK: limits

  /// Reads something that may hold something of its kind.
  mutating func nested<Result>(
    _ read: (inout LitmusParser) throws(LitmusError) -> Result
  ) throws(LitmusError) -> Result {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.maximumNesting else {
      throw failure("unsupported: more than \(Self.maximumNesting) levels inside one another")
    }
    return try read(&self)
  }

  /// Counts an operator of an expression or a condition.
  mutating func countOperator() throws(LitmusError) {
    operators += 1
    guard operators <= Self.maximumOperators else {
      throw failure("unsupported: more than \(Self.maximumOperators) operators in one expression")
    }
  }

  // MARK: words

  var token: LitmusToken { tokens[index] }

  func peek(_ distance: Int) -> LitmusToken { tokens[min(index + distance, tokens.count - 1)] }

  mutating func advance() { index = min(index + 1, tokens.count - 1) }

  func isSymbol(_ symbol: String) -> Bool { token.kind == .symbol(symbol) }

  func isName(_ name: String) -> Bool { token.kind == .name(name) }

  mutating func accept(_ symbol: String) -> Bool {
    guard isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func acceptName(_ name: String) -> Bool {
    guard isName(name) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: String) throws(LitmusError) {
    guard accept(symbol) else { throw failure("expected `\(symbol)`, found `\(token.text)`") }
  }

  mutating func expectName() throws(LitmusError) -> String {
    guard case .name(let name) = token.kind else {
      throw failure("expected a name, found `\(token.text)`")
    }
    advance()
    return name
  }

  func failure(_ message: String, line: Int? = nil) -> LitmusError {
    LitmusError(path: path, line: line ?? token.line, message: message)
  }

  // MARK: the frame

  private mutating func test(named name: String) throws(LitmusError) -> LitmusFile {
    var file = LitmusFile(
      name: name, path: path, locations: [], registerInitials: [:], processes: [], listed: [],
      filter: nil, quantifier: .forAll, condition: .truth(true))
    let initialLine = token.line
    try initialState(&file)
    while true {
      // `static` and `void` before a process mean nothing here.
      while processNumber() == nil, isName("static") || isName("void") { advance() }
      guard let process = processNumber() else { break }
      guard process == file.processes.count else {
        throw failure("expected process P\(file.processes.count), found P\(process)")
      }
      guard process < ModelProgram.maximumProcesses else {
        throw failure("unsupported: more than \(ModelProgram.maximumProcesses) processes")
      }
      processLines.append(token.line)
      advance()
      file.processes.append(try self.process())
    }
    guard !file.processes.isEmpty else { throw failure("expected `P0 (…)`, found `\(token.text)`") }
    try addLocationsOfParameters(&file)
    typeAddresses(&file)
    try questions(&file)
    try checkNames(&file, initialLine: initialLine)
    return file
  }

  private func processNumber() -> Int? {
    guard case .name(let name) = token.kind, name.first == "P", name.count > 1 else { return nil }
    return Int(name.dropFirst())
  }

  private mutating func process() throws(LitmusError) -> LitmusProcess {
    locals = [:]
    blocks = [[]]
    scope = LitmusScope()
    var process = LitmusProcess(parameters: [], body: [])
    try expect("(")
    if !accept(")") {
      repeat {
        if isName("void"), peek(1).kind == .symbol(")") {
          advance()
          break
        }
        var type = try self.type()
        guard type.pointerDepth > 0 else {
          throw failure("unsupported: parameter that is no pointer")
        }
        type.pointerDepth -= 1
        let name = try expectName()
        guard scope.parameters[name] == nil else { throw failure("parameter \(name) twice") }
        scope.parameters[name] = type.scalar
        process.parameters.append(.init(name: name, type: type))
      } while accept(",")
      try expect(")")
    }
    try expect("{")
    process.body = try statements(until: "}")
    process.localTypes = locals.mapValues(\.type)
    return process
  }

  /// A location has the type that its initial value names, or else that of the parameters.
  private mutating func addLocationsOfParameters(_ file: inout LitmusFile) throws(LitmusError) {
    for (process, line) in zip(file.processes, processLines) {
      for parameter in process.parameters {
        let name = parameter.name
        guard let known = file.locations.firstIndex(where: { $0.name == name }) else {
          file.locations.append(.init(name: name, type: parameter.type, initial: .number(0)))
          continue
        }
        if untyped.remove(name) != nil { file.locations[known].type = parameter.type }
        let type = file.locations[known].type
        guard type.scalar == parameter.type.scalar else {
          throw failure(
            "unsupported: \(name) is \(parameter.type.scalar) here and \(type.scalar) elsewhere",
            line: line)
        }
        // Atomic anywhere is atomic: herd types locations by their use, C by declaration.
        if parameter.type.isAtomic { file.locations[known].type.isAtomic = true }
      }
    }
  }

  /// What nobody gives a type and holds an address points to what is there.
  private func typeAddresses(_ file: inout LitmusFile) {
    for index in file.locations.indices where untyped.contains(file.locations[index].name) {
      guard case .address(let target) = file.locations[index].initial,
        let type = file.locations.first(where: { $0.name == target })?.type
      else { continue }
      file.locations[index].type = LitmusType(type.scalar)
      file.locations[index].type.pointerDepth += 1
    }
  }
}
