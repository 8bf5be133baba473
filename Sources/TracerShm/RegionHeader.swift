// A region's header as read from its file into private memory, checked, with what the file system
// says about the file.

import Glibc
import HardwareMemory

/// The private copy of a header, and the file it came from.
struct RegionHeader {
  let superblock: Superblock
  /// The words of the first 4096 bytes.
  let words: [UInt64]
  let byteCount: Int
  let owner: UInt32
  let mode: UInt32

  /// Reads and checks a header: regular file, least size, magic, byte order, version, checksum,
  /// and, unless whoever asks copes with less, recorded against real size.
  init(
    reading descriptor: Int32, place: String, checksSize: Bool = true
  ) throws(RegionError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .from(SystemError("fstat"), place: place)
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(place) }
    byteCount = Int(status.st_size)
    owner = status.st_uid
    mode = status.st_mode & 0o777
    let least = SuperblockLayout.leastByteCount
    guard byteCount >= least else {
      throw .tooSmall(place, byteCount: byteCount, least: least)
    }
    var words = [UInt64](repeating: 0, count: least / 8)
    let count = words.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, least, 0) }
    guard count >= 0 else { throw .from(SystemError("pread"), place: place) }
    guard count == least else { throw .tooSmall(place, byteCount: count, least: least) }
    self.words = words
    superblock = try Superblock(decoding: words, place: place)
    if checksSize { try superblock.check(byteCount: byteCount, place: place) }
  }

  /// Checks that the file belongs to somebody trusted and grants no more than allowed. Somebody
  /// who may write to a region may put anything into it.
  func checkAccess(options: RegionOptions, place: String) throws(RegionError) {
    let user = geteuid()
    guard owner == user || owner == 0 || owner == options.trustedOwner else {
      throw .foreignOwner(place, owner: owner, user: user)
    }
    guard mode & ~options.permissions == 0 else {
      throw .permissionsTooWide(place, mode: mode, allowed: options.permissions)
    }
  }
}
