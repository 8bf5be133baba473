// Shared memory of each kind for a litmus test, without a name as soon as it stands.

import CPlatform
import Glibc
import Harness
import HardwareMemory

/// A kind of region that tests are run over.
public enum TortureBacking: Hashable, Sendable, CustomStringConvertible {
  /// Anonymous memory, shared by fork.
  case anonymous
  /// An anonymous file.
  case memfd
  /// POSIX shared memory.
  case shm
  /// A file in this folder.
  case file(folder: String)
  /// A file in this folder, which is on tmpfs.
  case fileOnTmpfs(folder: String)

  /// The prefix of names, which last from their making to their removal a moment later.
  private static let prefix = "tracer-torture"

  /// Removes what runs that were killed in that moment left behind.
  public func sweep() {
    switch self {
    case .anonymous, .memfd: break
    case .shm: TemporaryName.sweep(prefix: Self.prefix)
    case .file(let folder), .fileOnTmpfs(let folder):
      TemporaryName.sweep(folder: folder, prefix: Self.prefix)
    }
  }

  /// The name in results.
  public var description: String {
    switch self {
    case .anonymous: "anonymous"
    case .memfd: "memfd"
    case .shm: "shm"
    case .file: "file"
    case .fileOnTmpfs: "file-tmpfs"
    }
  }

  /// Maps `byteCount` zeroed bytes of this kind, every page present.
  func map(byteCount: Int) throws(SystemError) -> Mapping {
    let name = TemporaryName(prefix: Self.prefix, number: 0).text
    switch self {
    case .anonymous:
      return try Mapping(
        descriptor: nil, byteCount: byteCount, extraFlags: Int32(MAP_POPULATE))
    case .memfd:
      return try Self.map(
        platform_memfd_create(Self.prefix, 0), "memfd_create", byteCount: byteCount)
    case .shm:
      let token = CleanupRegistry.add(sharedMemory: "/" + name)
      defer { token.map { CleanupRegistry.forget($0) } }
      let descriptor = shm_open("/" + name, O_RDWR | O_CREAT | O_EXCL, 0o600)
      if descriptor >= 0 { shm_unlink("/" + name) }
      return try Self.map(descriptor, "shm_open", byteCount: byteCount)
    case .file(let folder), .fileOnTmpfs(let folder):
      let path = "\(folder)/\(name)"
      let token = CleanupRegistry.add(file: path)
      defer { token.map { CleanupRegistry.forget($0) } }
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if descriptor >= 0 { unlink(path) }
      return try Self.map(descriptor, "open \(path)", byteCount: byteCount)
    }
  }

  private static func map(
    _ descriptor: Int32, _ operation: String, byteCount: Int
  ) throws(SystemError) -> Mapping {
    guard descriptor >= 0 else { throw SystemError(operation) }
    defer { close(descriptor) }
    let code = posix_fallocate(descriptor, 0, off_t(byteCount))
    guard code == 0 else { throw SystemError("posix_fallocate", code: code) }
    return try Mapping(
      descriptor: descriptor, byteCount: byteCount, extraFlags: Int32(MAP_POPULATE))
  }
}
