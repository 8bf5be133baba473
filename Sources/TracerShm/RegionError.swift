// Why a region could not be made, opened or described. Every case names the region; those that
// come from the system carry the call and its errno.

import Glibc
public import HardwareMemory

/// Why a region operation was refused.
public enum RegionError: Error, Equatable, Sendable {
  /// The name is not one that shared memory can have: a slash, then no further slash.
  case invalidName(String)
  /// The size asked for is not positive, or beyond what an address space holds.
  case invalidByteCount(String, byteCount: Int, most: Int)
  /// This kind cannot be opened by name: inherit it, or receive its descriptor.
  case notOpenable(String)
  /// There is a region or file of this name already; it was not touched.
  case alreadyExists(String, SystemError)
  /// There is nothing of this name.
  case notFound(String, SystemError)
  /// The system denies access.
  case permissionDenied(String, SystemError)
  /// The path ends in a symbolic link, which is never followed.
  case symbolicLink(String, SystemError)
  /// The disk, or the file system behind shared memory, is too full.
  case noSpace(String, byteCount: Int, SystemError)
  /// Less memory is available than would be filled at once.
  case insufficientMemory(String, byteCount: Int, available: Int)
  /// Any other failed system call.
  case system(String, SystemError)
  /// Explicit huge pages do not exist for this kind.
  case hugePagesUnsupported(String)
  /// The machine has no huge pages, or too few of them.
  case hugePagesUnavailable(String, byteCount: Int, SystemError)
  /// The pages could not be locked in memory.
  case lockFailed(String, byteCount: Int, SystemError)
  /// The pages could not be touched beforehand.
  case prefaultFailed(String, byteCount: Int, SystemError)
  /// The pages could not be placed on the node.
  case numaBindingFailed(String, node: Int, SystemError)
  /// Too many regions are mapped in this process.
  case tooManyRegions(String, most: Int)
  /// The path leads to something that is no regular file.
  case notARegularFile(String)
  /// The owner is neither this user, nor root, nor the trusted one.
  case foreignOwner(String, owner: UInt32, user: UInt32)
  /// The mode bits grant more than the options allow.
  case permissionsTooWide(String, mode: UInt32, allowed: UInt32)
  /// The file is shorter than a header.
  case tooSmall(String, byteCount: Int, least: Int)
  /// The magic at byte 0 is missing.
  case notARegion(String)
  /// The region was written by a machine of the other byte order.
  case foreignByteOrder(String)
  /// The major version differs.
  case unsupportedVersion(String, found: RegionVersion, supported: RegionVersion)
  /// The header does not match its checksum.
  case checksumMismatch(String, stored: UInt32, computed: UInt32)
  /// The region was made for pages of another size.
  case pageSizeMismatch(String, found: Int, expected: Int)
  /// The file is shorter than the region in it.
  case truncated(String, byteCount: Int, recorded: UInt64)
  /// The file is longer than the region in it.
  case oversized(String, byteCount: Int, recorded: UInt64)
  /// The payload would begin outside the region.
  case payloadOutOfRange(String, offset: UInt64, regionByteCount: UInt64)
  /// The payload is of another kind, or laid out in another way.
  case contentsMismatch(String, found: RegionContents, expected: RegionContents)
  /// The descriptor lacks seals: its sender could cut it short.
  case missingSeals(String)
  /// The name leads to something else by now; it was not touched.
  case replaced(String)
  /// Neither identity slot is valid.
  case noValidIdentity(String)
}

extension RegionError {
  /// Sorts a failed system call into the case that names its reason.
  static func from(_ error: SystemError, place: String, byteCount: Int = 0) -> RegionError {
    switch error.code {
    case EEXIST: .alreadyExists(place, error)
    case ENOENT: .notFound(place, error)
    case EACCES, EPERM: .permissionDenied(place, error)
    case ELOOP: .symbolicLink(place, error)
    case ENOSPC, EDQUOT, EFBIG: .noSpace(place, byteCount: byteCount, error)
    default: .system(place, error)
    }
  }
}
