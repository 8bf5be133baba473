// Being the controller: lock, seat, and what wakes it. Given up when the object goes, in the
// process that took it up and in no forked child.

import CPlatform
import Glibc
import HardwareMemory
import TracerCore

/// A controller's hold on a region.
final class ControllerOffice: Sendable {
  private let region: TracerRegion
  private let lock: RegionLock?
  private let process: ProcessIdentity
  /// What the controller sleeps on, where that is an event counter.
  let event: WakeEvent?
  /// What it sleeps on, where that is a semaphore.
  let semaphore: WakeSemaphore?

  /// A seat taken by others in between is looked at again as often; then somebody lives.
  private static var mostTries: Int { 8 }

  /// Takes the lock and the seat, and says how to wake this process.
  init(_ region: TracerRegion) throws(TracerError) {
    var event: WakeEvent?
    var semaphore: WakeSemaphore?
    switch region.waking {
    case .spin: break
    case .eventfd:
      event = region.event
      if event == nil { event = try WakeEvent.make(region.place) }
    case .semaphore:
      semaphore = region.semaphore
      if semaphore == nil { semaphore = try .make(for: region.region, region.place) }
    }
    let process = ProcessIdentity.current
    let lock = try ControllerOffice.takeLock(region)
    // Last of what may throw: the end of this object gives the seat up, so without the seat there
    // must be none.
    try ControllerOffice.takeSeat(of: region, for: process)
    self.region = region
    self.process = process
    self.lock = lock
    self.event = event
    self.semaphore = semaphore
    if let event {
      region.lanes.seat.publish(descriptor: UInt64(event.descriptor), token: event.token)
    }
  }

  deinit {
    // A forked child has a copy of this object and no right to the seat.
    guard process.pid == UInt32(getpid()) else { return }
    try? region.updateIdentity { $0.controller = nil }
    region.lanes.seat.leave()
  }

  private static func takeLock(_ region: TracerRegion) throws(TracerError) -> RegionLock? {
    guard region.region.descriptor >= 0 else { return nil }
    if let lock = try RegionLock.tryTake(.controller, of: region.region) { return lock }
    if let occupant = region.lanes.seat.occupant, !ProcessIdentity(occupant).isProvedDead {
      throw .controllerAlive(region.place, pid: occupant.pid)
    }
    throw .lockHeld(region.place)
  }

  private static func takeSeat(
    of region: TracerRegion, for process: ProcessIdentity
  ) throws(TracerError) {
    guard let mine = process.packed else {
      throw .system(region.place, SystemError("getpid", code: EOVERFLOW))
    }
    let seat = region.lanes.seat
    for _ in 0..<mostTries {
      let occupant = seat.occupant
      if let occupant, !ProcessIdentity(occupant).isProvedDead {
        throw .controllerAlive(region.place, pid: occupant.pid)
      }
      if seat.take(from: occupant, for: mine) { return }
    }
    throw .lockHeld(region.place)
  }
}
