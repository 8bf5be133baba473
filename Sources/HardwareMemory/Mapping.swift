// The one place that maps shared memory into this process.

import CPlatform
import Glibc
import Synchronization

/// `MADV_POPULATE_WRITE` of the kernel's interface, which older C libraries do not name.
private let populateForWriting: Int32 = 23

/// A failed system call: what was asked and what the system answered.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The call that failed, as in its manual page.
  public let operation: String
  /// The value of `errno`.
  public let code: Int32

  /// Makes an error from a call's name and its `errno`.
  public init(_ operation: String, code: Int32 = errno) {
    self.operation = operation
    self.code = code
  }

  /// For people: `mmap: Cannot allocate memory`.
  public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}

/// A shared mapping of this process, unmapped when the value ends.
///
/// Owned by one place; forked children inherit the mapped pages. Not bound to a thread.
public struct Mapping: ~Copyable, @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  /// The length in bytes, a multiple of the page size.
  public let byteCount: Int

  /// Maps `byteCount` bytes shared: of a file descriptor, or anonymous where it is `nil`.
  ///
  /// - Parameter extraFlags: further `mmap` flags, such as `MAP_POPULATE` or `MAP_HUGETLB`.
  public init(
    descriptor: Int32?, byteCount: Int, writable: Bool = true, extraFlags: Int32 = 0
  ) throws(SystemError) {
    let protection = writable ? PROT_READ | PROT_WRITE : PROT_READ
    let flags = MAP_SHARED | (descriptor == nil ? MAP_ANONYMOUS : 0) | extraFlags
    guard
      let base = mmap(nil, byteCount, protection, flags, descriptor ?? -1, 0),
      base != MAP_FAILED
    else { throw SystemError("mmap") }
    self.base = base
    self.byteCount = byteCount
  }

  /// The memory of the mapping; valid while the mapping is.
  public var memory: HardwareMemory { HardwareMemory(base: base) }

  /// Advises the kernel about the whole mapping, as `madvise`.
  public func advise(_ advice: Int32) throws(SystemError) {
    guard madvise(base, byteCount, advice) == 0 else { throw SystemError("madvise") }
  }

  /// Locks the whole mapping in memory, as `mlock`.
  public func lock() throws(SystemError) {
    guard mlock(base, byteCount) == 0 else { throw SystemError("mlock") }
  }

  /// Touches every page for writing, so that no later access faults. On a kernel without the call
  /// for it (before 5.14) by adding zero to a word of each page, which a lack of memory ends with
  /// a signal instead of an error.
  public func prefault() throws(SystemError) {
    if madvise(base, byteCount, populateForWriting) == 0 { return }
    guard errno == EINVAL else { throw SystemError("madvise(MADV_POPULATE_WRITE)") }
    for offset in stride(from: 0, to: byteCount, by: Int(sysconf(Int32(_SC_PAGESIZE)))) {
      let word = (base + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
      word.pointee.wrappingAdd(0, ordering: .relaxed)
    }
  }

  /// Writes dirty pages of a range back to the file, as `msync`. Offsets are page multiples.
  public func synchronise(offset: Int, byteCount: Int) throws(SystemError) {
    guard msync(base + offset, byteCount, MS_SYNC) == 0 else { throw SystemError("msync") }
  }

  /// The address as a number: for system calls that name pages (`mbind`, `move_pages`).
  public var address: UInt { UInt(bitPattern: base) }

  deinit { munmap(base, byteCount) }
}
