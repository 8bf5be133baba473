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
    self.region = region
    process = .current
    lock = try ControllerOffice.takeLock(region)
    switch region.waking {
    case .spin:
      event = nil
      semaphore = nil
    case .eventfd:
      if let inherited = region.event {
        event = inherited
      } else {
        event = try WakeEvent.make(region.place)
      }
      semaphore = nil
    case .semaphore:
      event = nil
      if let opened = region.semaphore {
        semaphore = opened
      } else {
        semaphore = try WakeSemaphore.make(for: region.region, region.place)
      }
    }
    try takeSeat()
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

  private func takeSeat() throws(TracerError) {
    guard let mine = process.packed else {
      throw .system(region.place, SystemError("getpid", code: EOVERFLOW))
    }
    let seat = region.lanes.seat
    for _ in 0..<ControllerOffice.mostTries {
      let occupant = seat.occupant
      if let occupant, !ProcessIdentity(occupant).isProvedDead {
        throw .controllerAlive(region.place, pid: occupant.pid)
      }
      if seat.take(from: occupant, for: mine) { return }
    }
    throw .lockHeld(region.place)
  }
}
