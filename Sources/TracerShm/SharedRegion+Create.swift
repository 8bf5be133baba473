// Creating a region: size, object, mapping, placement, payload, header, and its name at last.

import CPlatform
import Glibc
public import HardwareMemory
import MemoryInterface

extension SharedRegion {
  /// The most bytes a payload may have: half of what 47 bits of user address space hold.
  public static let mostBytes = 1 << 46

  /// Creates a region with a payload of at least `byteCount` bytes, zeroed.
  ///
  /// Every kind is allocated in full before this returns, so that a lack of space is an error here
  /// and never a signal later; anonymous memory, which cannot be, is if `prefault` or
  /// `lockInMemory` ask for it. A name that exists is never replaced. On any error nothing is left
  /// behind. Blocks for as long as allocating and synchronising take.
  ///
  /// - Parameters:
  ///   - contents: What the payload holds; whoever opens the region can insist on it.
  ///   - prepare: Lays out the payload, before anyone can open the region.
  public static func create(
    _ backing: RegionBacking, byteCount: Int, contents: RegionContents = .unspecified,
    options: RegionOptions = RegionOptions(), prepare: (HardwareMemory) -> Void = { _ in }
  ) throws(RegionError) -> SharedRegion {
    let place = backing.description
    if case .shm(let name) = backing { try BackingObject.checkName(name) }
    guard byteCount > 0, byteCount <= mostBytes else {
      throw .invalidByteCount(place, byteCount: byteCount, most: mostBytes)
    }
    let total = try regionByteCount(payload: byteCount, backing: backing, options: options)
    try checkAvailableMemory(total, backing: backing, options: options)

    var object = try BackingObject(creating: backing, byteCount: total, options: options)
    let mapping = try map(
      object.descriptor, byteCount: total, backing: backing, options: options)
    let truncationGuard = try guardIfNeeded(mapping, backing: backing)
    let superblock = Superblock(
      contents: contents, pageByteCount: pageByteCount, regionByteCount: total)
    prepare(mapping.memory.advanced(by: superblock.payloadOffset))
    let area = IdentityArea(memory: mapping.memory)
    area.publish(RegionIdentity(epoch: 0, boot: superblock.boot))
    store(superblock, in: mapping.memory)
    let descriptor = try object.publish()
    return SharedRegion(
      backing: backing, superblock: superblock, options: options, descriptor: descriptor,
      mapping: mapping, truncationGuard: truncationGuard)
  }

  /// The page size of this system in bytes.
  static let pageByteCount = Int(sysconf(Int32(_SC_PAGESIZE)))

  /// The size of the whole region: header page and payload, in whole pages of the kind used.
  private static func regionByteCount(
    payload: Int, backing: RegionBacking, options: RegionOptions
  ) throws(RegionError) -> Int {
    var unit = pageByteCount
    if options.hugePages == .always {
      switch backing {
      case .anonymous, .memfd:
        // Where the kernel does not tell, the system call that follows does.
        unit = ProcFile.memoryFigure("Hugepagesize") ?? 2 << 20
      case .shm, .file: throw .hugePagesUnsupported(backing.description)
      }
    }
    let wanted = pageByteCount + payload
    return (wanted + unit - 1) / unit * unit
  }

  /// Nameless memory has no file system to be full: the kernel would rather end a process than
  /// refuse a page. What is to be filled at once is therefore compared with what is available
  /// (of the machine; a tighter limit of a control group is not looked at).
  private static func checkAvailableMemory(
    _ byteCount: Int, backing: RegionBacking, options: RegionOptions
  ) throws(RegionError) {
    switch backing {
    case .shm, .file: return
    case .anonymous: guard options.prefault || options.lockInMemory else { return }
    case .memfd: break
    }
    guard options.hugePages != .always, let available = ProcFile.memoryFigure("MemAvailable")
    else { return }
    guard byteCount <= available else {
      throw .insufficientMemory(
        backing.description, byteCount: byteCount, available: available)
    }
  }

  /// Stores the header, the magic last: from then on the region is one.
  private static func store(_ superblock: Superblock, in memory: HardwareMemory) {
    let words = superblock.encoded()
    for index in 1..<words.count { memory.storePayload(words[index], at: 8 * index) }
    // Pairs with `SharedRegion.finishOpening`.
    memory.word(at: SuperblockLayout.magicOffset).storeRelease(words[0], .superblockPublish)
  }
}
