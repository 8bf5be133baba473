// Small files, read and written whole.

import Glibc

enum TextFile {
  /// The text of a file; `nil` where it cannot be read (`errno` says why).
  static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[0..<count]
    }
  }

  /// Writes a file as a whole or not at all: under a temporary name, then renamed.
  static func write(_ text: String, to path: String) throws(BenchError) {
    let temporary = "\(path).\(getpid()).tmp"
    // Created anew: nobody else's file is written through.
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("cannot write", path) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        let error = failure("cannot write", path)
        close(descriptor)
        unlink(temporary)
        throw error
      }
      rest = rest.dropFirst(written)
    }
    guard close(descriptor) == 0, rename(temporary, path) == 0 else {
      let error = failure("cannot write", path)
      unlink(temporary)
      throw error
    }
  }

  /// Makes a folder and those above it.
  static func makeFolder(_ path: String) throws(BenchError) {
    var built = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      built += part + "/"
      guard mkdir(built, 0o755) == 0 || errno == EEXIST else {
        throw failure("cannot make the folder", path)
      }
    }
  }

  private static func failure(_ what: String, _ path: String) -> BenchError {
    .operation("\(what) \(path): \(String(cString: strerror(errno)))")
  }
}
