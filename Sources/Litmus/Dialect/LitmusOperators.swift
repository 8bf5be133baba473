// The operators of C over typed integers. What C leaves undefined is a fault, never a value.

/// The operation of an atomic fetch.
enum LitmusFetch: String, CaseIterable, Sendable {
  case add, sub, or, and, xor

  /// Atomic arithmetic wraps: the caller converts to the type of the location.
  func apply(_ old: Int, _ operand: Int) -> Int {
    switch self {
    case .add: old &+ operand
    case .sub: old &- operand
    case .or: old | operand
    case .and: old & operand
    case .xor: old ^ operand
    }
  }
}

/// A binary operator without short circuit.
enum LitmusOperator: String, CaseIterable, Sendable {
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case add = "+"
  case subtract = "-"
  case shiftLeft = "<<"
  case shiftRight = ">>"
  case less = "<"
  case greater = ">"
  case lessOrEqual = "<="
  case greaterOrEqual = ">="
  case equal = "=="
  case unequal = "!="
  case and = "&"
  case xor = "^"
  case or = "|"

  var isComparison: Bool {
    switch self {
    case .less, .greater, .lessOrEqual, .greaterOrEqual, .equal, .unequal: true
    default: false
    }
  }

  var isShift: Bool { self == .shiftLeft || self == .shiftRight }

  /// The value, with both operands of `type`; of a shift only the left one.
  func apply(_ left: Int, _ right: Int, in type: LitmusInteger) throws(LitmusFault) -> Int {
    if isComparison { return compare(left, right, isUnsigned: type == .unsignedLong) ? 1 : 0 }
    switch self {
    case .and: return left & right
    case .or: return left | right
    case .xor: return left ^ right
    case .shiftLeft, .shiftRight: return try shift(left, right, in: type)
    case .divide, .remainder:
      if right == 0 { throw LitmusFault(message: "undefined: division by zero") }
    default: break
    }
    return try type.isSigned
      ? signed(left, right, in: type) : type.converted(wrapping(left, right))
  }

  private func compare(_ left: Int, _ right: Int, isUnsigned: Bool) -> Bool {
    // The same order for bits without a sign: the uppermost turned over.
    let (left, right) = isUnsigned ? (left ^ Int.min, right ^ Int.min) : (left, right)
    return switch self {
    case .less: left < right
    case .greater: left > right
    case .lessOrEqual: left <= right
    case .greaterOrEqual: left >= right
    case .equal: left == right
    default: left != right
    }
  }

  private func shift(_ left: Int, _ by: Int, in type: LitmusInteger) throws(LitmusFault) -> Int {
    guard (0..<type.bits).contains(by) else {
      throw LitmusFault(message: "undefined: shift of \(type.name) by \(by)")
    }
    if self == .shiftRight {
      return type == .unsignedLong
        ? Int(bitPattern: UInt(bitPattern: left) >> UInt(by)) : left >> by
    }
    let value = type.converted(left << by)
    if type.isSigned, left < 0 || value >> by != left {
      throw LitmusFault(message: "undefined: signed overflow: \(left) << \(by)")
    }
    return value
  }

  private func signed(
    _ left: Int, _ right: Int, in type: LitmusInteger
  ) throws(LitmusFault) -> Int {
    let (value, overflow) =
      switch self {
      case .add: left.addingReportingOverflow(right)
      case .subtract: left.subtractingReportingOverflow(right)
      case .multiply: left.multipliedReportingOverflow(by: right)
      case .divide: left.dividedReportingOverflow(by: right)
      // The remainder of what overflows is as undefined as its quotient.
      default:
        (
          left.remainderReportingOverflow(dividingBy: right).partialValue,
          right == -1 && left == type.converted(1 << (type.bits - 1))
        )
      }
    guard !overflow, type.holds(value) else {
      throw LitmusFault(message: "undefined: signed overflow: \(left) \(rawValue) \(right)")
    }
    return value
  }

  private func wrapping(_ left: Int, _ right: Int) -> Int {
    let (a, b) = (UInt(bitPattern: left), UInt(bitPattern: right))
    let value =
      switch self {
      case .add: a &+ b
      case .subtract: a &- b
      case .multiply: a &* b
      case .divide: a / b
      default: a % b
      }
    return Int(bitPattern: value)
  }
}

/// An operator of one operand.
enum LitmusUnary: String, Sendable {
  case negate = "-"
  case not = "!"
  case complement = "~"

  /// The value, with the operand of `type`.
  func apply(_ value: Int, in type: LitmusInteger) throws(LitmusFault) -> Int {
    switch self {
    case .negate: return try LitmusOperator.subtract.apply(0, value, in: type)
    case .not: return value == 0 ? 1 : 0
    case .complement: return type.converted(~value)
    }
  }
}
