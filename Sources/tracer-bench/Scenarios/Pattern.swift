// What messages carry, so that the consumer can check every word of every one of them.
//
// Word i of message n is n ^ i·K. A stale, shifted, torn or repeated message differs in some bit.
// The consumer folds the differences together by `|` and looks at the sum of them once a run:
// comparing word by word would halve the rate (the x86-64 baseline has no 64-bit vector equality).

/// The contents of messages.
enum Pattern {
  /// 2^64 divided by the golden ratio: multiples of it differ in many bits.
  @inline(__always) static var multiplier: UInt64 { 0x9E37_79B9_7F4A_7C15 }

  /// Word `index` of message `sequence`.
  @inline(__always) static func word(_ sequence: UInt64, _ index: Int) -> UInt64 {
    sequence ^ (UInt64(truncatingIfNeeded: index) &* multiplier)
  }
}

/// The first message that arrived with other contents than it was sent with.
struct BadMessage: Equatable {
  /// The number of the message that was due.
  var sequence: UInt64
  /// The word of it that differs; −1 if the length differs, −2 if the number of messages does.
  var wordIndex: Int
  /// What should stand there.
  var expected: UInt64
  /// What stands there.
  var found: UInt64

  /// For people.
  var text: String {
    func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
    return switch wordIndex {
    case -2: "\(found) messages arrived instead of \(expected)"
    case -1: "message \(sequence) has \(found) bytes instead of \(expected)"
    default:
      "message \(sequence), word \(wordIndex): \(hexadecimal(found)) instead of "
        + hexadecimal(expected)
    }
  }

  /// Messages are missing, or there are too many.
  static func wrongCount(expected: UInt64, found: UInt64) -> BadMessage {
    BadMessage(sequence: 0, wordIndex: -2, expected: expected, found: found)
  }
}
