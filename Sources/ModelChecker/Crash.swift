// Death at any step: a process is killed before one of its operations, and part of what it stored
// may be missing.
//
// Stores of executed instructions stay in memory after a kill. But the compiler may have moved
// plain and relaxed stores, so what survives is any set of the victim's stores that is closed
// under the order that its release stores, release fences and read-modify-writes impose, not only
// a prefix of its program. Here a store that does not survive never happens for anybody else: the
// victim reads its own value back, and at the next operation that would have ordered the store
// the branch is given up as impossible. So each case is a program of its own under RC11: a victim,
// an operation before which it dies, and a set of stores that were still held back.
//
// A recovery is a process with `start: .afterEnd(of: [victim])`: it runs on what remains, beside
// the survivors, and may be killed as well.

/// One kill.
public struct Kill: Hashable, Sendable, CustomStringConvertible {
  /// Who dies.
  public var victim: Int
  /// The number of the operation before which it dies, from 0; a read-modify-write is one.
  public var operation: Int
  /// Bit i: the store that is operation `operation - 1 - i` does not survive.
  public var lostStores: UInt64

  /// Makes a kill.
  public init(victim: Int, operation: Int, lostStores: UInt64 = 0) {
    self.victim = victim
    self.operation = operation
    self.lostStores = lostStores
  }

  /// As in replay strings: `k0@5/3`.
  public var description: String { "k\(victim)@\(operation)/\(lostStores)" }

  init?(_ word: some StringProtocol) {
    guard word.first == "k" else { return nil }
    let parts = word.dropFirst().split { $0 == "@" || $0 == "/" }
    guard parts.count == 3, let victim = Int(parts[0]), let operation = Int(parts[1]),
      let lost = UInt64(parts[2])
    else { return nil }
    self.init(victim: victim, operation: operation, lostStores: lost)
  }
}

/// The result of exploring a program with kills.
public struct CrashReport: Sendable {
  /// All explorations together; its extent is complete only if each one's is.
  public internal(set) var total = ExplorationReport()
  /// Cases explored: a victim, an operation, a set of lost stores.
  public internal(set) var cases = 0
  /// Operations before which each victim was killed, by victim.
  public internal(set) var killPoints: [Int: Int] = [:]
}

/// What a process that may be killed remembers of itself.
struct CrashState {
  var kill: Kill
  /// Operations done or pretended.
  var operation = 0
  /// Stores held back: only the victim sees them.
  var heldLocations: [Int32] = []
  var heldValues: [UInt64] = []
  /// Bit i: the store that is operation `kill.operation - 1 - i` is ordered by nothing yet.
  var window: UInt64 = 0
  /// It died in this execution.
  var isDead = false

  mutating func restart() {
    operation = 0
    heldLocations.removeAll(keepingCapacity: true)
    heldValues.removeAll(keepingCapacity: true)
    window = 0
    isDead = false
  }
}

enum CrashVerdict {
  case execute
  /// The operation concerns only the victim itself; its result.
  case pretend(UInt64)
  case die
  /// This set of lost stores cannot be.
  case impossible
}

extension Machine {
  /// On a fibre: what becomes of the next operation of a process that is to be killed.
  func crashVerdict(_ process: Int, _ request: Request) -> CrashVerdict {
    guard let slot = crashSlots[process] else { return .execute }
    if request.kind == .store && request.flags.contains(.exclusive) {
      // The second half of a read-modify-write whose first half was executed.
      return .execute
    }
    let kill = crashes[slot].kill
    let operation = crashes[slot].operation
    if operation == kill.operation { return .die }
    crashes[slot].operation = operation + 1
    let isUpdate = !request.flags.isDisjoint(with: [.exclusive, .conditional])
    let distance = kill.operation - 1 - operation
    let bit: UInt64 = distance < 64 ? 1 << UInt64(distance) : 0
    let isFree = request.kind == .store && !isUpdate && !request.order.releases
    if request.kind != .choice && request.order.releases && (request.kind != .load || isUpdate) {
      // Everything before it was executed.
      if !crashes[slot].heldLocations.isEmpty { return .impossible }
      crashes[slot].window = 0
    }
    if kill.lostStores & bit != 0 {
      guard isFree else { return .impossible }
      forget(slot, request.location)
      crashes[slot].heldLocations.append(request.location)
      crashes[slot].heldValues.append(request.value)
      return .pretend(0)
    }
    if isFree { crashes[slot].window |= bit }
    guard let held = crashes[slot].heldLocations.firstIndex(of: request.location) else {
      return .execute
    }
    if isUpdate { return .impossible }
    if request.kind == .store {
      forget(slot, request.location)
      return .execute
    }
    return .pretend(crashes[slot].heldValues[held])
  }

  /// A store that a later one to the same place has replaced.
  private func forget(_ slot: Int, _ location: Int32) {
    if let held = crashes[slot].heldLocations.firstIndex(of: location) {
      crashes[slot].heldLocations.remove(at: held)
      crashes[slot].heldValues.remove(at: held)
    }
  }

  /// At the end of an execution: whether every kill took place; notes what might be lost at each.
  func everyVictimDied() -> Bool {
    for crash in crashes where !crash.isDead { return false }
    if let last = crashes.last { windows.insert(last.window) }
    return true
  }
}

extension Explorer {
  /// The largest number of unordered stores before a kill whose every subset is tried.
  private static var maximumWindow: Int { 10 }
  /// No modelled process is that long; a limit all the same.
  private static var maximumKillPoint: Int { 4096 }

  /// Explores a program without kills, then with each victim killed before each operation.
  ///
  /// - Parameters:
  ///   - victims: the processes that may die, of a recovery too.
  ///   - maximumKills: how many of them die in one execution (one or two).
  public func exploreCrashes(
    _ program: ModelProgram, victims: [Int], maximumKills: Int = 1
  ) -> CrashReport {
    var report = CrashReport()
    let outcome = run(program, kills: [], &report)
    if !outcome.isStopped {
      _ = extend(program, kills: [], victims: victims, left: maximumKills, &report)
    }
    return report
  }

  /// Adds one more kill to those given. Returns false to stop.
  private func extend(
    _ program: ModelProgram, kills: [Kill], victims: [Int], left: Int, _ report: inout CrashReport
  ) -> Bool {
    guard left > 0 else { return true }
    for (number, victim) in victims.enumerated() {
      let later = Array(victims.dropFirst(number + 1))
      for operation in 0...Self.maximumKillPoint {
        let kill = Kill(victim: victim, operation: operation)
        let outcome = run(program, kills: kills + [kill], &report)
        if outcome.isStopped { return false }
        if outcome.windows.isEmpty { break }
        report.killPoints[victim] = max(report.killPoints[victim] ?? 0, operation + 1)
        if !extend(program, kills: kills + [kill], victims: later, left: left - 1, &report) {
          return false
        }
        for lost in lostSets(outcome.windows, &report) {
          let partial = Kill(victim: victim, operation: operation, lostStores: lost)
          if run(program, kills: kills + [partial], &report).isStopped { return false }
          if !extend(program, kills: kills + [partial], victims: later, left: left - 1, &report) {
            return false
          }
        }
      }
    }
    return true
  }

  /// Every non-empty subset of what might be lost.
  private func lostSets(_ windows: Set<UInt64>, _ report: inout CrashReport) -> [UInt64] {
    var result: Set<UInt64> = []
    for window in windows {
      if window.nonzeroBitCount > Self.maximumWindow {
        report.total.extent = .bounded("more than \(Self.maximumWindow) unordered stores at a kill")
        for bit in 0..<64 where window >> UInt64(bit) & 1 == 1 { result.insert(1 << UInt64(bit)) }
        continue
      }
      var subset = window
      while subset != 0 {
        result.insert(subset)
        subset = (subset - 1) & window
      }
    }
    return result.sorted()
  }

  private func run(
    _ program: ModelProgram, kills: [Kill], _ report: inout CrashReport
  ) -> (isStopped: Bool, windows: Set<UInt64>) {
    var killed = options
    killed.kills = kills
    if options.maximumSeconds.isFinite {
      killed.maximumSeconds = max(0, options.maximumSeconds - report.total.seconds)
    }
    let machine = Machine(program: program, options: killed)
    defer { machine.close() }
    machine.run(nil)
    report.cases += 1
    report.total.merge(machine.report)
    return (
      report.total.extent == .stoppedAtFailure
        || report.total.seconds > options.maximumSeconds, machine.windows
    )
  }
}

extension ExplorationReport {
  /// Adds another part of the same exploration.
  mutating func merge(_ other: ExplorationReport) {
    executions += other.executions
    blocked += other.blocked
    deadlocks += other.deadlocks
    races += other.races
    violations += other.violations
    seconds += other.seconds
    steps += other.steps
    weakenings = Set(weakenings + other.weakenings).sorted {
      ($0.edge, $0.side.rawValue) < ($1.edge, $1.side.rawValue)
    }
    if firstFailure == nil { firstFailure = other.firstFailure }
    switch other.extent {
    case .complete: break
    case .stoppedAtFailure: extent = .stoppedAtFailure
    case .bounded: if extent == .complete { extent = other.extent }
    }
  }
}
