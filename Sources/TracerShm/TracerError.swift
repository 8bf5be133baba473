// Why something was refused to an agent, a controller, or whoever makes and destroys regions.
// Every case names the region; one clear line each.

public import HardwareMemory
public import TracerCore

/// Why a tracer operation was refused.
public enum TracerError: Error, Equatable, Sendable {
  /// The region itself: unknown, of another version, without permission, and so on.
  case region(RegionError)
  /// The lanes do not fit, or what stands in the region are none.
  case lanes(String, LaneLayoutError)
  /// The waking policy in the region is none that this program knows.
  case unknownWaking(String, found: UInt64)
  /// The region was made during an earlier boot: recover it; nobody can work on it any more.
  case earlierBoot(String)
  /// As many threads trace as there are slots.
  case noThreadSlot(String, slots: Int)
  /// The region is being destroyed: no thread may attach.
  case closing(String)
  /// The region is not destroyed while threads of living processes are attached.
  case threadsAttached(String, count: Int)
  /// Another controller works on the region.
  case controllerAlive(String, pid: UInt32)
  /// The lock of the controller is held, though no controller is known: by one that is just
  /// starting, or by a child that a dead one forked in an unusual way.
  case lockHeld(String)
  /// The thread is not attached: it has left, or it is in a forked child.
  case detached(String)
  /// The region was cut short under the mapping; nothing read since can be trusted.
  case truncated(String, byteCount: Int)
  /// A call to the system failed.
  case system(String, SystemError)
}

extension TracerError: CustomStringConvertible {
  /// One line for people.
  public var description: String {
    switch self {
    case .region(let error): error.description
    case .lanes(let place, let error): "\(place): \(error)"
    case .unknownWaking(let place, let found):
      "\(place): waking policy \(found) is unknown; there are 0 to \(WakePolicy.allCases.count - 1)"
    case .earlierBoot(let place):
      "\(place): was made before this machine's last start; recover it, then destroy it"
    case .noThreadSlot(let place, let slots):
      "\(place): all \(slots) thread slots are taken"
    case .closing(let place): "\(place): is being destroyed, no thread may attach"
    case .threadsAttached(let place, let count):
      "\(place): is not destroyed while \(count) threads of living processes are attached"
    case .controllerAlive(let place, let pid):
      "\(place): process \(pid) is its controller already"
    case .lockHeld(let place):
      "\(place): the controller's lock is held, by a process that does not say who it is"
    case .detached(let place): "\(place): this thread is not attached"
    case .truncated(let place, let byteCount):
      "\(place): \(byteCount) bytes were cut off under the mapping"
    case .system(let place, let error): "\(place): \(error)"
    }
  }
}

/// Runs an operation on a region; its error becomes a tracer's.
func mappingRegionError<Result>(
  _ operation: () throws(RegionError) -> Result
) throws(TracerError) -> Result {
  do throws(RegionError) { return try operation() } catch { throw .region(error) }
}
