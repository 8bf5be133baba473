// Types as they stand before a name, and the blocks that locals live in.

extension LitmusParser {
  var isTypeStart: Bool {
    guard case .name(let name) = token.kind else { return false }
    return LitmusInteger.isPlainName(name) || LitmusInteger.isAtomicName(name)
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
    let line = token.line
    isConstant = false
    scan: while true {
      switch token.kind {
      case .name("_Atomic"):
        advance()
        isAtomic = true
        if accept("(") {
          let inner = try nested { parser throws(LitmusError) in try parser.type() }
          words += inner.name.split(separator: " ").map(String.init)
          depth += inner.pointerDepth
          try expect(")")
        }
      case .name("volatile"):
        advance()
        isVolatile = true
      case .name("const"):
        advance()
        isConstant = true
      case .name("register"), .name("auto"): advance()
      case .name(let name) where LitmusInteger.isAtomicName(name):
        advance()
        isAtomic = true
        words.append(name)
      case .name("atomic_t"):
        advance()
        isAtomic = true
        words.append("atomic_int")
      case .name(let name) where LitmusInteger.isPlainName(name):
        advance()
        words.append(name)
      case .symbol("*"):
        advance()
        depth += 1
        isConstant = false
      case .name(let name) where words.isEmpty || isTypeStart:
        throw failure("unsupported: type \(name)")
      default: break scan
      }
    }
    guard !words.isEmpty else { throw failure("expected a type, found `\(token.text)`") }
    guard let integer = LitmusInteger(named: words) else {
      throw failure("unsupported: type \(words.joined(separator: " "))", line: line)
    }
    let name = (isVolatile ? "volatile " : "") + words.joined(separator: " ")
    return LitmusType(name: name, integer: integer, isAtomic: isAtomic, pointerDepth: depth)
  }

  // MARK: locals

  /// Reads something in a block of its own.
  mutating func inBlock<Result>(
    _ read: (inout LitmusParser) throws(LitmusError) -> Result
  ) throws(LitmusError) -> Result {
    blocks.append([])
    let result = try nested(read)
    for name in blocks.removeLast() { locals[name]!.isVisible = false }
    return result
  }

  /// Names a local. One name is one register: a second local of it must not be seen beside the
  /// first, nor have another type.
  mutating func declare(
    _ name: String, _ type: LitmusType, isConstant: Bool, line: Int
  ) throws(LitmusError) {
    guard scope.parameters[name] == nil else {
      throw failure("unsupported: local \(name) hides a parameter", line: line)
    }
    if let known = locals[name] {
      guard !known.isVisible else {
        throw failure(
          blocks.last!.contains(name)
            ? "local \(name) is declared twice" : "unsupported: local \(name) hides another",
          line: line)
      }
      guard known.type.scalar == type.scalar else {
        throw failure("unsupported: two locals \(name) of different types", line: line)
      }
    }
    locals[name] = Local(type: type, isConstant: isConstant)
    scope.locals[name] = type.scalar
    blocks[blocks.count - 1].append(name)
  }

  /// Registers need no declaration in herd's dialect: the first assignment makes one, with the type
  /// of what it is given.
  mutating func declareImplicitly(_ name: String, _ scalar: LitmusScalar) {
    locals[name] = Local(type: LitmusType(scalar), isConstant: false)
    scope.locals[name] = scalar
    blocks[0].append(name)
  }

  /// Refuses a name that is no local that can be seen here.
  func checkVisible(_ name: String, line: Int) throws(LitmusError) {
    guard let local = locals[name] else {
      throw failure("no local or parameter is named \(name)", line: line)
    }
    guard local.isVisible else {
      throw failure("local \(name) is used outside of its block", line: line)
    }
  }

  /// Refuses what has been read, if something is wrong with its types.
  func check(_ fault: String?, line: Int) throws(LitmusError) {
    if let fault { throw failure(fault, line: line) }
  }
}
