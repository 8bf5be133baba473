// Small files of /proc, read whole. They have no size to ask for, and one read returns them.

import Glibc

enum ProcFile {
  /// Enough for the files read here (`stat`, `meminfo`, `boot_id`), of which the beginning counts.
  private static let mostBytes = 4096

  /// The beginning of a file as text, or `nil` where it cannot be read.
  static func read(_ path: String) -> String? {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: mostBytes)
    let count = Glibc.read(descriptor, &bytes, mostBytes)
    guard count >= 0 else { return nil }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  /// A figure of /proc/meminfo in bytes.
  static func memoryFigure(_ name: String) -> Int? {
    for line in (read("/proc/meminfo") ?? "").split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
      if words.count >= 2, words[0] == name, let kibibytes = Int(words[1]) {
        return kibibytes * 1024
      }
    }
    return nil
  }
}
