// A litmus test of herd's C dialect as data: what the parser makes, what everything else reads.
//
// The tree keeps the shape of the source, so that it can be printed again as `.litmus` text (for a
// shrunk counterexample) and as C (for the hardware). What it means under a memory model is decided
// elsewhere: `LitmusProgram` flattens it, the checkers run that.

/// The order of an access or a fence, as written in the test.
public enum LitmusOrder: String, Sendable, CaseIterable, Hashable {
  /// A plain or volatile access: not atomic, may race.
  case plain
  /// `memory_order_relaxed`
  case relaxed
  /// `memory_order_acquire`
  case acquire
  /// `memory_order_release`
  case release
  /// `memory_order_acq_rel`
  case acquireRelease
  /// `memory_order_seq_cst`
  case sequentiallyConsistent

  /// Whether a read or fence of this order acquires.
  public var acquires: Bool {
    self == .acquire || self == .acquireRelease || self == .sequentiallyConsistent
  }

  /// Whether a write or fence of this order releases.
  public var releases: Bool {
    self == .release || self == .acquireRelease || self == .sequentiallyConsistent
  }

  /// The name in C; the empty string for a plain access.
  var cName: String {
    switch self {
    case .plain: ""
    case .relaxed: "memory_order_relaxed"
    case .acquire: "memory_order_acquire"
    case .release: "memory_order_release"
    case .acquireRelease: "memory_order_acq_rel"
    case .sequentiallyConsistent: "memory_order_seq_cst"
    }
  }
}

/// The operation of an atomic fetch.
enum LitmusFetch: String, CaseIterable, Sendable {
  case add, sub, or, and, xor

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

  /// The value in 64-bit arithmetic; `nil` where C leaves it undefined.
  func apply(_ left: Int, _ right: Int) -> Int? {
    switch self {
    case .multiply: left &* right
    case .divide: right == 0 ? nil : left.dividedReportingOverflow(by: right).partialValue
    case .remainder:
      right == 0 ? nil : left.remainderReportingOverflow(dividingBy: right).partialValue
    case .add: left &+ right
    case .subtract: left &- right
    case .shiftLeft: (0..<32).contains(right) ? left << right : nil
    case .shiftRight: (0..<32).contains(right) ? left >> right : nil
    case .less: left < right ? 1 : 0
    case .greater: left > right ? 1 : 0
    case .lessOrEqual: left <= right ? 1 : 0
    case .greaterOrEqual: left >= right ? 1 : 0
    case .equal: left == right ? 1 : 0
    case .unequal: left != right ? 1 : 0
    case .and: left & right
    case .xor: left ^ right
    case .or: left | right
    }
  }
}

/// An operator of one operand.
enum LitmusUnary: String, Sendable {
  case negate = "-"
  case not = "!"
  case complement = "~"
}

/// An expression; memory accesses may stand inside.
indirect enum LitmusExpression: Equatable, Sendable {
  case constant(Int)
  /// A local, or a parameter (whose value is the address of a location).
  case variable(String)
  case load(address: LitmusExpression, LitmusOrder)
  case exchange(address: LitmusExpression, LitmusExpression, LitmusOrder)
  case fetch(LitmusFetch, address: LitmusExpression, LitmusExpression, LitmusOrder)
  case compareExchange(LitmusCompareExchange)
  case unary(LitmusUnary, LitmusExpression)
  case binary(LitmusOperator, LitmusExpression, LitmusExpression)
  case both(LitmusExpression, LitmusExpression)
  case either(LitmusExpression, LitmusExpression)
  case conditional(LitmusExpression, LitmusExpression, LitmusExpression)
}

/// The operands of an atomic compare-exchange.
struct LitmusCompareExchange: Equatable, Sendable {
  /// Where the expected value stands: `&local`, or a pointer to a location, accessed plainly.
  enum Expected: Equatable, Sendable {
    case local(String)
    case pointer(LitmusExpression)
  }
  var address: LitmusExpression
  var expected: Expected
  var desired: LitmusExpression
  var success: LitmusOrder
  var failure: LitmusOrder
  /// A weak one may fail although the values are equal.
  var isWeak: Bool
}

/// A statement of a process.
indirect enum LitmusStatement: Equatable, Sendable {
  /// Names a local; without a value it is 0.
  case declare(String, LitmusExpression?)
  case assign(String, LitmusExpression)
  case store(address: LitmusExpression, LitmusExpression, LitmusOrder)
  case fence(LitmusOrder)
  case evaluate(LitmusExpression)
  case branch(LitmusExpression, then: [LitmusStatement], else: [LitmusStatement])
  /// Any loop. `step` runs before the condition is tested again, also after `continue`;
  /// `testsFirst` is false for `do … while`.
  case loop(
    LitmusExpression, body: [LitmusStatement], step: [LitmusStatement], testsFirst: Bool)
  case leaveLoop
  case continueLoop
  case leave
}

/// How a parameter or location is declared.
struct LitmusType: Equatable, Sendable {
  /// The C type behind the pointer, such as `atomic_int`, `volatile int`, `int*`.
  var name: String
  var isAtomic: Bool
  /// Levels of pointer behind the name; a location that holds an address has 1.
  var pointerDepth: Int

  static let plainInt = LitmusType(name: "int", isAtomic: false, pointerDepth: 0)
  static let atomicInt = LitmusType(name: "atomic_int", isAtomic: true, pointerDepth: 0)
}

/// A process: its parameters and its code.
struct LitmusProcess: Equatable, Sendable {
  struct Parameter: Equatable, Sendable {
    var name: String
    /// The type of what the parameter points to.
    var type: LitmusType
  }
  var parameters: [Parameter]
  var body: [LitmusStatement]
}

/// An initial value: a number, or the address of a location.
enum LitmusValue: Equatable, Sendable {
  case number(Int)
  case address(String)
}

/// Something that a final state gives a value to.
public enum LitmusTerm: Hashable, Sendable, CustomStringConvertible {
  /// A local of a process.
  case register(process: Int, name: String)
  /// A shared location.
  case location(String)

  /// As in herd's states: `0:r0`, `x`.
  public var description: String {
    switch self {
    case .register(let process, let name): "\(process):\(name)"
    case .location(let name): name
    }
  }
}

/// A proposition over a final state.
indirect enum LitmusCondition: Equatable, Sendable {
  case truth(Bool)
  case equals(LitmusTerm, LitmusValue)
  case same(LitmusTerm, LitmusTerm)
  case not(LitmusCondition)
  case and(LitmusCondition, LitmusCondition)
  case or(LitmusCondition, LitmusCondition)
  case implies(LitmusCondition, LitmusCondition)
}

/// What the test asks about its final states.
enum LitmusQuantifier: String, Sendable {
  case exists
  case notExists = "~exists"
  case forAll = "forall"
}

/// A litmus test of herd's C dialect.
public struct LitmusFile: Equatable, Sendable {
  /// A shared location with its initial value.
  struct Location: Equatable, Sendable {
    var name: String
    var type: LitmusType
    var initial: LitmusValue
  }

  /// The name after `C`.
  public internal(set) var name: String
  /// Where it was read from, for messages.
  public internal(set) var path: String
  var locations: [Location]
  var registerInitials: [LitmusTerm: LitmusValue]
  var processes: [LitmusProcess]
  /// The `locations […]` list.
  var listed: [LitmusTerm]
  var filter: LitmusCondition?
  var quantifier: LitmusQuantifier
  var condition: LitmusCondition

  /// The number of processes.
  public var processCount: Int { processes.count }
}

/// Why a litmus file was not accepted. Never a verdict: the command line exits with 64.
public struct LitmusError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file as it was named.
  public let path: String
  /// The line, from 1.
  public let line: Int
  /// What is wrong or not supported there.
  public let message: String

  /// `SB.litmus:7: unsupported: goto`.
  public var description: String { "\(path):\(line): \(message)" }
}
