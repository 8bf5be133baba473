// Numbers as text of fixed form, without Foundation: usable before and after a fork.

enum Text {
  /// `value` with `digits` decimals (at most 15), padded on the left to `width`.
  static func fixed(_ value: Double, _ digits: Int, width: Int = 0) -> String {
    guard value.isFinite else { return right("\(value)", width) }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e18 else { return right("\(value)", width) }
    let whole = UInt64(scaled)
    let unit = UInt64(scale)
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return right("\(sign)\(whole)", width) }
    let fraction = String(whole % unit)
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return right("\(sign)\(whole / unit).\(zeros)\(fraction)", width)
  }

  /// Pads on the left.
  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
