// Makes the regions that are measured, and leaves none of them behind.
//
// Workers inherit the mapping by fork, so a name or file is removed as soon as the region stands:
// even a bench that is killed leaves nothing. In the moment between, signals wait; only SIGKILL
// does not, and what that leaves the next run sweeps.

import CPlatform
import Harness
import TracerShm

final class RegionFactory {
  private let options: RegionOptions
  private let folder: String
  private var count = 0

  init(_ arguments: RegionArguments) {
    var options = RegionOptions()
    // Page faults of first touch are not what is measured.
    options.prefault = true
    options.numaNode = arguments.numaMemory
    options.hugePages =
      switch arguments.huge {
      case .never: .never
      case .advise: .advise
      case .always: .always
      }
    self.options = options
    folder = arguments.folder
  }

  /// Removes what runs that were killed in the moment between left behind.
  func sweep() {
    TemporaryName.sweep(folder: "/dev/shm")
    TemporaryName.sweep(folder: folder)
  }

  /// A new region of the kind with room for `byteCount` bytes.
  func make(_ backing: Backing, byteCount: Int) throws -> SharedRegion {
    count += 1
    let name = TemporaryName(number: count).text
    switch backing {
    case .anonymous: return try create(.anonymous, byteCount)
    case .memfd: return try create(.memfd, byteCount)
    case .shm: return try create(.shm(name: "/" + name), byteCount)
    case .file: return try create(.file(path: "\(folder)/\(name)"), byteCount)
    case .fileTmpfs: return try create(.file(path: "/dev/shm/\(name)"), byteCount)
    }
  }

  private func create(_ backing: RegionBacking, _ byteCount: Int) throws -> SharedRegion {
    // Between the making and the removing of a name nothing may interrupt.
    platform_cleanup_block_signals(1)
    defer { platform_cleanup_block_signals(0) }
    do {
      let region = try SharedRegion.create(backing, byteCount: byteCount, options: options)
      try region.destroy()
      return region
    } catch {
      throw BenchError.operation("cannot create the region: \(error)")
    }
  }
}
