// A short text inside a message of fixed size, so that a worker can say why it failed.

/// At most 248 bytes of UTF-8; longer text is cut.
public struct FixedText: BitwiseCopyable, Sendable, CustomStringConvertible {
  /// The bytes that fit: with the length a round 256, so that a message stays small.
  public static let capacity = 248

  private var count: UInt64 = 0
  private var bytes = InlineArray<248, UInt8>(repeating: 0)

  /// Keeps the start of `text`.
  public init(_ text: String = "") {
    for byte in text.utf8.prefix(FixedText.capacity) {
      bytes[Int(count)] = byte
      count += 1
    }
  }

  /// The text; bytes that are not UTF-8 (a character cut in two) are replaced.
  public var description: String {
    let valid = min(Int(clamping: count), FixedText.capacity)
    return String(decoding: (0..<valid).map { bytes[$0] }, as: UTF8.self)
  }
}
