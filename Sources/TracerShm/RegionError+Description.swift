// One clear line for each error: the thing first, then what is wrong and what the limit is.

extension RegionError: CustomStringConvertible {
  /// One line for people.
  public var description: String { systemDescription ?? openingDescription }

  /// Errors of making a region, and those that come from the system.
  private var systemDescription: String? {
    switch self {
    case .invalidName(let name):
      "\"\(name)\": the name of shared memory is a slash, then 1 to 200 characters without one"
    case .invalidByteCount(let place, let byteCount, let most):
      "\(place): \(byteCount) bytes asked for; a region holds 1 to \(most) bytes"
    case .notOpenable(let place):
      "\(place): has no name to open it by; inherit it or receive its descriptor"
    case .alreadyExists(let place, let error): "\(place): exists already (\(error))"
    case .notFound(let place, let error): "\(place): does not exist (\(error))"
    case .permissionDenied(let place, let error): "\(place): access denied (\(error))"
    case .symbolicLink(let place, let error):
      "\(place): is a symbolic link, which is not followed (\(error))"
    case .noSpace(let place, let byteCount, let error):
      "\(place): no space for \(byteCount) bytes (\(error))"
    case .insufficientMemory(let place, let byteCount, let available):
      "\(place): \(byteCount) bytes to be filled at once, \(available) bytes of memory available"
    case .system(let place, let error): "\(place): \(error)"
    case .hugePagesUnsupported(let place):
      "\(place): explicit huge pages exist for anonymous and memfd regions only"
    case .hugePagesUnavailable(let place, let byteCount, let error):
      "\(place): \(byteCount) bytes of huge pages are not to be had, see vm.nr_hugepages (\(error))"
    case .lockFailed(let place, let byteCount, let error):
      "\(place): cannot lock \(byteCount) bytes in memory, see ulimit -l (\(error))"
    case .prefaultFailed(let place, let byteCount, let error):
      "\(place): cannot touch \(byteCount) bytes beforehand (\(error))"
    case .numaBindingFailed(let place, let node, let error):
      "\(place): cannot place the pages on NUMA node \(node) (\(error))"
    case .tooManyRegions(let place, let most):
      "\(place): this process has \(most) regions mapped, no more are guarded"
    default: nil
    }
  }

  /// What the checks of an opening found.
  private var openingDescription: String {
    switch self {
    case .notARegularFile(let place): "\(place): is not a regular file"
    case .foreignOwner(let place, let owner, let user):
      "\(place): belongs to user \(owner), not to user \(user), root or a trusted owner"
    case .permissionsTooWide(let place, let mode, let allowed):
      "\(place): has mode 0\(octal(mode)), wider than the 0\(octal(allowed)) allowed"
    case .tooSmall(let place, let byteCount, let least):
      "\(place): is not a region: \(byteCount) bytes, a header alone has \(least)"
    case .notARegion(let place): "\(place): is not a region: no TRACESHM at byte 0"
    case .foreignByteOrder(let place): "\(place): was written in the other byte order"
    case .unsupportedVersion(let place, let found, let supported):
      "\(place): has version \(found), this program reads \(supported.major).x"
    case .checksumMismatch(let place, let stored, let computed):
      "\(place): damaged header: checksum 0x\(hex(stored)) stored, 0x\(hex(computed)) computed"
    case .pageSizeMismatch(let place, let found, let expected):
      "\(place): made for pages of \(found) bytes, this system has \(expected)"
    case .truncated(let place, let byteCount, let recorded):
      "\(place): truncated: \(byteCount) bytes of \(recorded)"
    case .oversized(let place, let byteCount, let recorded):
      "\(place): \(byteCount) bytes long, the region in it has \(recorded)"
    case .payloadOutOfRange(let place, let offset, let regionByteCount):
      "\(place): payload at \(offset) does not fit a region of \(regionByteCount) bytes"
    case .contentsMismatch(let place, let found, let expected):
      "\(place): holds \(found); expected \(expected)"
    case .missingSeals(let place):
      "\(place): is not sealed against resizing, its sender could cut it short"
    case .replaced(let place): "\(place): is another file by now and was left alone"
    case .noValidIdentity(let place): "\(place): neither identity slot is valid"
    default: "region error"
    }
  }

  private func octal(_ value: UInt32) -> String { String(value, radix: 8) }
  private func hex(_ value: UInt32) -> String { String(value, radix: 16) }
}
