// Opening a region that somebody else made. Nothing is mapped before its header has passed every
// check in a private copy, and nothing is believed that was not in that copy.

import CPlatform
import Glibc
import HardwareMemory
import MemoryInterface

extension SharedRegion {
  /// Opens a named region or a file.
  ///
  /// - Parameters:
  ///   - contents: What the payload has to hold, kind and layout hash; `nil` accepts anything.
  ///   - options: What this process asks of its mapping, and the widest permissions it accepts.
  public static func open(
    _ backing: RegionBacking, contents: RegionContents? = nil,
    options: RegionOptions = RegionOptions()
  ) throws(RegionError) -> SharedRegion {
    let descriptor = try openDescriptor(backing, writable: true)
    return try finishOpening(descriptor, backing: backing, contents: contents, options: options)
  }

  /// Takes over the descriptor of a memfd region, inherited or received. Its seals are verified.
  /// The descriptor belongs to the region from here on, and is closed if this fails.
  public static func adopt(
    descriptor: Int32, contents: RegionContents? = nil, options: RegionOptions = RegionOptions()
  ) throws(RegionError) -> SharedRegion {
    let seals = platform_seals(descriptor)
    let required = platform_required_seals()
    guard seals >= 0, seals & required == required else {
      close(descriptor)
      throw .missingSeals("descriptor \(descriptor)")
    }
    return try finishOpening(descriptor, backing: .memfd, contents: contents, options: options)
  }

  /// Opens by name without following a link, and without waiting should it be a pipe. For reading,
  /// a descriptor of a process may be named by its path, which the system shows as a link.
  static func openDescriptor(
    _ backing: RegionBacking, writable: Bool
  ) throws(RegionError) -> Int32 {
    let access = (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC
    let descriptor: Int32
    let call: String
    switch backing {
    case .anonymous, .memfd: throw .notOpenable(backing.description)
    case .shm(let name):
      try BackingObject.checkName(name)
      call = "shm_open"
      descriptor = shm_open(name, access | O_NOFOLLOW, 0)
    case .file(let path):
      call = "open"
      let isDescriptor = !writable && path.hasPrefix("/proc/") && path.contains("/fd/")
      descriptor = Glibc.open(path, isDescriptor ? access : access | O_NOFOLLOW)
    }
    guard descriptor >= 0 else {
      let error = SystemError(call)
      // What cannot be written at all, such as a folder.
      if error.code == EISDIR || error.code == ENXIO {
        throw .notARegularFile(backing.description)
      }
      throw .from(error, place: backing.description)
    }
    return descriptor
  }

  /// Checks, maps and checks again; closes the descriptor on failure.
  private static func finishOpening(
    _ descriptor: Int32, backing: RegionBacking, contents: RegionContents?,
    options: RegionOptions
  ) throws(RegionError) -> SharedRegion {
    let place = backing.description
    do throws(RegionError) {
      let header = try RegionHeader(reading: descriptor, place: place)
      try header.checkAccess(options: options, place: place)
      let superblock = header.superblock
      try superblock.check(pageByteCount: pageByteCount, contents: contents, place: place)
      try allocateHoles(descriptor, byteCount: superblock.regionByteCount, place: place)
      let mapping = try map(
        descriptor, byteCount: superblock.regionByteCount, backing: backing, options: options)
      let truncationGuard = try guardIfNeeded(mapping, backing: backing)
      // Pairs with `SharedRegion.store`: the payload as prepared is visible from here on.
      let magic = mapping.memory.word(at: SuperblockLayout.magicOffset)
        .loadAcquire(.superblockPublish)
      guard magic == SuperblockLayout.magic else { throw .notARegion(place) }
      return SharedRegion(
        backing: backing, superblock: superblock, options: options, descriptor: descriptor,
        mapping: mapping, truncationGuard: truncationGuard)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// A file written by another program may have holes; filling them now finds a full disk here.
  private static func allocateHoles(
    _ descriptor: Int32, byteCount: Int, place: String
  ) throws(RegionError) {
    guard platform_allocate_blocks(descriptor, Int64(byteCount)) != 0 else { return }
    let error = SystemError("fallocate")
    // A file system without the call has no holes to speak of that could be filled otherwise.
    if error.code == EOPNOTSUPP || error.code == ENOSYS { return }
    throw .from(error, place: place, byteCount: byteCount)
  }
}
