// How much memory there is to fill.

import Glibc

enum SystemMemory {
  /// `MemAvailable` of the machine in bytes; `nil` where the kernel does not say.
  static var availableByteCount: Int? {
    guard let text = TextFile.read("/proc/meminfo") else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
      return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
    return nil
  }
}
