// What must not outlive this process: worker processes, shared-memory names, temporary files.
//
// The bench installs the registry once, before its first worker. Ctrl-C, SIGTERM and SIGHUP then
// kill and reap every registered worker, remove every registered name and exit with code 130.
// SIGKILL cannot be caught: workers then die by their parent-death signal, and the next run sweeps
// the names (`TemporaryName`). The table and the handler are C (cleanup.h): a handler may do only
// what is async-signal-safe.

import CPlatform
import HardwareMemory

/// The table of what is removed when this process is interrupted.
///
/// Used from one thread, the main one; the handler may run at any instant.
public enum CleanupRegistry {
  /// Installs the signal handlers. Call once, before the first worker is started.
  public static func install() throws(SystemError) {
    guard platform_cleanup_install() == 0 else { throw SystemError("sigaction") }
  }

  /// Registers a file, or a folder with the files in it, to be removed on interruption. `path` is absolute, or the working
  /// directory must not change.
  ///
  /// - Returns: a token for `forget`, or `nil` where the table (256 names) is full.
  public static func add(file path: String) -> NameToken? {
    token(platform_cleanup_add_path(path))
  }

  /// Registers a POSIX shared-memory name (`/name`) to be unlinked on interruption.
  ///
  /// - Returns: a token for `forget`, or `nil` where the table (256 names) is full.
  public static func add(sharedMemory name: String) -> NameToken? {
    // `shm_unlink` is not async-signal-safe by the letter; on Linux a name is a file of this folder.
    token(platform_cleanup_add_path("/dev/shm" + name))
  }

  /// Forgets a name: it has been removed, or it is to stay.
  public static func forget(_ token: NameToken) { platform_cleanup_remove_path(token.slot) }

  /// Removes everything that is registered now: for an orderly end after an error.
  public static func removeAll() { platform_cleanup_run() }

  /// One registered name.
  public struct NameToken: Sendable {
    let slot: Int32
  }

  private static func token(_ slot: Int32) -> NameToken? {
    slot >= 0 ? NameToken(slot: slot) : nil
  }
}
