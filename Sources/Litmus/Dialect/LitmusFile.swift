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
  /// A conversion; also around constants whose type is not that of their value alone (`1u`).
  case cast(LitmusType, LitmusExpression)
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

/// Where a statement stands. All are equal: the place is no part of what a test says.
struct LitmusLine: Equatable, Sendable {
  var number: Int

  static func == (left: LitmusLine, right: LitmusLine) -> Bool { true }
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
  /// The statements from here on stand in this line.
  case line(LitmusLine)
  case leave
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
  /// The types of the locals; one that is not there is an `int`.
  var localTypes: [String: LitmusType] = [:]
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
