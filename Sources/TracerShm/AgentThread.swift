// A thread's right to its two lanes. The record path is inlined into the caller: one look whether
// the thread is attached, then the lane's own write.
//
//     AgentThread ──▶ page of its own, wiped on fork:  attached │ index writer │ detail writer
//
// A forked child finds zeros there, and with them itself detached, without any handler: writing on
// would make it a second producer of its parent's lanes.

import CPlatform
import Glibc
public import HardwareMemory
public import TracerCore

/// What a thread writes with; stands on a page that a fork wipes.
@frozen @usableFromInline struct AgentThreadState: ~Copyable {
  /// One; zero in a forked child.
  @usableFromInline var attached: UInt64
  @usableFromInline var index: LaneWriter<HardwareMemory, TracerHost>
  @usableFromInline var detail: LaneWriter<HardwareMemory, TracerHost>

  init(
    index: consuming LaneWriter<HardwareMemory, TracerHost>,
    detail: consuming LaneWriter<HardwareMemory, TracerHost>
  ) {
    attached = 1
    self.index = index
    self.detail = detail
  }

  /// Submits what is to be submitted.
  consuming func leave() {
    index.leave()
    detail.leave()
  }
}

/// The lanes of the thread that attached. Belongs to that thread; leaves with the end of the value.
public struct AgentThread: ~Copyable {
  /// The thread's slot.
  public let slot: Int
  @usableFromInline let state: UnsafeMutablePointer<AgentThreadState>
  @usableFromInline let region: TracerRegion
  private let claim: ThreadSlotClaim
  private let host: TracerHost

  private static var mappedByteCount: Int {
    let page = SharedRegion.pageByteCount
    return (MemoryLayout<AgentThreadState>.stride + page - 1) / page * page
  }

  /// Sets up the lanes of a claimed slot; `nil` where the system has no page for it (errno).
  init?(_ region: TracerRegion, _ claim: ThreadSlotClaim) {
    guard let page = platform_map_wiped_on_fork(AgentThread.mappedByteCount) else { return nil }
    self.region = region
    self.claim = claim
    slot = claim.slot
    let host = TracerHost(region, slot: claim.slot)
    self.host = host
    let epoch = claim.state.epoch
    state = page.bindMemory(to: AgentThreadState.self, capacity: 1)
    state.initialize(
      to: AgentThreadState(
        index: region.lanes.lane(claim.slot, .index).makeWriter(slotEpoch: epoch, host: host),
        detail: region.lanes.lane(claim.slot, .detail).makeWriter(slotEpoch: epoch, host: host)))
    host.lanes = state
    announce()
  }

  deinit {
    // In a forked child there is nothing to leave: the page is zeros, and the slot the parent's.
    if state.pointee.attached != 0 {
      // They move out of their place, and each serves what is asked as it leaves.
      host.lanes = nil
      state.move().leave()
      region.lanes.slots.retire(claim)
      announce()
    }
    munmap(state, AgentThread.mappedByteCount)
  }

  /// The controller watches this thread's process, or reclaims its slot, from now on.
  private func announce() {
    let host = host
    region.lanes.wakeFlag.wakeIfSleeping { host.wakeController() }
  }

  /// Leaves: submits what is to be submitted, and gives the slot up.
  public consuming func detach() {}

  /// Whether this thread writes into lanes; not so in a forked child.
  @inlinable public var isAttached: Bool { state.pointee.attached != 0 }

  /// Marks this thread's detail lane from any thread of the process.
  public var marker: ThreadMarker { ThreadMarker(region: region, claim: claim) }

  /// Marks what this thread has in its detail lane: the history, and what follows up to the
  /// post-roll, goes to the controller. Wait-free.
  ///
  /// - Throws: `detached` in a forked child.
  public func mark() throws(TracerError) {
    guard isAttached else { throw .detached(region.place) }
    region.lanes.lane(slot, .detail).mark()
  }

  /// Whether the region was cut short under the mapping, as far as this process has found: what is
  /// written since goes nowhere.
  public var isCutShort: Bool { region.isCutShort }

  /// Submits what the index lane holds, and a marked detail lane; `false` where a lane has no spare
  /// ring to go on in, the thread is not attached, or the region was cut short. Wait-free.
  public mutating func flush() -> Bool {
    guard isAttached else { return false }
    let index = state.pointee.index.flush()
    let detail = state.pointee.detail.flush()
    return index && detail && !isCutShort
  }

  /// Attempts so far in a lane of this thread's slot, all its owners together.
  public func sequence(_ kind: LaneKind) -> UInt64 {
    guard isAttached else { return 0 }
    return kind == .index ? state.pointee.index.sequence : state.pointee.detail.sequence
  }

  /// An attempt of a thread that is not attached: counted for the whole region.
  @usableFromInline @inline(never) func refuse() -> LossCause {
    region.lanes.slots.countSlotlessAttempt()
    return .noThreadSlot
  }
}
