// What a lane's writer asks of its process: to wake the controller, and the checksum at a seal.
// Off the record path: once per ring at most. One object per attached thread, used by no other.

import CPlatform
public import HardwareMemory
public import TracerCore

/// The process behind the lanes of one thread.
public final class TracerHost: LaneHost {
  /// The memory of the lanes.
  public typealias Memory = HardwareMemory

  private let region: TracerRegion
  private let slot: Int
  private let hasChecksum: Bool
  private var event: WakeEvent?
  /// Both lanes of the thread, while they are written to: each serves flushes for the other.
  var lanes: UnsafeMutablePointer<AgentThreadState>?
  /// The waker that could not be fetched: asked for once, not at every ring.
  private var refusedToken: UInt64 = 0

  init(_ region: TracerRegion, slot: Int) {
    self.region = region
    self.slot = slot
    if case .file = region.region.backing { hasChecksum = true } else { hasChecksum = false }
    event = region.event
    if region.semaphore != nil {
      region.lanes.slots.acknowledgeWaker(WakeToken.semaphore, slot: slot)
    }
    if region.waking == .eventfd { connect() }
  }

  /// Wakes the controller. Never blocks: an event counter that is full, or a semaphore that is,
  /// has been signalled already.
  public func wakeController() {
    switch region.waking {
    case .spin: return
    case .eventfd:
      connect()
      if let event { platform_event_signal(event.descriptor) }
    case .semaphore:
      if let semaphore = region.semaphore { platform_semaphore_signal(semaphore.handle) }
    }
  }

  /// CRC32C where the region outlives the machine's memory; zero else.
  public func sealChecksum(of ring: SealedRing<HardwareMemory>) -> UInt64 {
    hasChecksum ? SealChecksum.compute(of: ring) : 0
  }

  /// Serves a flush in the thread's other lane. Called within a write to this one: the two writers
  /// have nothing in common, and `lanes` is told only of lanes that stand in their place.
  public func serveBeside(_ kind: LaneKind, flush number: UInt64) -> Bool {
    guard let lanes else { return true }
    return switch kind {
    case .index: lanes.pointee.detail.serveBeside(flush: number)
    case .detail: lanes.pointee.index.serveBeside(flush: number)
    }
  }

  /// Sees to it that `event` is the one that the controller of this moment sleeps on.
  private func connect() {
    let seat = region.lanes.seat
    guard let waker = seat.waker() else { return }
    if event?.token != waker.token {
      if region.event?.token == waker.token {
        event = region.event
      } else {
        guard waker.token != refusedToken else { return }
        event = WakeEvent.fetch(waker) { seat.waker() }
        if event == nil { refusedToken = waker.token }
      }
    }
    if event != nil { region.lanes.slots.acknowledgeWaker(waker.token, slot: slot) }
  }
}

/// Tokens that no event counter has.
enum WakeToken {
  /// The thread has the semaphore.
  static let semaphore: UInt64 = 1
}
