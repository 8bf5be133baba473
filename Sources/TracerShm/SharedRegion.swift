// A region: one page of header, then the payload, mapped shared.
//
//   SharedRegion.create(.anonymous | .memfd | .shm(name:) | .file(path:), byteCount:…)
//        │ fork              │ send(over:)          │ name               │ path
//        ▼                   ▼                      ▼                    ▼
//   the same object     receive(from:) / adopt   open(.shm(name:))    open(.file(path:))
//
// A class, since agent, controller and every thread's lane refer to one mapping, which ends with
// the last of them. The hot paths hold `payload`, a bare address, and never touch the object.

import CPlatform
import Glibc
public import HardwareMemory
import MemoryInterface

/// A shared region mapped into this process.
///
/// Any thread may use it. It must outlive every use of `payload`. Letting go of it unmaps; names
/// and files stay until `destroy()`.
public final class SharedRegion: Sendable {
  /// What the region is made of. One that was received as a descriptor is a `.memfd`.
  public let backing: RegionBacking
  /// What the header says, as checked when the region was created or opened.
  public let superblock: Superblock
  /// The options this process asked for.
  public let options: RegionOptions
  /// The region's descriptor, owned by this object; -1 for an anonymous region.
  let descriptor: Int32
  /// Before the mapping, since properties end in order: unguarded first, then unmapped.
  private let truncationGuard: TruncationGuard?
  let mapping: Mapping

  init(
    backing: RegionBacking, superblock: Superblock, options: RegionOptions, descriptor: Int32,
    mapping: consuming Mapping, truncationGuard: consuming TruncationGuard?
  ) {
    self.backing = backing
    self.superblock = superblock
    self.options = options
    self.descriptor = descriptor
    self.mapping = mapping
    self.truncationGuard = truncationGuard
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The payload: offset zero is its first byte, aligned to a page.
  ///
  /// A bare address, which does not keep the region mapped, while the compiler may let go of a
  /// variable after its last mention: store the region beside what works on its payload, or use
  /// `withPayload` or `withExtendedLifetime`.
  public var payload: HardwareMemory { mapping.memory.advanced(by: superblock.payloadOffset) }

  /// Lends the payload to a closure and keeps the region mapped meanwhile.
  public func withPayload<Result: ~Copyable, Failure: Error>(
    _ body: (HardwareMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(payload)
  }

  /// The size of the payload in bytes: at least what was asked for, rounded up to whole pages.
  public var payloadByteCount: Int { superblock.regionByteCount - superblock.payloadOffset }

  /// The size of the whole region in bytes, header included.
  public var byteCount: Int { superblock.regionByteCount }

  /// The address of the payload in this process, as a number: for calls that name pages.
  public var payloadAddress: UInt { mapping.address + UInt(superblock.payloadOffset) }

  /// How many bytes at the region's end this process found cut off the file and replaced by
  /// zeros of its own. Anything but zero means: trust nothing read since, and quarantine whoever
  /// wrote the region. Always zero for kinds that cannot be cut short.
  public var truncatedBytes: Int {
    switch truncationGuard {
    case .some(let guarded): guarded.lostBytes
    case .none: 0
    }
  }

  /// Writes a range of the payload back to the file and waits for the disk, as `msync`. Offsets
  /// are widened to whole pages. No effect on kinds without a file.
  public func synchronise(payloadOffset: Int, byteCount: Int) throws(RegionError) {
    precondition(
      payloadOffset >= 0 && byteCount >= 0 && payloadOffset + byteCount <= payloadByteCount,
      "the range lies within the payload")
    let start = superblock.payloadOffset + payloadOffset
    let first = start / superblock.pageByteCount * superblock.pageByteCount
    do throws(SystemError) {
      try mapping.synchronise(offset: first, byteCount: start + byteCount - first)
    } catch { throw .from(error, place: backing.description) }
    options.didSynchronise?(first..<(start + byteCount))
  }

  /// Removes the region's name or file, so that nobody opens it any more; mappings stay. No effect
  /// on kinds without a name, or where the name is gone already. A name that leads to something
  /// else by now is left alone (`replaced`).
  public func destroy() throws(RegionError) {
    let place = backing.description
    let path: String
    switch backing {
    case .anonymous, .memfd: return
    case .shm(let name): path = BackingObject.sharedMemoryFolder + name
    case .file(let filePath): path = filePath
    }
    do throws(SystemError) {
      var named = stat()
      var mine = stat()
      if lstat(path, &named) != 0 {
        if errno == ENOENT { return }
        throw SystemError("lstat")
      }
      if fstat(descriptor, &mine) != 0 { throw SystemError("fstat") }
      guard named.st_dev == mine.st_dev, named.st_ino == mine.st_ino else {
        throw SystemError("destroy", code: ESTALE)
      }
      if unlink(path) != 0 && errno != ENOENT { throw SystemError("unlink") }
    } catch {
      throw error.code == ESTALE ? .replaced(place) : .from(error, place: place)
    }
  }

  /// Publishes who works on the region. One process at a time: whoever holds the takeover's lock.
  /// Whatever instant the process dies at, the identity before or the new one stays readable.
  public func publishIdentity(_ identity: RegionIdentity) {
    IdentityArea(memory: mapping.memory).publish(identity)
  }

  /// Who works on the region, by the newest valid slot. Any process, at any time.
  public func currentIdentity() throws(RegionError) -> RegionIdentity {
    guard let identity = IdentityArea(memory: mapping.memory).newest() else {
      throw .noValidIdentity(backing.description)
    }
    return identity
  }
}
