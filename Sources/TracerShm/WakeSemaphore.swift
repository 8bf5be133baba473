// The named semaphore that a controller sleeps on. Its name comes from the region's session, so
// that everyone who reaches the region reaches it; `TracerRegion.destroy` removes the name.

import CPlatform
import Glibc
import HardwareMemory

/// A semaphore mapped into this process; unmapped with the object. Any thread.
final class WakeSemaphore: @unchecked Sendable {
  let handle: UnsafeMutableRawPointer

  private init(handle: UnsafeMutableRawPointer) { self.handle = handle }

  deinit { platform_semaphore_close(handle) }

  /// `/tracer-shm-` and the session.
  static func name(for region: SharedRegion) -> String {
    "/tracer-shm-\(region.superblock.session)"
  }

  /// Makes the semaphore, or opens the one there is: a region file outlives the machine's memory.
  ///
  /// An anonymous region is reached by forked children alone, which inherit the mapping: its
  /// semaphore has no name any more when this returns.
  static func make(
    for region: SharedRegion, _ place: String
  ) throws(TracerError) -> WakeSemaphore {
    let name = name(for: region)
    guard let handle = platform_semaphore_open(name, mode_t(region.options.permissions)) else {
      throw .system(place, SystemError("sem_open"))
    }
    if region.backing == .anonymous { platform_semaphore_unlink(name) }
    return WakeSemaphore(handle: handle)
  }

  /// Opens the semaphore, where there is one.
  static func open(for region: SharedRegion) -> WakeSemaphore? {
    platform_semaphore_open(name(for: region), 0).map { WakeSemaphore(handle: $0) }
  }

  /// Removes the name, where there is one.
  static func unlink(for region: SharedRegion) {
    platform_semaphore_unlink(name(for: region))
  }
}
