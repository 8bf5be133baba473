// Words of herd's C dialect, with the line each stands on.
//
// Comments go here: `(* … *)` of herd (they nest), `/* … */` and `//` of C. `(*` opens a comment
// only outside the bodies of processes: inside, `(*x)` is C.

struct LitmusToken: Equatable {
  enum Kind: Equatable {
    case name(String)
    case number(Int)
    case string(String)
    /// An operator or a bracket.
    case symbol(String)
    case end
  }
  var kind: Kind
  var line: Int
  /// Of a number: its type in C, where that does not follow from its value alone.
  var numberType: LitmusInteger?

  /// For messages.
  var text: String {
    switch kind {
    case .name(let name): name
    case .number(let value): String(value)
    case .string(let text): "\"\(text)\""
    case .symbol(let symbol): symbol
    case .end: "end of file"
    }
  }
}

struct LitmusLexer {
  /// Longest first: the first that fits is taken.
  private static let symbols = [
    "<<=", ">>=",
    "/\\", "\\/", "=>", "<>", "==", "!=", "<=", ">=", "<<", ">>", "&&", "||", "++", "--",
    "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "->",
    "{", "}", "(", ")", "[", "]", ";", ",", ":", "?", "=", "<", ">", "+", "-", "*", "/", "%",
    "&", "|", "^", "!", "~", ".", "#",
  ].map { Array($0.utf8) }

  private let bytes: [UInt8]
  private let path: String
  private var index = 0
  private var line = 1
  /// Depth of braces: comments of herd are recognised outside of braces and in the initial state.
  private var insideProcess = false

  init(_ text: String, path: String) {
    bytes = Array(text.utf8)
    self.path = path
  }

  /// All words. The first line, `C name`, is not among them: it is returned apart, since names
  /// of tests contain anything but blanks.
  mutating func tokens() throws(LitmusError) -> (name: String, tokens: [LitmusToken]) {
    let name = try header()
    var result: [LitmusToken] = []
    var depth = 0
    var openings = 0
    while let token = try next() {
      if token.kind == .symbol("{") {
        if depth == 0 { openings += 1 }
        depth += 1
      } else if token.kind == .symbol("}") {
        depth -= 1
      }
      // The first braces are the initial state; the bodies of the processes follow.
      insideProcess = depth > 0 && openings > 1
      result.append(token)
    }
    result.append(LitmusToken(kind: .end, line: line))
    return (name, result)
  }

  /// The words of a condition alone.
  mutating func words() throws(LitmusError) -> [LitmusToken] {
    var result: [LitmusToken] = []
    while let token = try next() { result.append(token) }
    result.append(LitmusToken(kind: .end, line: line))
    return result
  }

  private func failure(_ message: String) -> LitmusError {
    LitmusError(path: path, line: line, message: message)
  }

  private mutating func header() throws(LitmusError) -> String {
    // The mark that some editors put in front of UTF-8.
    if starts(with: [0xEF, 0xBB, 0xBF]) { index += 3 }
    try skipBlanks()
    let words = restOfLine().split(separator: " ").map(String.init)
    guard words.count >= 2 else { throw failure("expected `C name` on the first line") }
    guard words[0] == "C" else {
      throw failure("unsupported: architecture \(words[0]), only the C dialect is read")
    }
    try skipPreamble()
    return words[1]
  }

  /// Skips what may stand between the name and the initial state: strings and `Key=value` lines.
  private mutating func skipPreamble() throws(LitmusError) {
    while true {
      try skipBlanks()
      guard index < bytes.count, bytes[index] != UInt8(ascii: "{") else { return }
      if bytes[index] == UInt8(ascii: "\"") {
        _ = try string()
        continue
      }
      let text = restOfLine()
      let key = text.prefix { $0 != "=" }
      guard key.count < text.count, key.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
      else { throw failure("unsupported: `\(text)` before the initial state") }
      if key == "Variant" { throw failure("unsupported: \(text)") }
    }
  }

  private mutating func restOfLine() -> String {
    let start = index
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
    return String(decoding: bytes[start..<index], as: UTF8.self)
      .replacing("\t", with: " ").replacing("\r", with: " ")
  }

  private func starts(with text: [UInt8]) -> Bool {
    index + text.count <= bytes.count && bytes[index..<index + text.count].elementsEqual(text)
  }

  private func starts(with text: StaticString) -> Bool {
    starts(with: Array(text.description.utf8))
  }

  private mutating func skipBlanks() throws(LitmusError) {
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\n") {
        line += 1
        index += 1
      } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
        || byte == UInt8(ascii: "\r")
      {
        index += 1
      } else if starts(with: "//") {
        _ = restOfLine()
      } else if starts(with: "/*") {
        try skipComment(opening: nil, closing: "*/")
      } else if !insideProcess, starts(with: "(*") {
        try skipComment(opening: "(*", closing: "*)")
      } else {
        return
      }
    }
  }

  private mutating func skipComment(
    opening: StaticString?, closing: StaticString
  ) throws(LitmusError) {
    let start = line
    var depth = 1
    index += 2
    while depth > 0 {
      guard index < bytes.count else {
        throw LitmusError(path: path, line: start, message: "comment without end")
      }
      if let opening, starts(with: opening) {
        depth += 1
        index += 2
      } else if starts(with: closing) {
        depth -= 1
        index += 2
      } else {
        if bytes[index] == UInt8(ascii: "\n") { line += 1 }
        index += 1
      }
    }
  }

  private static func isNameStart(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private mutating func next() throws(LitmusError) -> LitmusToken? {
    try skipBlanks()
    guard index < bytes.count else { return nil }
    let start = index
    let byte = bytes[index]
    if Self.isNameStart(byte) {
      while index < bytes.count, Self.isNameStart(bytes[index]) || Self.isDigit(bytes[index]) {
        index += 1
      }
      return LitmusToken(
        kind: .name(String(decoding: bytes[start..<index], as: UTF8.self)), line: line)
    }
    if Self.isDigit(byte) { return try number() }
    if byte == UInt8(ascii: "\"") { return try string() }
    for symbol in Self.symbols where starts(with: symbol) {
      index += symbol.count
      return LitmusToken(
        kind: .symbol(String(decoding: symbol, as: UTF8.self)), line: line)
    }
    throw failure("unexpected character `\(Character(UnicodeScalar(byte)))`")
  }

  private mutating func number() throws(LitmusError) -> LitmusToken {
    let start = index
    while index < bytes.count, Self.isNameStart(bytes[index]) || Self.isDigit(bytes[index]) {
      index += 1
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    var digits = text.lowercased()
    let suffix = digits.drop { !"ul".contains($0) }
    digits.removeLast(suffix.count)
    let value: Int? =
      if digits.hasPrefix("0x") {
        Int(digits.dropFirst(2), radix: 16)
      } else if digits.hasPrefix("0b") {
        Int(digits.dropFirst(2), radix: 2)
      } else if digits.count > 1, digits.hasPrefix("0") {
        Int(digits, radix: 8)
      } else {
        Int(digits)
      }
    guard let value, ["", "u", "l", "ll", "ul", "ull", "lu", "llu"].contains(suffix) else {
      throw failure("not a number that fits in 63 bits: \(text)")
    }
    let isDecimal = digits == "0" || !digits.hasPrefix("0")
    return LitmusToken(
      kind: .number(value), line: line,
      numberType: Self.type(of: value, isDecimal: isDecimal, suffix: String(suffix)))
  }

  /// The type where it is another than the first of `int` and `long` that holds the value.
  private static func type(of value: Int, isDecimal: Bool, suffix: String) -> LitmusInteger? {
    if suffix.contains("u") {
      return LitmusInteger.unsigned.holds(value) && !suffix.contains("l")
        ? .unsigned : .unsignedLong
    }
    if suffix.contains("l") { return .long }
    let needsSign = isDecimal || LitmusInteger.int.holds(value)
    return !needsSign && LitmusInteger.unsigned.holds(value) ? .unsigned : nil
  }

  private mutating func string() throws(LitmusError) -> LitmusToken {
    let first = line
    index += 1
    let start = index
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      if bytes[index] == UInt8(ascii: "\n") { line += 1 }
      index += 1
    }
    guard index < bytes.count else {
      throw LitmusError(path: path, line: first, message: "string without end")
    }
    defer { index += 1 }
    return LitmusToken(
      kind: .string(String(decoding: bytes[start..<index], as: UTF8.self)), line: first)
  }
}
