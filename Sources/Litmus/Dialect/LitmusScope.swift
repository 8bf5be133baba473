// The types of expressions, and what of them is no C or is not supported.

/// The types of a process's names, and by them those of its expressions.
struct LitmusScope {
  var parameters: [String: LitmusScalar] = [:]
  var locals: [String: LitmusScalar] = [:]

  init() {}

  init(_ process: LitmusProcess) {
    for parameter in process.parameters { parameters[parameter.name] = parameter.type.scalar }
    locals = process.localTypes.mapValues(\.scalar)
  }

  // MARK: types

  /// The type of an expression in which `fault(in:)` finds nothing.
  func scalar(of expression: LitmusExpression) -> LitmusScalar {
    switch expression {
    case .constant(let value):
      return LitmusScalar(integer: LitmusInteger.int.holds(value) ? .int : .long)
    case .variable(let name):
      if let location = parameters[name] {
        return LitmusScalar(integer: location.integer, depth: location.depth + 1)
      }
      return locals[name] ?? .int
    case .load(let address, _), .exchange(let address, _, _), .fetch(_, let address, _, _):
      return scalar(of: address).pointee
    case .compareExchange: return LitmusScalar(integer: .boolean)
    case .unary(.not, _), .both, .either: return .int
    case .unary(_, let inner): return LitmusScalar(integer: scalar(of: inner).integer.promoted)
    case .binary(let operation, let left, let right):
      if operation.isComparison { return .int }
      let (left, right) = (scalar(of: left), scalar(of: right))
      if left.isPointer { return left }
      if right.isPointer { return right }
      return LitmusScalar(
        integer: operation.isShift
          ? left.integer.promoted : left.integer.common(with: right.integer))
    case .conditional(_, let then, let otherwise):
      let (left, right) = (scalar(of: then), scalar(of: otherwise))
      if left.isPointer || right.isPointer { return left.isPointer ? left : right }
      return LitmusScalar(integer: left.integer.common(with: right.integer))
    case .cast(let type, _): return type.scalar
    }
  }

  // MARK: faults

  /// What is wrong with an expression, or `nil`.
  func fault(in expression: LitmusExpression) -> String? {
    switch expression {
    case .constant, .variable: nil
    case .load(let address, _): faultOfAddress(address)
    case .exchange(let address, let value, _): fault(storing: value, at: address)
    case .fetch(let operation, let address, let value, _):
      fault(storing: value, at: address)
        ?? (scalar(of: address).pointee.isPointer || scalar(of: address).integer == .boolean
          ? "unsupported: atomic_fetch_\(operation.rawValue) on \(scalar(of: address).pointee)"
          : nil)
    case .compareExchange(let operands): fault(in: operands)
    case .unary(let operation, let inner):
      fault(in: inner)
        ?? (operation != .not && scalar(of: inner).isPointer
          ? "unsupported: \(operation.rawValue) of an address" : nil)
    case .binary(let operation, let left, let right):
      fault(in: left) ?? fault(in: right) ?? fault(of: operation, left, right)
    case .both(let left, let right), .either(let left, let right):
      fault(in: left) ?? fault(in: right)
    case .conditional(let condition, let then, let otherwise):
      fault(in: condition) ?? fault(in: then) ?? fault(in: otherwise)
        ?? (scalar(of: then).isPointer || scalar(of: otherwise).isPointer
          ? mismatch(then, otherwise) : nil)
    case .cast(let type, let inner):
      fault(in: inner)
        ?? (type.pointerDepth > 0 || scalar(of: inner).isPointer
          ? fault(giving: inner, to: type.scalar) : nil)
    }
  }

  /// What is wrong with a value given to something of a type, or `nil`.
  func fault(giving value: LitmusExpression, to target: LitmusScalar) -> String? {
    if let fault = fault(in: value) { return fault }
    let source = scalar(of: value)
    let fits =
      target.isPointer
      ? source == target || value.isNull : !source.isPointer
    return fits ? nil : "unsupported: conversion of \(source) to \(target)"
  }

  /// What is wrong with a store, or `nil`.
  func fault(storing value: LitmusExpression, at address: LitmusExpression) -> String? {
    faultOfAddress(address) ?? fault(giving: value, to: scalar(of: address).pointee)
  }

  private func faultOfAddress(_ address: LitmusExpression) -> String? {
    if let fault = fault(in: address) { return fault }
    let type = scalar(of: address)
    return type.isPointer ? nil : "unsupported: a value of type \(type) as an address"
  }

  private func fault(in operands: LitmusCompareExchange) -> String? {
    if let fault = fault(storing: operands.desired, at: operands.address) { return fault }
    let target = scalar(of: operands.address).pointee
    let expected: LitmusScalar
    switch operands.expected {
    case .local(let name): expected = scalar(of: .variable(name))
    case .pointer(let pointer):
      if let fault = faultOfAddress(pointer) { return fault }
      expected = scalar(of: pointer).pointee
    }
    return expected == target
      ? nil : "unsupported: \(expected) as what is expected of \(target)"
  }

  private func fault(
    of operation: LitmusOperator, _ left: LitmusExpression, _ right: LitmusExpression
  ) -> String? {
    let (first, second) = (scalar(of: left).isPointer, scalar(of: right).isPointer)
    guard first || second else { return nil }
    switch operation {
    case .equal, .unequal: return mismatch(left, right)
    // Moving by nothing makes a dependency; that it is nothing is checked when it runs.
    case .add where first != second: return nil
    case .subtract where first && !second: return nil
    default: return "unsupported: \(operation.rawValue) on addresses"
    }
  }

  private func mismatch(_ left: LitmusExpression, _ right: LitmusExpression) -> String? {
    let (first, second) = (scalar(of: left), scalar(of: right))
    if first == second || left.isNull || right.isNull { return nil }
    return "unsupported: \(first) together with \(second)"
  }
}

extension LitmusExpression {
  /// Whether it is C's null pointer constant.
  fileprivate var isNull: Bool {
    switch self {
    case .constant(let value): value == 0
    case .cast(_, let inner): inner.isNull
    default: false
    }
  }
}
