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
  /// How far before a kill a store may be and still be lost: the bits of `lostStores`.
  static var reach: Int { UInt64.bitWidth }

  /// Makes a kill.
  public init(victim: Int, operation: Int, lostStores: UInt64 = 0) {
    self.victim = victim
    self.operation = operation
    self.lostStores = lostStores
  }

  /// As in replay strings: `k0@5/3`.
  public var description: String { "k\(victim)@\(operation)/\(lostStores)" }

  /// The operation of a process that stays alive.
  static var never: Int { .max }

  init?(_ word: some StringProtocol) {
    guard word.first == "k" else { return nil }
    let parts = word.dropFirst().split { $0 == "@" || $0 == "/" }
    guard parts.count == 3, let victim = Int(parts[0]), victim >= 0,
      let operation = Int(parts[1]), operation >= 0, let lost = UInt64(parts[2])
    else { return nil }
    self.init(victim: victim, operation: operation, lostStores: lost)
  }
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
  /// A store too far before the kill for `window` is ordered by nothing yet.
  var hasFarStores = false
  /// It died in this execution.
  var isDead = false

  mutating func restart() {
    operation = 0
    heldLocations.removeAll(keepingCapacity: true)
    heldValues.removeAll(keepingCapacity: true)
    window = 0
    hasFarStores = false
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
    let bit: UInt64 = distance < Kill.reach ? 1 << UInt64(distance) : 0
    let isFree = request.kind == .store && !isUpdate && !request.order.releases
    if request.kind != .choice && request.order.releases && (request.kind != .load || isUpdate) {
      // Everything before it was executed.
      if !crashes[slot].heldLocations.isEmpty { return .impossible }
      crashes[slot].window = 0
      crashes[slot].hasFarStores = false
    }
    if kill.lostStores & bit != 0 {
      guard isFree else { return .impossible }
      forget(slot, request.location)
      crashes[slot].heldLocations.append(request.location)
      crashes[slot].heldValues.append(request.value)
      return .pretend(0)
    }
    if isFree {
      crashes[slot].window |= bit
      if bit == 0 { crashes[slot].hasFarStores = true }
    }
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
    for crash in crashes where !crash.isDead && crash.kill.operation != Kill.never { return false }
    if let last = crashes.last { windows.insert(last.window) }
    if crashes.contains(where: { $0.isDead && $0.hasFarStores }) {
      report.extent.addBound("unordered stores more than \(Kill.reach) operations before a kill")
    }
    return true
  }
}
