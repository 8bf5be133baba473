// Text under composition, as bytes in a buffer that grows to what one piece needs.

import Glibc

/// A buffer of UTF-8 text. Belongs to one thread.
struct ByteText: ~Copyable {
  /// Write it out from here on: enough that system calls do not count.
  static let comfortableByteCount = 1 << 16
  private static let hexadecimalDigits = Array("0123456789abcdef".utf8)

  private var bytes = UnsafeMutableBufferPointer<UInt8>.allocate(
    capacity: 2 * comfortableByteCount)
  private(set) var byteCount = 0

  deinit { bytes.deallocate() }

  private mutating func reserve(_ count: Int) {
    guard bytes.count - byteCount < count else { return }
    let larger = UnsafeMutableBufferPointer<UInt8>.allocate(
      capacity: max(2 * bytes.count, byteCount + count))
    _ = larger.update(fromContentsOf: bytes[..<byteCount])
    bytes.deallocate()
    bytes = larger
  }

  mutating func add(_ text: StaticString) {
    let count = text.utf8CodeUnitCount
    reserve(count)
    (bytes.baseAddress! + byteCount).update(from: text.utf8Start, count: count)
    byteCount += count
  }

  mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { source in
      guard let start = source.baseAddress else { return }
      reserve(source.count)
      (bytes.baseAddress! + byteCount).update(from: start, count: source.count)
    }
    byteCount += text.utf8.count
  }

  /// A number in decimal.
  mutating func add(_ number: UInt64) {
    // 2^64 has twenty digits.
    reserve(20)
    var rest = number
    var digits = 1
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    rest = number
    for place in stride(from: digits - 1, through: 0, by: -1) {
      bytes[byteCount + place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    byteCount += digits
  }

  /// Bytes in hexadecimal, in their order.
  mutating func add(hexadecimal source: UnsafeRawBufferPointer) {
    reserve(2 * source.count)
    ByteText.hexadecimalDigits.withUnsafeBufferPointer { digits in
      for byte in source {
        bytes[byteCount] = digits[Int(byte >> 4)]
        bytes[byteCount + 1] = digits[Int(byte & 15)]
        byteCount += 2
      }
    }
  }

  /// A text as a JSON string.
  mutating func add(quoted text: String) {
    add("\"" as StaticString)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        reserve(2)
        bytes[byteCount] = UInt8(ascii: "\\")
        bytes[byteCount + 1] = byte
        byteCount += 2
      case 0..<0x20:
        add("\\u00" as StaticString)
        withUnsafeBytes(of: byte) { add(hexadecimal: $0) }
      default:
        reserve(1)
        bytes[byteCount] = byte
        byteCount += 1
      }
    }
    add("\"" as StaticString)
  }

  /// Writes and forgets everything; the code of the error if that failed.
  mutating func write(to descriptor: Int32) -> Int32? {
    defer { byteCount = 0 }
    var done = 0
    while done < byteCount {
      let count = Glibc.write(descriptor, bytes.baseAddress! + done, byteCount - done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count < 0 ? errno : EIO }
      done += count
    }
    return nil
  }
}
