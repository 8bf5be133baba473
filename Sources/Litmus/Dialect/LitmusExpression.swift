// What an expression is made of, and what evaluating it touches.

extension LitmusExpression {
  private var parts: [LitmusExpression] {
    switch self {
    case .constant, .variable: []
    case .load(let address, _): [address]
    case .exchange(let address, let value, _), .fetch(_, let address, let value, _):
      [address, value]
    case .compareExchange(let operands):
      if case .pointer(let pointer) = operands.expected {
        [operands.address, pointer, operands.desired]
      } else {
        [operands.address, operands.desired]
      }
    case .unary(_, let inner), .cast(_, let inner): [inner]
    case .binary(_, let left, let right), .both(let left, let right), .either(let left, let right):
      [left, right]
    case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
    }
  }

  /// The locals that its compare-exchanges change.
  var changedLocals: Set<String> {
    var result = parts.reduce(into: Set<String>()) { $0.formUnion($1.changedLocals) }
    if case .compareExchange(let operands) = self, case .local(let name) = operands.expected {
      result.insert(name)
    }
    return result
  }

  /// Whether it reads or changes a local.
  func names(_ local: String) -> Bool {
    if case .variable(local) = self { return true }
    if case .compareExchange(let operands) = self, operands.expected == .local(local) {
      return true
    }
    return parts.contains { $0.names(local) }
  }

  /// Whether evaluating it touches shared memory.
  var accessesMemory: Bool {
    switch self {
    case .load, .exchange, .fetch, .compareExchange: true
    default: parts.contains(where: \.accessesMemory)
    }
  }

  /// Whether its only accesses are plain loads.
  var readsOnlyPlainly: Bool {
    switch self {
    case .exchange, .fetch, .compareExchange: false
    case .load(let address, let order): order == .plain && address.readsOnlyPlainly
    default: parts.allSatisfy(\.readsOnlyPlainly)
    }
  }
}
