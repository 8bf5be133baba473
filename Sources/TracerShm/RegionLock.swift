// Locks on the object behind a region: bytes of it, for an open file description made for nothing
// else. A description that is inherited or sent would share its lock with whoever has it; one that
// is opened here, closed on exec and closed in forked children, is this process's alone.
//
// Anonymous regions have no object to open: there `ControllerSeat` alone excludes.

import CPlatform
import Glibc
import HardwareMemory

/// A lock held by this process; released with the object. Any thread.
final class RegionLock: Sendable {
  /// What a lock is for: the byte it locks.
  enum Purpose: Int64 {
    /// Being the controller; held for life.
    case controller = 0
    /// Storing an identity; held for a moment.
    case identity = 1
    /// Writing a trace file.
    case output = 2
  }

  private let descriptor: Int32
  private let purpose: Purpose

  private init(owning descriptor: Int32, _ purpose: Purpose) {
    self.descriptor = descriptor
    self.purpose = purpose
  }

  deinit {
    // Unlocked at once: a process that is just being started has a copy of the descriptor until it
    // is. Nothing happens in a forked child, where the descriptor is closed already.
    platform_unlock_and_close(descriptor, purpose.rawValue)
  }

  /// Takes the lock; `nil` where somebody else has it. Never blocks.
  static func tryTake(
    _ purpose: Purpose, of region: SharedRegion
  ) throws(TracerError) -> RegionLock? {
    try tryTake(purpose, of: region.descriptor, place: region.backing.description)
  }

  /// The same on the object behind a descriptor that is open for writing.
  static func tryTake(
    _ purpose: Purpose, of object: Int32, place: String
  ) throws(TracerError) -> RegionLock? {
    // Through /proc: the same object under a new description, whatever became of its name.
    let descriptor = open("/proc/self/fd/\(object)", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(place, SystemError("open(/proc/self/fd)")) }
    guard platform_close_on_fork(descriptor) == 0 else {
      let error = SystemError("pthread_atfork")
      close(descriptor)
      throw .system(place, error)
    }
    let lock = RegionLock(owning: descriptor, purpose)
    if platform_lock_byte(descriptor, purpose.rawValue, 0) == 0 { return lock }
    guard errno == EAGAIN || errno == EACCES else {
      throw .system(place, SystemError("fcntl(F_OFD_SETLK)"))
    }
    return nil
  }
}

extension TracerRegion {
  /// Tries to lock the identity, each a tenth of a millisecond apart: who holds it stores ten words.
  private static var mostIdentityTries: Int { 1000 }

  /// Changes who the region's header says works on it.
  ///
  /// The identity is for people; exclusion is `ControllerSeat`'s business. So a process stopped in
  /// the middle of its update holds nobody up for ever, and of two updates at once one may be lost
  /// where there is no descriptor to lock.
  func updateIdentity(_ change: (inout RegionIdentity) -> Void) throws(TracerError) {
    var lock: RegionLock?
    if region.descriptor >= 0 {
      for _ in 0..<TracerRegion.mostIdentityTries {
        // A daemon has closed the descriptor before its first thread comes: then without.
        do { lock = try RegionLock.tryTake(.identity, of: region) } catch { break }
        if lock != nil { break }
        usleep(100)
      }
    }
    defer { withExtendedLifetime(lock) {} }
    var identity = try mappingRegionError { () throws(RegionError) in
      try region.currentIdentity()
    }
    identity.boot = .currentBoot()
    change(&identity)
    region.publishIdentity(identity)
  }
}
