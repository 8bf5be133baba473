// Who a process is: its number alone is reused, its number with its start time is not (within one
// boot; the boot identifier stands beside it in shared memory).

import CPlatform
import Glibc

/// A process by number and start time.
public struct ProcessIdentity: Hashable, Sendable, CustomStringConvertible {
  /// The process number. Read from shared memory it may be any number.
  public let pid: UInt32
  /// When it started, in clock ticks since boot: field 22 of /proc/pid/stat.
  public let startTimeTicks: UInt64

  /// Makes an identity of its parts.
  public init(pid: UInt32, startTimeTicks: UInt64) {
    self.pid = pid
    self.startTimeTicks = startTimeTicks
  }

  /// The identity of the running process with this number; `nil` where there is none, also where
  /// it is a zombie: its stores are over.
  public init?(pid: UInt32) {
    guard let text = ProcFile.read("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")")
    else { return nil }
    // After the name, which may hold anything, the state is field 3 and the start time field 22.
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let start = UInt64(fields[19])
    else { return nil }
    self.init(pid: pid, startTimeTicks: start)
  }

  /// The identity of this process; asked anew after a fork.
  public static var current: ProcessIdentity {
    ProcessIdentity(pid: UInt32(getpid()))
      ?? ProcessIdentity(pid: UInt32(getpid()), startTimeTicks: 0)
  }

  /// Whether this very process runs now. A number taken over by another process is not it.
  public var isRunning: Bool { ProcessIdentity(pid: pid) == self }

  /// Opens a descriptor that becomes readable when this very process ends; the caller closes it.
  /// `nil` where it has ended already. Opened first and compared afterwards, so that a number
  /// reused in between is not taken for it.
  public func openWatch() -> Int32? {
    guard let pid = pid_t(exactly: pid), pid > 0 else { return nil }
    let descriptor = platform_pidfd_open(pid)
    guard descriptor >= 0 else { return nil }
    guard isRunning else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// For people: `4711 (started at tick 123)`.
  public var description: String { "\(pid) (started at tick \(startTimeTicks))" }
}
