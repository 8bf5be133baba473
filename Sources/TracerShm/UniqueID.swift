// Sixteen bytes that name a session or a boot, printed as a UUID. Foundation has such a type, but
// a traced process should not have to load Foundation.

import Glibc

/// A 128-bit identifier, printed as a UUID.
public struct UniqueID: Hashable, Sendable, CustomStringConvertible {
  /// The first eight bytes as printed, the first one most significant.
  public let high: UInt64
  /// The last eight bytes as printed.
  public let low: UInt64

  /// Makes an identifier of its two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A random identifier (UUID version 4).
  public static func random() -> UniqueID {
    UniqueID(
      high: .random(in: 0 ... .max) & 0xFFFF_FFFF_FFFF_0FFF | 0x4000,
      low: .random(in: 0 ... .max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
  }

  /// Reads the printed form; `nil` unless it holds 32 hexadecimal digits, hyphens aside.
  public init?(_ text: String) {
    let digits = text.filter { $0 != "-" }
    guard digits.utf8.count == 32, let high = UInt64(digits.prefix(16), radix: 16),
      let low = UInt64(digits.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  /// The identifier of the machine's current boot; all zeros where the kernel does not tell.
  public static func currentBoot() -> UniqueID {
    let text = ProcFile.read("/proc/sys/kernel/random/boot_id") ?? ""
    return UniqueID(String(text.prefix { $0 != "\n" })) ?? UniqueID(high: 0, low: 0)
  }

  /// `01234567-89ab-4def-8123-456789abcdef`.
  public var description: String {
    let digits = [high, low].map { half in
      let text = String(half, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }.joined()
    var result = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { result.append("-") }
      result.append(digit)
    }
    return result
  }
}
