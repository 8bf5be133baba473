// A folder for files whose names nobody can know beforehand, as those of a rotated trace.
//
// It goes with this object, by an interruption, or, after a kill, by the next run's sweep.

import CPlatform
import Glibc
import HardwareMemory
import Harness

final class ScratchFolder {
  private let folder: String
  private var token: CleanupRegistry.NameToken?
  private let process = getpid()
  /// Counts folders of this process: each has a name of its own.
  nonisolated(unsafe) private static var count = 0

  /// Numbers of regions begin at one: these are far from them.
  private static let firstNumber = 1_000_000

  init(in parent: String) throws(BenchError) {
    ScratchFolder.count += 1
    let name = TemporaryName(number: ScratchFolder.firstNumber + ScratchFolder.count).text
    folder = "\(parent)/\(name)"
    // Registered before it is there: an interruption in between finds nothing to remove.
    guard let token = CleanupRegistry.add(file: folder) else {
      throw .operation("\(folder): too many temporary names")
    }
    self.token = token
    guard mkdir(folder, 0o700) == 0 else { throw .operation("\(folder): \(SystemError("mkdir"))") }
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// Removes it with all its files.
  func remove() {
    guard let token else { return }
    TemporaryName.remove(folder)
    CleanupRegistry.forget(token)
    self.token = nil
  }

  deinit {
    // A forked worker has a copy of this object, and no right to the folder.
    if process == getpid() { remove() }
  }
}
