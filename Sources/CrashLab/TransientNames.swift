// Names that a run makes and removes, and that an interruption removes as well.

import Glibc
import Harness
import HardwareMemory
import TracerShm

enum TransientNames {
  /// Registers the names, runs `body`, and removes them.
  static func holding<Result>(
    _ backing: RegionBacking, _ output: String,
    _ body: (RegionBacking, String) throws -> Result
  ) throws -> Result {
    let tokens = [
      CleanupRegistry.add(file: output),
      {
        switch backing {
        case .anonymous, .memfd: nil
        case .shm(let name): CleanupRegistry.add(sharedMemory: name)
        case .file(let path): CleanupRegistry.add(file: path)
        }
      }(),
    ]
    defer {
      unlink(output)
      // Gone already, unless a finding ended the run.
      switch backing {
      case .anonymous, .memfd: break
      case .shm(let name): shm_unlink(name)
      case .file(let path): unlink(path)
      }
      for token in tokens { token.map { CleanupRegistry.forget($0) } }
    }
    return try body(backing, output)
  }
}
