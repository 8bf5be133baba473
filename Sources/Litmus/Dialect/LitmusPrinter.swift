// Prints a process as C: herd's dialect for people and for replay, real C for the hardware.
//
// Real C differs in its accesses (built-in functions), in its declarations, and in names that
// cannot clash. Types are those of the test: the compiler converts as the model does.

/// Prints statements and expressions in one of two styles.
struct LitmusPrinter {
  enum Style {
    /// herd's dialect.
    case litmus
    /// C for the compiler; see `LitmusSource`.
    case compiled
  }

  let style: Style
  let process: LitmusProcess
  private let scope: LitmusScope

  init(style: Style, process: LitmusProcess) {
    self.style = style
    self.process = process
    scope = LitmusScope(process)
  }

  // MARK: statements

  func lines(_ statements: [LitmusStatement], indent: String) -> [String] {
    statements.flatMap { lines($0, indent: indent) }
  }

  private func lines(_ statement: LitmusStatement, indent: String) -> [String] {
    switch statement {
    case .declare(let name, let value):
      // Compiled locals are declared at the top of the function.
      guard style == .litmus else {
        return value.map { ["\(indent)\(local(name)) = \(text($0));"] } ?? []
      }
      let type = process.localTypes[name] ?? .plainInt
      return ["\(indent)\(type.text) \(name)\(value.map { " = \(text($0))" } ?? "");"]
    case .assign(let name, let value): return ["\(indent)\(local(name)) = \(text(value));"]
    case .store(let address, let value, let order):
      return ["\(indent)\(store(address, value, order));"]
    case .fence(let order): return ["\(indent)\(fence(order));"]
    case .evaluate(let expression): return ["\(indent)\(text(expression));"]
    case .branch(let condition, let then, let otherwise):
      var result = ["\(indent)if (\(text(condition))) {"]
      result += lines(then, indent: indent + "  ")
      if !otherwise.isEmpty {
        result.append("\(indent)} else {")
        result += lines(otherwise, indent: indent + "  ")
      }
      return result + ["\(indent)}"]
    case .loop(let condition, let body, let step, let testsFirst):
      return loop(condition, body, step, testsFirst, indent: indent)
    case .line: return []
    case .leaveLoop: return ["\(indent)break;"]
    case .continueLoop: return ["\(indent)continue;"]
    case .leave: return [style == .litmus ? "\(indent)return;" : "\(indent)goto done;"]
    }
  }

  private func loop(
    _ condition: LitmusExpression, _ body: [LitmusStatement], _ step: [LitmusStatement],
    _ testsFirst: Bool, indent: String
  ) -> [String] {
    // On hardware a loop that waits is given up after a while: see `LitmusSource`.
    let patience =
      style == .compiled
      ? ["\(indent)  if (!--patience && is_over(&patience, &deadline)) goto abandoned;"] : []
    let body = patience + lines(body, indent: indent + "  ")
    guard testsFirst else {
      return ["\(indent)do {"] + body + ["\(indent)} while (\(text(condition)));"]
    }
    let steps = step.flatMap { lines($0, indent: "") }.map { String($0.dropLast()) }
    let head =
      step.isEmpty
      ? "while (\(text(condition)))"
      : "for (; \(text(condition)); \(steps.joined(separator: ", ")))"
    return ["\(indent)\(head) {"] + body + ["\(indent)}"]
  }

  // MARK: accesses

  private func store(
    _ address: LitmusExpression, _ value: LitmusExpression, _ order: LitmusOrder
  ) -> String {
    switch (style, order) {
    case (.litmus, .plain): "*\(operand(address)) = \(text(value))"
    case (.litmus, _): "atomic_store_explicit(\(text(address)), \(text(value)), \(order.cName))"
    case (.compiled, .plain): "*\(pointer(address)) = \(text(value))"
    case (.compiled, _):
      "__atomic_store_n(\(pointer(address)), \(text(value)), \(order.builtinName))"
    }
  }

  private func fence(_ order: LitmusOrder) -> String {
    style == .litmus
      ? "atomic_thread_fence(\(order.cName))" : "__atomic_thread_fence(\(order.builtinName))"
  }

  private func load(_ address: LitmusExpression, _ order: LitmusOrder) -> String {
    switch (style, order) {
    case (.litmus, .plain): "*\(operand(address))"
    case (.litmus, _): "atomic_load_explicit(\(text(address)), \(order.cName))"
    case (.compiled, .plain): "*\(pointer(address))"
    case (.compiled, _): "__atomic_load_n(\(pointer(address)), \(order.builtinName))"
    }
  }

  private func update(
    _ name: String, _ address: LitmusExpression, _ value: LitmusExpression, _ order: LitmusOrder
  ) -> String {
    style == .litmus
      ? "atomic_\(name)_explicit(\(text(address)), \(text(value)), \(order.cName))"
      : "__atomic_\(name == "exchange" ? "exchange_n" : name)"
        + "(\(pointer(address)), \(text(value)), \(order.builtinName))"
  }

  private func compareExchange(_ operands: LitmusCompareExchange) -> String {
    let desired = text(operands.desired)
    guard style == .compiled else {
      let expected =
        switch operands.expected {
        case .local(let name): "&\(name)"
        case .pointer(let pointer): text(pointer)
        }
      return "atomic_compare_exchange_\(operands.isWeak ? "weak" : "strong")_explicit("
        + "\(text(operands.address)), \(expected), \(desired), \(operands.success.cName), "
        + "\(operands.failure.cName))"
    }
    let place =
      switch operands.expected {
      case .local(let name): local(name)
      case .pointer(let pointer): "*\(self.pointer(pointer))"
      }
    let type = scope.scalar(of: operands.address).pointee
    return "({ \(type) expected = \(place); "
      + "_Bool exchanged = __atomic_compare_exchange_n(\(pointer(operands.address)), &expected, "
      + "\(desired), \(operands.isWeak ? 1 : 0), \(operands.success.builtinName), "
      + "\(operands.failure.builtinName)); if (!exchanged) \(place) = expected; exchanged; })"
  }

  private func pointer(_ address: LitmusExpression) -> String {
    if case .variable = address { return text(address) }
    return "(\(text(address)))"
  }

  // MARK: expressions

  private func local(_ name: String) -> String { style == .litmus ? name : "v_\(name)" }

  /// An expression in brackets unless it is a name or a number.
  private func operand(_ expression: LitmusExpression) -> String {
    switch expression {
    case .constant(let value) where value >= 0: text(expression)
    case .variable where style == .litmus: text(expression)
    default: "(\(text(expression)))"
    }
  }

  func text(_ expression: LitmusExpression) -> String {
    switch expression {
    case .constant(let value):
      return style == .litmus || LitmusInteger.int.holds(value) ? "\(value)" : "\(value)L"
    case .variable(let name):
      guard style == .compiled, process.parameters.contains(where: { $0.name == name }) else {
        return local(name)
      }
      return "p_\(name)"
    case .load(let address, let order): return load(address, order)
    case .exchange(let address, let value, let order):
      return update("exchange", address, value, order)
    case .fetch(let operation, let address, let value, let order):
      return update("fetch_\(operation.rawValue)", address, value, order)
    case .compareExchange(let operands): return compareExchange(operands)
    case .unary(let operation, let inner): return "\(operation.rawValue)\(operand(inner))"
    case .binary(let operation, let left, let right):
      return "\(operand(left)) \(operation.rawValue) \(operand(right))"
    case .both(let left, let right): return "\(operand(left)) && \(operand(right))"
    case .either(let left, let right): return "\(operand(left)) || \(operand(right))"
    case .cast(let type, let inner):
      return "(\(style == .litmus ? type.text : "\(type.scalar)"))\(operand(inner))"
    case .conditional(let condition, let then, let otherwise):
      return "\(operand(condition)) ? \(operand(then)) : \(operand(otherwise))"
    }
  }
}

extension LitmusOrder {
  /// The constant of the compiler's built-in functions.
  fileprivate var builtinName: String {
    switch self {
    case .plain, .relaxed: "__ATOMIC_RELAXED"
    case .acquire: "__ATOMIC_ACQUIRE"
    case .release: "__ATOMIC_RELEASE"
    case .acquireRelease: "__ATOMIC_ACQ_REL"
    case .sequentiallyConsistent: "__ATOMIC_SEQ_CST"
    }
  }
}

extension LitmusFile {
  /// The test in herd's dialect: it parses to the same test.
  public var litmusText: String {
    var lines = ["C \(name)", "{"]
    for location in locations { lines.append("  \(location.declaration);") }
    let registers = registerInitials.map { "  \($0.key)=\($0.value.text);" }
    lines += registers.sorted() + ["}"]
    for (index, process) in processes.enumerated() {
      let parameters = process.parameters.map {
        "\($0.type.text)* \($0.name)"
      }
      lines.append("P\(index) (\(parameters.joined(separator: ", "))) {")
      lines += LitmusPrinter(style: .litmus, process: process).lines(process.body, indent: "  ")
      lines.append("}")
    }
    if !listed.isEmpty {
      lines.append("locations [\(listed.map { "\($0);" }.joined(separator: " "))]")
    }
    if let filter { lines.append("filter \(filter.text)") }
    lines.append("\(quantifier.rawValue) \(condition.text)")
    return lines.joined(separator: "\n") + "\n"
  }
}

extension LitmusFile.Location {
  fileprivate var declaration: String {
    "\(type.text) \(name) = \(initial.text)"
  }
}

extension LitmusValue {
  var text: String {
    switch self {
    case .number(let number): "\(number)"
    case .address(let name): "&\(name)"
    }
  }
}

extension LitmusCondition {
  /// In herd's syntax, bracketed.
  var text: String {
    switch self {
    case .truth(let truth): "\(truth)"
    case .equals(let term, let value): "\(term)=\(value.text)"
    case .same(let left, .register(let process, let name)): "\(left)=\(process):\(name)"
    case .same(let left, .location(let name)): "\(left)=[\(name)]"
    case .not(let inner): "~(\(inner.text))"
    case .and(let left, let right): "(\(left.text) /\\ \(right.text))"
    case .or(let left, let right): "(\(left.text) \\/ \(right.text))"
    case .implies(let left, let right): "(\(left.text) => \(right.text))"
    }
  }
}
