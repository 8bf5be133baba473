// A process of a litmus test as it runs: a value that stops at each shared access.
//
// The checker performs the access in its memory and tells the thread what it read. A round of a
// loop that wrote nothing and left every register that is read later as it was is *idle*: the
// same final states, and the same races or more, are reached by the execution without that round,
// so that the checker drops it and a loop that waits needs no bound.

/// Limits of one run of a process.
public struct LitmusLimits: Sendable {
  /// Rounds of one loop that touch shared memory.
  public var loopRounds = defaultLoopRounds
  /// Instructions between two accesses: more is a loop that never ends.
  public var localSteps = 100_000

  /// The limits used when none are given.
  public init() {}

  /// Limits with so many rounds of a loop.
  public init(loopRounds: Int) { self.loopRounds = loopRounds }

  /// The rounds that are followed where nothing else is asked for.
  public static let defaultLoopRounds = 8
  /// The most that may be asked for.
  public static let maximumLoopRounds = 1000
}

struct LitmusThread {
  /// Why the thread stopped.
  enum Stop {
    case operation(LitmusOperation)
    case finished
    /// A loop went on beyond this limit.
    case bounded(String)
    /// A round of a loop changed nothing: this execution is dropped. It never ends if what the
    /// round read stays as it was; `nil` where a compare-exchange failed only spuriously, which it
    /// does not do for ever.
    case idle([LitmusRead]?)
  }

  private struct LoopState {
    var rounds = 0
    var liveValues: [Int] = []
    var wrote = false
    /// What the round read, and whether any round did so much as a fence.
    var reads: [LitmusRead] = []
    var touched = false
    var failedSpuriously = false
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
    loops = Array(repeating: LoopState(), count: code.loopLines.count)
  }

  /// Runs to the next shared access. The access stays pending until `complete`.
  ///
  /// - Throws: `LitmusError` with the line of what C leaves undefined.
  mutating func run(_ code: LitmusCode) throws(LitmusError) -> Stop {
    do throws(LitmusFault) {
      return try advance(code)
    } catch {
      throw LitmusError(path: code.path, line: code.lines[next], message: error.message)
    }
  }

  private mutating func advance(_ code: LitmusCode) throws(LitmusFault) -> Stop {
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
      case .loopBody(let loop):
        if loops[loop].touched, loops[loop].rounds > limits.loopRounds {
          return .bounded(
            "\(limits.loopRounds) rounds of the loop in line \(code.loopLines[loop])")
        }
        next += 1
      case .fence(.relaxed): next += 1
      case let access: return .operation(try operation(access))
      }
    }
    return .bounded(
      "\(limits.localSteps) steps of process \(process) without an access, "
        + "line \(code.lines[min(next, code.lines.count - 1)])")
  }

  /// Tells the outcome of the pending access: what it read, and for a compare-exchange whether
  /// it exchanged.
  mutating func complete(
    _ code: LitmusCode, _ operation: LitmusOperation, read: Int = 0, exchanged: Bool = false
  ) {
    var wrote = false
    var failedSpuriously = false
    switch code.instructions[next] {
    case .load(let register, _, _): registers[register] = read
    case .exchange(let register, _, _, _), .fetch(let register, _, _, _, _):
      registers[register] = read
      wrote = true
    case .compareExchange(let register, let old, _, let expected, _, _, _, let isWeak):
      failedSpuriously = isWeak && !exchanged && (try? evaluate(expected)) == read
      registers[register] = exchanged ? 1 : 0
      registers[old] = read
      wrote = exchanged
    case .store: wrote = true
    default: break
    }
    for loop in loops.indices {
      loops[loop].wrote = loops[loop].wrote || wrote
      loops[loop].touched = true
      loops[loop].failedSpuriously = loops[loop].failedSpuriously || failedSpuriously
      // Kept only as long as the round may still prove idle.
      if loops[loop].wrote {
        loops[loop].reads.removeAll()
      } else if operation.kind.reads {
        loops[loop].reads.append(LitmusRead(location: operation.location, value: read))
      }
    }
    next += 1
  }

  private mutating func round(of loop: Int, live: [Int]) -> Stop? {
    let values = live.map { registers[$0] }
    defer {
      loops[loop].liveValues = values
      loops[loop].wrote = false
      loops[loop].reads = []
      loops[loop].failedSpuriously = false
    }
    loops[loop].rounds += 1
    guard loops[loop].rounds > 1 else { return nil }
    let isIdle = !loops[loop].wrote && loops[loop].liveValues == values
    guard isIdle else { return nil }
    return .idle(loops[loop].failedSpuriously ? nil : loops[loop].reads)
  }

  private func evaluate(_ expression: LitmusPure) throws(LitmusFault) -> Int {
    switch expression {
    case .constant(let value): return value
    case .register(let register): return registers[register]
    case .unary(let operation, let type, let inner):
      return try operation.apply(try evaluate(inner), in: type)
    case .binary(let operation, let type, let left, let right):
      return try operation.apply(try evaluate(left), try evaluate(right), in: type)
    case .convert(let type, let inner): return type.converted(try evaluate(inner))
    case .moved(let address, let distance):
      guard try evaluate(distance) == 0 else {
        throw LitmusFault(message: "unsupported: an address moved away from its location")
      }
      return try evaluate(address)
    }
  }

  private func location(_ address: LitmusPure) throws(LitmusFault) -> Int {
    let value = try evaluate(address)
    let index = value &- LitmusProgram.addressBase
    guard (0..<locationCount).contains(index) else {
      throw LitmusFault(message: "undefined: \(value == 0 ? "null" : "\(value)") as an address")
    }
    return index
  }

  private func operation(
    _ instruction: LitmusInstruction
  ) throws(LitmusFault) -> LitmusOperation {
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
    case .assign, .jump, .jumpIfZero,
      .enterLoop, .loopHead, .loopBody:
      preconditionFailure("not an access")
    }
  }
}
