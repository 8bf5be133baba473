// Reads a litmus test of herd's C dialect.
//
// A recursive-descent parser over the words of `LitmusLexer`. Whatever it does not know is an
// error that names file, line and construct: a test that is understood in part would get a wrong
// verdict. This file holds the frame of a test; statements, expressions and conditions have files
// of their own. Deref is a plain access whatever the declared type, as herd has it; atomic accesses
// are the `atomic_…` calls.

/// Reads litmus tests of herd's C dialect.
public struct LitmusParser {
  let path: String
  var tokens: [LitmusToken]
  var index = 0
  /// Locals of the process being read, by name.
  var locals: Set<String> = []
  /// Parameters of the process being read.
  var parameters: Set<String> = []
  var loopDepth = 0

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
    var locals: [Set<String>] = []
    while true {
      // `static` and `void` before a process mean nothing here.
      while processNumber() == nil, isName("static") || isName("void") { advance() }
      guard let process = processNumber() else { break }
      guard process == file.processes.count else {
        throw failure("expected process P\(file.processes.count), found P\(process)")
      }
      advance()
      file.processes.append(try self.process())
      locals.append(self.locals)
    }
    guard !file.processes.isEmpty else { throw failure("expected `P0 (…)`, found `\(token.text)`") }
    addLocationsOfParameters(&file)
    try questions(&file)
    try checkNames(&file, locals: locals, initialLine: initialLine)
    return file
  }

  private func processNumber() -> Int? {
    guard case .name(let name) = token.kind, name.first == "P", name.count > 1 else { return nil }
    return Int(name.dropFirst())
  }

  private mutating func process() throws(LitmusError) -> LitmusProcess {
    locals = []
    parameters = []
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
        guard parameters.insert(name).inserted else { throw failure("parameter \(name) twice") }
        process.parameters.append(.init(name: name, type: type))
      } while accept(",")
      try expect(")")
    }
    try expect("{")
    process.body = try statements(until: "}")
    return process
  }

  private func addLocationsOfParameters(_ file: inout LitmusFile) {
    for process in file.processes {
      for parameter in process.parameters {
        if let known = file.locations.firstIndex(where: { $0.name == parameter.name }) {
          // Atomic anywhere is atomic: herd types locations by their use, C by declaration.
          if parameter.type.isAtomic { file.locations[known].type.isAtomic = true }
          file.locations[known].type.pointerDepth = max(
            file.locations[known].type.pointerDepth, parameter.type.pointerDepth)
        } else {
          file.locations.append(
            .init(name: parameter.name, type: parameter.type, initial: .number(0)))
        }
      }
    }
  }

  // MARK: the initial state

  private mutating func initialState(_ file: inout LitmusFile) throws(LitmusError) {
    try expect("{")
    while !accept("}") {
      if accept(";") { continue }
      try initialValue(&file)
      if !isSymbol("}") { try expect(";") }
    }
  }

  private mutating func initialValue(_ file: inout LitmusFile) throws(LitmusError) {
    var type = LitmusType.plainInt
    if isTypeStart { type = try self.type() } else if accept("*") { type.pointerDepth = 1 }
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
      if case .address = value { type.pointerDepth = max(type.pointerDepth, 1) }
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

  // MARK: types

  private static let integerTypes: Set<String> = [
    "int", "char", "long", "short", "unsigned", "signed", "int8_t", "uint8_t", "int16_t",
    "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t", "intptr_t", "uintptr_t", "size_t",
    "_Bool", "bool",
  ]
  private static let atomicTypes: Set<String> = [
    "atomic_int", "atomic_uint", "atomic_long", "atomic_ulong", "atomic_char", "atomic_short",
    "atomic_bool", "atomic_llong", "atomic_ullong", "atomic_intptr_t", "atomic_uintptr_t",
  ]

  var isTypeStart: Bool {
    guard case .name(let name) = token.kind else { return false }
    return Self.integerTypes.contains(name) || Self.atomicTypes.contains(name)
      || [
        "volatile", "const", "_Atomic", "struct", "union", "enum", "void", "float", "double",
        "register", "static", "auto", "mtx_t", "atomic_flag", "spinlock_t", "__int128",
        "__int128_t", "__uint128_t", "atomic_t",
      ].contains(name)
  }

  /// A type with its stars, as it stands before a name.
  mutating func type() throws(LitmusError) -> LitmusType {
    var words: [String] = []
    var isAtomic = false
    var isVolatile = false
    var depth = 0
    scan: while true {
      switch token.kind {
      case .name("_Atomic"):
        advance()
        isAtomic = true
        if accept("(") {
          let inner = try type()
          words.append(inner.name)
          depth += inner.pointerDepth
          try expect(")")
        }
      case .name("volatile"):
        advance()
        isVolatile = true
      case .name("const"), .name("register"), .name("auto"): advance()
      case .name(let name) where Self.atomicTypes.contains(name):
        advance()
        isAtomic = true
        words.append(name)
      case .name("atomic_t"):
        advance()
        isAtomic = true
        words.append("atomic_int")
      case .name(let name) where Self.integerTypes.contains(name):
        advance()
        words.append(name)
      case .symbol("*"):
        advance()
        depth += 1
      case .name(let name) where words.isEmpty || isTypeStart:
        throw failure("unsupported: type \(name)")
      default: break scan
      }
    }
    guard !words.isEmpty else { throw failure("expected a type, found `\(token.text)`") }
    let name = (isVolatile ? "volatile " : "") + words.joined(separator: " ")
    return LitmusType(name: name, isAtomic: isAtomic, pointerDepth: depth)
  }
}
