// Hardware memory whose process dies just before its n-th shared access.
//
// A kill sweep runs the same scenario once for every n. The process ends by SIGKILL at itself, so
// nothing runs afterwards: no handler, no unwinding, no flush. What the ring must survive is then
// in memory, exactly as the executed stores left it.

import Glibc
public import HardwareMemory
public import MemoryInterface

/// Counts the accesses of one process and ends it when its number comes up.
///
/// Belongs to one thread: the sweep kills deterministic, single-threaded victims.
public final class FaultPlan: @unchecked Sendable {
  /// Accesses made so far.
  public private(set) var accesses: UInt64 = 0
  let fatalAccess: UInt64?
  private let observer: (() -> Void)?

  /// - Parameter fatalAccess: the access before which to die, counted from one; `nil` only counts.
  public init(dyingBefore fatalAccess: UInt64? = nil) {
    self.fatalAccess = fatalAccess
    observer = nil
  }

  /// Nobody dies; before each access `observer` sees the memory as the accesses so far left it.
  public init(before observer: @escaping () -> Void) {
    fatalAccess = nil
    self.observer = observer
  }

  func step() {
    accesses += 1
    observer?()
    if accesses == fatalAccess {
      kill(getpid(), SIGKILL)
      // The signal is delivered before kill returns to a process that sends it to itself.
      fatalError("SIGKILL did not end the process")
    }
  }
}

/// One ordered word that counts its accesses.
public struct FaultWord: SharedWord {
  let word: HardwareWord
  let plan: FaultPlan

  /// A relaxed load.
  public func loadRelaxed() -> UInt64 {
    plan.step()
    return word.loadRelaxed()
  }

  /// An acquiring load.
  public func loadAcquire(_ edge: SyncEdge) -> UInt64 {
    plan.step()
    return word.loadAcquire(edge)
  }

  /// A relaxed store.
  public func storeRelaxed(_ value: UInt64) {
    plan.step()
    word.storeRelaxed(value)
  }

  /// A releasing store.
  public func storeRelease(_ value: UInt64, _ edge: SyncEdge) {
    plan.step()
    word.storeRelease(value, edge)
  }
}

/// Hardware memory under a fault plan.
public struct FaultMemory: AddressableMemory {
  let memory: HardwareMemory
  let plan: FaultPlan

  /// Puts `memory` under `plan`.
  public init(_ memory: HardwareMemory, plan: FaultPlan) {
    self.memory = memory
    self.plan = plan
  }

  /// The ordered word at `offset`.
  public func word(at offset: Int) -> FaultWord {
    FaultWord(word: memory.word(at: offset), plan: plan)
  }

  /// Adds atomically.
  public func fetchAdd(
    _ operand: UInt64, at offset: Int, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> UInt64 {
    plan.step()
    return memory.fetchAdd(operand, at: offset, order, edge)
  }

  /// Compares and exchanges.
  public func compareExchange(
    at offset: Int, expected: UInt64, desired: UInt64, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> (exchanged: Bool, original: UInt64) {
    plan.step()
    return memory.compareExchange(at: offset, expected: expected, desired: desired, order, edge)
  }

  /// A stand-alone fence.
  public func fence(_ order: FenceOrder, _ edge: SyncEdge) {
    plan.step()
    memory.fence(order, edge)
  }

  /// Stores eight bytes of payload.
  public func storePayload(_ value: UInt64, at offset: Int) {
    plan.step()
    memory.storePayload(value, at: offset)
  }

  /// Loads eight bytes of payload.
  public func loadPayload(at offset: Int) -> UInt64 {
    plan.step()
    return memory.loadPayload(at: offset)
  }

  /// Lends payload for reading; one access.
  public func withPayload<Result, Failure: Error>(
    at offset: Int, byteCount: Int, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    plan.step()
    return try memory.withPayload(at: offset, byteCount: byteCount, body)
  }

  /// Lends payload for writing; one access before the closure, one after, so that a kill may fall
  /// on either side of what it stores.
  public func withMutablePayload<Result, Failure: Error>(
    at offset: Int, byteCount: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    plan.step()
    let result = try memory.withMutablePayload(at: offset, byteCount: byteCount, body)
    plan.step()
    return result
  }

  /// Copies bytes into payload, eight at a time, each a step: torn copies are what a sweep is for.
  public func copyPayload(from source: UnsafeRawBufferPointer, to offset: Int) {
    var done = 0
    while done < source.count {
      plan.step()
      let count = min(8, source.count - done)
      memory.copyPayload(
        from: UnsafeRawBufferPointer(rebasing: source[done..<(done + count)]), to: offset + done)
      done += count
    }
  }
}
