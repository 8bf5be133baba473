// Why a trace file could not be written or read. Damage within a file is no error: readers report
// it and go on behind it.

public import HardwareMemory

/// Why a trace file was refused.
public enum TraceFileError: Error, Equatable, Sendable {
  /// A system call failed.
  case system(String, SystemError)
  /// There is a file of this name already; it was not touched.
  case alreadyExists(String)
  /// The path leads to something that is no regular file.
  case notARegularFile(String)
  /// The magic at byte 0 is missing.
  case notATraceFile(String)
  /// The file is of another major version.
  case unsupportedVersion(String, found: UInt16)
  /// The file was written by a machine of the other byte order.
  case foreignByteOrder(String)
  /// The file header does not match its checksum.
  case damagedHeader(String, stored: UInt64, computed: UInt64)
  /// The file holds the records of another region.
  case foreignSession(String, found: UniqueID, expected: UniqueID)
  /// Another process writes to the file.
  case inUse(String)
}

extension TraceFileError: CustomStringConvertible {
  /// One line for people.
  public var description: String {
    switch self {
    case .system(let path, let error): "\(path): \(error)"
    case .alreadyExists(let path): "\(path): exists already"
    case .notARegularFile(let path): "\(path): is not a regular file"
    case .notATraceFile(let path): "\(path): is not a trace file: no TRCOUT01 at byte 0"
    case .unsupportedVersion(let path, let found):
      "\(path): is a trace file of version \(TraceFileLayout.versionText(found)), "
        + "not \(TraceFileLayout.versionText(TraceFileLayout.version))"
    case .foreignByteOrder(let path): "\(path): was written in the other byte order"
    case .damagedHeader(let path, let stored, let computed):
      "\(path): damaged header: checksum 0x\(String(stored, radix: 16)) stored, "
        + "0x\(String(computed, radix: 16)) computed"
    case .foreignSession(let path, let found, let expected):
      "\(path): holds session \(found), not \(expected)"
    case .inUse(let path): "\(path): another process writes to it"
    }
  }
}
