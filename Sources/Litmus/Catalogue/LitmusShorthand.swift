// Expands the one-line notation of the catalogue to herd's C dialect. Its input is this module's
// own: what does not fit the notation is a mistake of the catalogue, and traps.

enum LitmusShorthand {
  static func expand(name: String, _ program: String, _ outcome: String) -> String {
    let processes = program.split(separator: "|").map { text in
      text.drop { $0 != ":" }.dropFirst().split(separator: ";").map {
        $0.filter { $0 != " " }
      }
    }
    var plain: Set<Character> = []
    var names: Set<Character> = []
    for statement in processes.joined() {
      guard let location = location(of: statement) else { continue }
      names.insert(location)
      if statement.hasSuffix(".na") { plain.insert(location) }
    }
    let parameters = names.sorted().map { "\(plain.contains($0) ? "int" : "atomic_int")* \($0)" }
      .joined(separator: ", ")
    var lines = ["C \(name)", "{ }"]
    for (index, statements) in processes.enumerated() {
      lines.append("P\(index) (\(parameters)) {")
      lines += statements.map { "  " + expand($0) }
      lines.append("}")
    }
    lines.append("exists (\(outcome.replacing("&", with: "/\\")))")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The location a statement accesses: the letter after `W`, `R` or the bracket of an update.
  private static func location(of statement: String) -> Character? {
    let body = unconditional(statement).statement
    if body.hasPrefix("W") { return body.dropFirst().first }
    guard let value = body.split(separator: "=").dropFirst().first else { return nil }
    if value.hasPrefix("R") { return value.dropFirst().first }
    return value.drop { $0 != "(" }.dropFirst().first
  }

  private static func unconditional(_ text: String) -> (condition: String?, statement: String) {
    guard text.hasPrefix("if"), let end = text.firstIndex(of: ")") else { return (nil, text) }
    return (String(text[...end]), String(text[text.index(after: end)...]))
  }

  private static func expand(_ text: String) -> String {
    let (condition, statement) = unconditional(text)
    guard let condition else { return simple(statement, declaring: true) }
    let guarded = "\(condition) { \(simple(statement, declaring: false)) }"
    guard !statement.hasPrefix("W"), let register = statement.split(separator: "=").first else {
      return guarded
    }
    // 9: a value that no test writes, for "not read at all".
    return "int \(register) = 9; \(guarded)"
  }

  private static func simple(_ text: String, declaring: Bool) -> String {
    let dot = text.firstIndex(of: ".")!
    let body = text[..<dot]
    let suffix = text[text.index(after: dot)...].split(separator: "[")
    let order = orders[String(suffix[0])]!
    if body == "F" { return "atomic_thread_fence(\(order));" }
    let sides = body.split(separator: "=", maxSplits: 1).map(String.init)
    if body.hasPrefix("W") {
      let location = sides[0].dropFirst()
      return order.isEmpty
        ? "*\(location) = \(sides[1]);"
        : "atomic_store_explicit(\(location), \(sides[1]), \(order));"
    }
    let target = (declaring ? "int " : "") + sides[0]
    if sides[1].hasPrefix("R") {
      var location = String(sides[1].dropFirst())
      if suffix.count > 1 {
        let register = suffix[1].drop { $0 != ":" }.dropFirst().dropLast()
        location += " + (\(register) ^ \(register))"
      }
      return order.isEmpty
        ? "\(target) = *\(location);" : "\(target) = atomic_load_explicit(\(location), \(order));"
    }
    let name = sides[1].hasPrefix("XCHG") ? "exchange" : "fetch_add"
    let operands = sides[1].drop { $0 != "(" }.dropFirst().dropLast()
    return "\(target) = atomic_\(name)_explicit(\(operands), \(order));"
  }

  private static let orders = [
    "na": "", "rlx": "memory_order_relaxed", "acq": "memory_order_acquire",
    "rel": "memory_order_release", "ar": "memory_order_acq_rel", "sc": "memory_order_seq_cst",
  ]
}
