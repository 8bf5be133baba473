// The guard of a live mapping against truncation.
//
// A file, or a named object, can be cut short by anyone who may write to it; the next access to the
// lost pages would end this process with SIGBUS. Guarded, the access finds zeros, and the owner of
// the mapping finds out. Sealed and nameless regions cannot be cut short and need none.

import CPlatform
import Glibc

/// A guarded address range of this process; the guard ends with the value.
///
/// The handler is installed with the first guard, process-wide, and chains to the one before it. A
/// program that installs a SIGBUS handler later has to chain in turn.
public struct TruncationGuard: ~Copyable, Sendable {
  private let ticket: Int32

  /// The most ranges that are guarded at once in one process.
  public static let capacity = Int(PLATFORM_GUARD_CAPACITY)

  /// Guards a mapped range; `nil` where `capacity` ranges are guarded already, or the handler
  /// cannot be installed.
  init?(address: UInt, byteCount: Int) {
    let ticket = platform_guard_range(address, byteCount)
    guard ticket >= 0 else { return nil }
    self.ticket = ticket
  }

  /// How many bytes at the end of the range were found missing and replaced by zeros.
  public var lostBytes: Int { platform_guard_lost_bytes(ticket) }

  deinit { platform_unguard_range(ticket) }
}
