// The write rate of a disk itself: the limit of a trace on it.
//
// As many bytes as the trace had, in blocks of a ring's size, and the time until the disk has them.

import Glibc
import HardwareMemory
import Harness

enum RawDiskWrite {
  private static let answerNanoseconds: UInt64 = 120_000_000_000

  static func bytesPerSecond(
    byteCount: UInt64, block: Int, folder: String, cpu: Int
  ) throws -> Double {
    let scratch = try ScratchFolder(in: folder)
    defer { scratch.remove() }
    let path = scratch.path("raw")
    let worker = try WorkerProcess.start(name: "raw disk write", cpu: cpu) { worker in
      try worker.send(try write(path, byteCount: byteCount, block: block))
      return 0
    }
    return try worker.receive(placeholder: 0.0, deadlineNanoseconds: answerNanoseconds)
  }

  private static func write(_ path: String, byteCount: UInt64, block: Int) throws -> Double {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("open") }
    defer { close(descriptor) }
    // Not zeros: a file system may treat those as a hole.
    let buffer = [UInt8](repeating: 0xA5, count: block)
    let start = MonotonicTime.nanoseconds()
    var written: UInt64 = 0
    while written < byteCount {
      let count = buffer.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, min(block, Int(byteCount - written)))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw SystemError("write", code: count < 0 ? errno : EIO) }
      written += UInt64(count)
    }
    guard fdatasync(descriptor) == 0 else { throw SystemError("fdatasync") }
    let nanoseconds = MonotonicTime.nanoseconds() - start
    return Double(written) / (Double(nanoseconds) * 1e-9)
  }
}
