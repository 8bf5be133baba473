// Makes the regions that are measured, and leaves none of them behind.
//
// Workers inherit the mapping by fork, so a name or file is removed as soon as the region stands:
// even a bench that is killed leaves nothing. In the moment between, signals wait; only SIGKILL
// does not, and what that leaves the next run sweeps.

import CPlatform
import Harness
import TracerCore
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
    try create(backing) { place in
      let region = try SharedRegion.create(place, byteCount: byteCount, options: options)
      try region.destroy()
      return region
    }
  }

  /// A new region with lanes. Agents and controllers inherit it and what wakes them.
  func makeLanes(
    _ backing: Backing, geometry: LanesGeometry, waking: WakePolicy
  ) throws -> TracerRegion {
    try create(backing) { place in
      let options = TracerOptions(geometry: geometry, waking: waking, region: options)
      let tracer = try TracerRegion.create(place, options: options)
      try tracer.destroy()
      // Without a name, yet in use: threads are to attach.
      tracer.lanes.slots.reopen()
      return tracer
    }
  }

  /// A path for a file of this run.
  func temporaryPath() -> String {
    count += 1
    return "\(folder)/\(TemporaryName(number: count).text)"
  }

  /// What a region of the kind is made of, under a name.
  func place(_ backing: Backing, name: String) -> RegionBacking {
    switch backing {
    case .anonymous: .anonymous
    case .memfd: .memfd
    case .shm: .shm(name: "/" + name)
    case .file: .file(path: "\(folder)/\(name)")
    case .fileTmpfs: .file(path: "/dev/shm/\(name)")
    }
  }

  private func create<Region>(
    _ backing: Backing, _ make: (RegionBacking) throws -> Region
  ) throws -> Region {
    count += 1
    let place = place(backing, name: TemporaryName(number: count).text)
    // Between the making and the removing of a name nothing may interrupt.
    platform_cleanup_block_signals(1)
    defer { platform_cleanup_block_signals(0) }
    do { return try make(place) } catch {
      throw BenchError.operation("cannot create the region: \(error)")
    }
  }
}
