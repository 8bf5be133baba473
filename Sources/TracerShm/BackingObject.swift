// The object behind a region while it is being created: made, allocated to its full size, and only
// when it is complete given its name. Whatever fails on the way leaves nothing behind.

import CPlatform
import Glibc
import HardwareMemory

/// A descriptor under construction, with its temporary name where it has one.
struct BackingObject: ~Copyable {
  let backing: RegionBacking
  private(set) var descriptor: Int32 = -1
  /// The open folder that holds the temporary name, or -1.
  private var folder: Int32 = -1
  private var temporaryName: String?

  private var place: String { backing.description }

  /// Makes and allocates the object. An anonymous region has none: its mapping is everything.
  init(
    creating backing: RegionBacking, byteCount: Int, options: RegionOptions
  ) throws(RegionError) {
    self.backing = backing
    do throws(SystemError) {
      switch backing {
      case .anonymous: return
      case .memfd:
        descriptor = platform_memfd_create("tracer-shm", options.hugePages == .always ? 1 : 0)
        if descriptor < 0 { throw SystemError("memfd_create") }
      case .shm(let name): try makeShared(name)
      case .file(let path): try makeFile(path)
      }
      // The mode exactly as asked for, whatever the umask.
      if fchmod(descriptor, options.permissions) != 0 { throw SystemError("fchmod") }
      try allocate(byteCount)
    } catch {
      if case .memfd = backing, options.hugePages == .always {
        throw .hugePagesUnavailable(place, byteCount: byteCount, error)
      }
      throw .from(error, place: place, byteCount: byteCount)
    }
  }

  /// The folder where the C library keeps named shared memory on Linux.
  static let sharedMemoryFolder = "/dev/shm"

  /// Named objects too are built under a temporary name, so that nobody opens half of one.
  private mutating func makeShared(_ name: String) throws(SystemError) {
    folder = try BackingObject.openFolder(BackingObject.sharedMemoryFolder)
    let base = String(name.dropFirst())
    try refuseExisting(base, in: folder)
    let temporary = BackingObject.temporaryName(for: base)
    descriptor = shm_open("/" + temporary, O_RDWR | O_CREAT | O_EXCL, 0o600)
    if descriptor < 0 { throw SystemError("shm_open") }
    temporaryName = temporary
  }

  private mutating func makeFile(_ path: String) throws(SystemError) {
    let (folderPath, base) = BackingObject.split(path)
    folder = try BackingObject.openFolder(folderPath)
    try refuseExisting(base, in: folder)
    let temporary = BackingObject.temporaryName(for: base)
    descriptor = openat(
      folder, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw SystemError("open") }
    temporaryName = temporary
  }

  /// Allocates every block now: a full disk is found here, never as a SIGBUS later.
  private func allocate(_ byteCount: Int) throws(SystemError) {
    var code: Int32
    repeat { code = posix_fallocate(descriptor, 0, off_t(byteCount)) } while code == EINTR
    if code != 0 { throw SystemError("posix_fallocate", code: code) }
  }

  /// Refuses early what `publish` would refuse late, before anything large is written.
  private func refuseExisting(_ base: String, in folder: Int32) throws(SystemError) {
    var status = stat()
    if fstatat(folder, base, &status, AT_SYMLINK_NOFOLLOW) == 0 {
      throw SystemError("create", code: EEXIST)
    }
  }

  /// Makes the complete object reachable: seals it, or gives it its name. The descriptor is the
  /// caller's afterwards.
  mutating func publish() throws(RegionError) -> Int32 {
    do throws(SystemError) {
      switch backing {
      case .anonymous: break
      case .memfd:
        if platform_seal(descriptor) != 0 { throw SystemError("fcntl(F_ADD_SEALS)") }
      case .shm(let name): try rename(to: String(name.dropFirst()))
      case .file(let path):
        // The contents first, then the name, then the folder that holds the name.
        if fsync(descriptor) != 0 { throw SystemError("fsync") }
        let base = BackingObject.split(path).base
        try rename(to: base)
        if fsync(folder) != 0 {
          let error = SystemError("fsync")
          unlinkat(folder, base, 0)
          throw error
        }
      }
    } catch { throw .from(error, place: place) }
    defer { descriptor = -1 }
    return descriptor
  }

  private mutating func rename(to name: String) throws(SystemError) {
    guard let temporary = temporaryName else { return }
    if platform_rename_exclusive(folder, temporary, name) != 0 { throw SystemError("renameat2") }
    temporaryName = nil
  }

  deinit {
    if let temporaryName { unlinkat(folder, temporaryName, 0) }
    if descriptor >= 0 { close(descriptor) }
    if folder >= 0 { close(folder) }
  }
}

extension BackingObject {
  /// A hidden name that carries who makes it, so that a sweep can tell those of the dead, and a
  /// random part, so that two threads do not meet.
  static func temporaryName(for base: String) -> String {
    let creator = ProcessIdentity.current
    let random = String(UInt32.random(in: 0 ... .max), radix: 16)
    return ".\(base).\(creator.pid)-\(creator.startTimeTicks).\(random).tmp"
  }

  /// Folder and last component of a path.
  static func split(_ path: String) -> (folder: String, base: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, String(path[path.index(after: slash)...]))
  }

  /// Opens a folder, for names relative to it and to synchronise it.
  static func openFolder(_ path: String) throws(SystemError) -> Int32 {
    let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw SystemError("open(folder)") }
    return folder
  }

  /// Checks a name of shared memory: it becomes one component of a path, with room for what a
  /// temporary name adds to it (255 bytes are the most a component may have).
  static func checkName(_ name: String) throws(RegionError) {
    let base = name.dropFirst()
    guard name.first == "/", !base.isEmpty, base.utf8.count <= 200, !base.contains("/"),
      base != ".", base != "..", !base.utf8.contains(0)
    else { throw .invalidName(name) }
  }
}
