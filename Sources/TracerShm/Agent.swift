// The traced process's side of a region: threads come, write into lanes of their own, and leave.
//
// One agent per process and region. It may be used from any thread; what `attachThread` returns
// belongs to the thread that called it.

import CPlatform
import Glibc
import HardwareMemory
import TracerCore

/// A traced process.
public final class Agent: Sendable {
  /// The region it traces into.
  public let region: TracerRegion

  /// Makes this process an agent of the region, and says so in the region's header.
  public init(_ region: TracerRegion) throws(TracerError) {
    self.region = region
    try region.checkBoot()
    try region.updateIdentity { $0.agent = .current }
  }

  /// Claims a thread slot for the calling thread, with an index and a detail lane. Lock-free but
  /// for the system calls around it.
  ///
  /// - Throws: `noThreadSlot` where as many threads trace as there are slots, which is counted in
  ///   the region; `closing` where the region is being destroyed; `truncated`.
  public func attachThread() throws(TracerError) -> AgentThread {
    // Asked anew each time: the agent may have been inherited by a forked child.
    let process = ProcessIdentity.current
    let outcome = region.lanes.slots.claim(
      owner: process.pid, ownerStart: process.startTimeTicks,
      thread: UInt64(platform_thread_identifier()))
    switch outcome {
    case .claimed(let claim):
      guard let thread = AgentThread(region, claim) else {
        let error = SystemError("mmap")
        region.lanes.slots.retire(claim)
        throw .system(region.place, error)
      }
      // The slot, and the lanes, may be zeros that stand for lost pages.
      try region.region.refuseTruncated()
      return thread
    case .noneFree:
      region.lanes.slots.countSlotlessAttempt()
      throw .noThreadSlot(region.place, slots: region.lanes.slots.count)
    case .closing: throw .closing(region.place)
    }
  }

  /// Marks what every thread of this process has in its detail lane; returns how many there are.
  /// From any thread; takes effect at each thread's next detail write.
  @discardableResult public func mark() -> Int {
    let process = UInt32(getpid())
    let slots = region.lanes.slots
    var marked = 0
    for slot in 0..<slots.count {
      let state = slots.state(of: slot)
      guard state.phase == .claimed, state.owner == process else { continue }
      region.lanes.lane(slot, .detail).mark()
      marked += 1
    }
    return marked
  }
}

/// Marks one thread's detail lane, from any thread of the process.
public struct ThreadMarker: Sendable {
  let region: TracerRegion
  let claim: ThreadSlotClaim

  /// Marks what the thread has in its detail lane; takes effect at its next detail write.
  ///
  /// - Throws: `detached` where the thread has left.
  public func mark() throws(TracerError) {
    guard region.lanes.slots.state(of: claim.slot) == claim.state,
      claim.state.owner == UInt32(getpid())
    else { throw .detached(region.place) }
    region.lanes.lane(claim.slot, .detail).mark()
  }
}
