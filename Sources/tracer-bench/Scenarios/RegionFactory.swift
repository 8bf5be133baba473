// Makes the regions that are measured, and leaves none of them behind.
//
// Workers inherit the mapping by fork, so a name or file is removed as soon as the region stands:
// even a bench that is killed leaves nothing. In the moment between, the clean-up registry knows
// the name.

import Glibc
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

  /// A new region of the kind with room for `byteCount` bytes.
  func make(_ backing: Backing, byteCount: Int) throws -> SharedRegion {
    count += 1
    // Unique among living processes: a process number, and a count of our own.
    let name = "tracer-bench-\(getpid())-\(count)"
    switch backing {
    case .anonymous: return try create(.anonymous, byteCount, nil)
    case .memfd: return try create(.memfd, byteCount, nil)
    case .shm:
      return try create(
        .shm(name: "/" + name), byteCount, CleanupRegistry.add(sharedMemory: "/" + name))
    case .file:
      let path = "\(folder)/\(name)"
      return try create(.file(path: path), byteCount, CleanupRegistry.add(file: path))
    case .fileTmpfs:
      let path = "/dev/shm/\(name)"
      return try create(.file(path: path), byteCount, CleanupRegistry.add(file: path))
    }
  }

  private func create(
    _ backing: RegionBacking, _ byteCount: Int, _ token: CleanupRegistry.NameToken?
  ) throws -> SharedRegion {
    defer { if let token { CleanupRegistry.forget(token) } }
    do {
      let region = try SharedRegion.create(backing, byteCount: byteCount, options: options)
      try region.destroy()
      return region
    } catch {
      throw BenchError.operation("cannot create the region: \(error)")
    }
  }
}
