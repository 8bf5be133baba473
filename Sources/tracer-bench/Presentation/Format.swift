// Numbers as people read them, without Foundation.

enum Format {
  /// `value` with so many decimals.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "–" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    // Beyond 2^63 there are no decimals anyway.
    guard scaled < 9e18 else { return "\(value)" }
    let sign = value < 0 && scaled > 0 ? "-" : ""
    let whole = UInt64(scaled)
    guard digits > 0 else { return sign + "\(whole)" }
    let fraction = String(whole % UInt64(scale))
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return sign + "\(whole / UInt64(scale))." + zeros + fraction
  }

  /// With about three significant digits.
  static func significant(_ value: Double) -> String {
    switch abs(value) {
    case 100...: fixed(value, 0)
    case 10...: fixed(value, 1)
    default: fixed(value, 2)
    }
  }

  /// A figure of a metric in the unit that people use for it.
  static func figure(_ value: Double, unit: String) -> String {
    switch unit {
    case "records/s" where value < 1e6: "\(significant(value / 1e3)) k/s"
    case "records/s": "\(significant(value / 1e6)) M/s"
    case "bytes/s": "\(significant(value / 1e9)) GB/s"
    case "ns" where value >= 10_000: "\(significant(value / 1000)) µs"
    case "ns": "\(significant(value)) ns"
    default: "\(significant(value)) \(unit)"
    }
  }

  static func percent(_ share: Double) -> String { "\(fixed(share * 100, 0)) %" }

  static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? space + text : text + space
  }
}
