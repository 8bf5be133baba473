// A region with lanes behind a C handle; the agent of this process; attached threads.

import CTracerShm
import Glibc
import HardwareMemory
import Synchronization
import TracerCore
import TracerShm

/// The agent of one process: a child that was forked is another one.
final class ProcessAgent: Sendable {
  let process: pid_t
  let agent: Agent

  init(_ region: TracerRegion) throws(TracerError) {
    process = getpid()
    agent = try Agent(region)
  }
}

/// What stands behind the handle of a region with lanes.
struct LanesState: ~Copyable {
  /// "TRCLANES" in ASCII, little-endian.
  @inline(__always) static var magic: UInt64 { 0x5345_4E41_4C43_5254 }
  /// Not wiped on fork: a child has its parent's regions.
  static let table = HandleTable<LanesState>(magic: magic, wipedOnFork: false)

  let region: TracerRegion
  /// A `ProcessAgent`, retained. No lock, which a fork could leave locked in the child.
  private let agent = Atomic<UnsafeRawPointer?>(nil)
  /// The process in the upper half, in the lower half how many handles it has out of this region.
  private let users = Atomic<UInt64>(0)

  init(_ region: TracerRegion) { self.region = region }

  deinit {
    if let pointer = agent.load(ordering: .acquiring) {
      Unmanaged<ProcessAgent>.fromOpaque(pointer).release()
    }
  }

  /// The agent of this process, made when it is first asked for. Any thread.
  func ownAgent() throws(TracerError) -> Agent {
    let found = agent.load(ordering: .acquiring)
    if let own = LanesState.own(found) { return own.agent }
    let made = try ProcessAgent(region)
    let retained = Unmanaged.passRetained(made)
    // What was found is the parent's, which a child leaves alone. Releases the object.
    let result = agent.compareExchange(
      expected: found, desired: UnsafeRawPointer(retained.toOpaque()),
      ordering: .acquiringAndReleasing)
    if result.exchanged { return made.agent }
    retained.release()
    return LanesState.own(result.original)?.agent ?? made.agent
  }

  private static func own(_ pointer: UnsafeRawPointer?) -> ProcessAgent? {
    guard let pointer else { return nil }
    let object = Unmanaged<ProcessAgent>.fromOpaque(pointer).takeUnretainedValue()
    return object.process == getpid() ? object : nil
  }

  /// Whether this process has threads attached, or the controller.
  var isInUse: Bool {
    let word = users.load(ordering: .relaxed)
    return word >> 32 == LanesState.processNumber && word & 0xFFFF_FFFF > 0
  }

  /// Relaxed, both: only asked by whoever closes the region, when nobody else uses the handle.
  func countUser() { changeUsers { $0 &+ 1 } }
  func discountUser() { changeUsers { $0 == 0 ? 0 : $0 &- 1 } }

  private func changeUsers(_ change: (UInt64) -> UInt64) {
    var word = users.load(ordering: .relaxed)
    while true {
      // A child that was forked starts from none.
      let count = word >> 32 == LanesState.processNumber ? word & 0xFFFF_FFFF : 0
      let changed = LanesState.processNumber << 32 | change(count)
      let result = users.compareExchange(expected: word, desired: changed, ordering: .relaxed)
      if result.exchanged { return }
      word = result.original
    }
  }

  private static var processNumber: UInt64 { UInt64(UInt32(bitPattern: getpid())) }
}

/// What stands behind the handle of an attached thread.
struct ThreadState: ~Copyable {
  /// "TRCTHRED" in ASCII, little-endian.
  @inline(__always) static var magic: UInt64 { 0x4445_5248_5443_5254 }
  /// A forked child finds its parent's threads detached.
  static let table = HandleTable<ThreadState>(magic: magic, wipedOnFork: true)

  var thread: AgentThread
  /// The region's handle, which stays good while threads are attached.
  let shm: OpaquePointer
  /// Open reservations.
  var index: RecordReservation?
  var detail: RecordReservation?
}
