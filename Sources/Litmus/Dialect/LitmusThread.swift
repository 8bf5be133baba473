// A process of a litmus test as it runs: a value that stops at each shared access.
//
// The checker performs the access in its memory and tells the thread what it read. A round of a
// loop that wrote nothing and left every register that is read later as it was is *idle*: the
// same final states, and the same races or more, are reached by the execution without that round,
// so that the checker drops it and a loop that waits needs no bound.

/// A shared access, ready to be performed.
struct LitmusOperation: Sendable, Equatable {
  /// What it does.
  enum Kind: Sendable, Equatable {
    /// Reads.
    case load
    /// Writes the value.
    case store(Int)
    /// Reads and writes `update.applied(to:)` what it read.
    case update(LitmusUpdate)
    /// Reads; writes `desired` if it read `expected`, else is only a load of order `failure`.
    case compareExchange(expected: Int, desired: Int, failure: LitmusOrder, isWeak: Bool)
    /// Orders only.
    case fence
  }
  /// What it does.
  var kind: Kind
  /// The index of the location; -1 for a fence.
  var location: Int
  /// The order; of a compare-exchange, that of its success.
  var order: LitmusOrder
}

/// What a read-modify-write writes.
enum LitmusUpdate: Sendable, Equatable {
  /// This value, whatever was there.
  case exchange(Int)
  /// The old value combined with an operand.
  case combine(LitmusFetch, Int)

  /// The value after.
  func applied(to old: Int) -> Int {
    switch self {
    case .exchange(let value): value
    case .combine(let operation, let operand): operation.apply(old, operand)
    }
  }
}

/// A test that does what C leaves undefined, apart from races: it has no verdict.
public enum LitmusRunError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A value that is no address was used as one.
  case notAnAddress(process: Int, value: Int)
  /// A division by zero or a shift out of range.
  case undefinedArithmetic(process: Int)

  /// For people.
  public var description: String {
    switch self {
    case .notAnAddress(let process, let value):
      "process \(process) uses \(value) as an address"
    case .undefinedArithmetic(let process):
      "process \(process) divides by zero or shifts out of range"
    }
  }
}

/// Limits of one run of a process.
public struct LitmusLimits: Sendable {
  /// Rounds of one loop that touch shared memory.
  public var loopRounds = 8
  /// Instructions between two accesses: more is a loop that never ends.
  public var localSteps = 100_000

  /// The limits used when none are given.
  public init() {}
}

struct LitmusThread {
  /// Why the thread stopped.
  enum Stop {
    case operation(LitmusOperation)
    case finished
    /// A loop went on beyond the limit.
    case bounded
    /// A round of a loop changed nothing: this execution is dropped.
    case idle
  }

  private struct LoopState {
    var rounds = 0
    var liveValues: [Int] = []
    var wrote = false
    var read = false
  }

  private let process: Int
  private let limits: LitmusLimits
  private let locationCount: Int
  private var next = 0
  private(set) var registers: [Int]
  private var loops: [LoopState]

  init(_ code: LitmusCode, process: Int, limits: LitmusLimits) {
    self.process = process
    self.limits = limits
    locationCount = code.locationCount
    registers = code.initialRegisters
    loops = Array(repeating: LoopState(), count: code.loopCount)
  }

  /// Runs to the next shared access. The access stays pending until `complete`.
  mutating func run(_ code: LitmusCode) throws(LitmusRunError) -> Stop {
    for _ in 0..<limits.localSteps {
      guard next < code.instructions.count else { return .finished }
      switch code.instructions[next] {
      case .assign(let register, let value):
        registers[register] = try evaluate(value)
        next += 1
      case .jump(let target): next = target
      case .jumpIfZero(let condition, let target):
        next = try evaluate(condition) == 0 ? target : next + 1
      case .enterLoop(let loop):
        loops[loop] = LoopState()
        next += 1
      case .loopHead(let loop):
        if let stop = round(of: loop, live: code.liveAtHead[loop]) { return stop }
        next += 1
      case .fence(.relaxed): next += 1
      case let access: return .operation(try operation(access))
      }
    }
    return .bounded
  }

  /// Tells the outcome of the pending access: what it read, and for a compare-exchange whether
  /// it exchanged.
  mutating func complete(_ code: LitmusCode, read: Int = 0, exchanged: Bool = false) {
    var wrote = false
    switch code.instructions[next] {
    case .load(let register, _, _): registers[register] = read
    case .exchange(let register, _, _, _), .fetch(let register, _, _, _, _):
      registers[register] = read
      wrote = true
    case .compareExchange(let register, let old, _, _, _, _, _, _):
      registers[register] = exchanged ? 1 : 0
      registers[old] = read
      wrote = exchanged
    case .store: wrote = true
    default: break
    }
    for loop in loops.indices {
      loops[loop].wrote = loops[loop].wrote || wrote
      loops[loop].read = true
    }
    next += 1
  }

  private mutating func round(of loop: Int, live: [Int]) -> Stop? {
    let values = live.map { registers[$0] }
    defer {
      loops[loop].liveValues = values
      loops[loop].wrote = false
      loops[loop].read = false
    }
    loops[loop].rounds += 1
    guard loops[loop].rounds > 1 else { return nil }
    if !loops[loop].wrote, loops[loop].liveValues == values { return .idle }
    if loops[loop].read, loops[loop].rounds > limits.loopRounds { return .bounded }
    return nil
  }

  private func evaluate(_ expression: LitmusPure) throws(LitmusRunError) -> Int {
    switch expression {
    case .constant(let value): return value
    case .register(let register): return registers[register]
    case .unary(let operation, let inner):
      let value = try evaluate(inner)
      switch operation {
      case .negate: return 0 &- value
      case .not: return value == 0 ? 1 : 0
      case .complement: return ~value
      }
    case .binary(let operation, let left, let right):
      guard let value = operation.apply(try evaluate(left), try evaluate(right)) else {
        throw .undefinedArithmetic(process: process)
      }
      return value
    }
  }

  private func location(_ address: LitmusPure) throws(LitmusRunError) -> Int {
    let value = try evaluate(address)
    let index = value &- LitmusProgram.addressBase
    guard (0..<locationCount).contains(index) else {
      throw .notAnAddress(process: process, value: value)
    }
    return index
  }

  private func operation(
    _ instruction: LitmusInstruction
  ) throws(LitmusRunError) -> LitmusOperation {
    switch instruction {
    case .load(_, let address, let order):
      return LitmusOperation(kind: .load, location: try location(address), order: order)
    case .store(let address, let value, let order):
      return LitmusOperation(
        kind: .store(try evaluate(value)), location: try location(address), order: order)
    case .exchange(_, let address, let value, let order):
      return LitmusOperation(
        kind: .update(.exchange(try evaluate(value))), location: try location(address),
        order: order)
    case .fetch(_, let operation, let address, let value, let order):
      return LitmusOperation(
        kind: .update(.combine(operation, try evaluate(value))),
        location: try location(address), order: order)
    case .compareExchange(
      _, _, let address, let expected, let desired, let success, let failure,
      let isWeak):
      return LitmusOperation(
        kind: .compareExchange(
          expected: try evaluate(expected), desired: try evaluate(desired), failure: failure,
          isWeak: isWeak),
        location: try location(address), order: success)
    case .fence(let order): return LitmusOperation(kind: .fence, location: -1, order: order)
    case .assign, .jump, .jumpIfZero, .enterLoop, .loopHead:
      preconditionFailure("not an access")
    }
  }
}
