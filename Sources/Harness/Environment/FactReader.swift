// Reads facts from /proc and /sys below a root that tests replace, and keeps the reason for each
// that is not to be had.

struct FactReader {
  /// What stands before `/proc` and `/sys`: empty on the machine itself.
  let root: String
  /// Why a fact is missing, by its name.
  private(set) var unknown: [String: String] = [:]

  init(root: String) { self.root = root }

  /// The text of a file.
  func text(_ path: String) -> String? { SystemFile.read(root + path) }

  /// A fact from a file; on failure the reason is kept.
  mutating func fact<Value>(
    _ name: String, _ path: String, _ parse: (String) -> Value?
  ) -> Value? {
    guard let text = text(path) else {
      unknown[name] = "\(path) cannot be read"
      return nil
    }
    guard let value = parse(text) else {
      unknown[name] = "\(path) does not say"
      return nil
    }
    return value
  }

  /// Keeps the reason for a fact that is missing; passes the value through.
  mutating func keep<Value>(_ name: String, _ value: Value?, orElse reason: String) -> Value? {
    if value == nil { unknown[name] = reason }
    return value
  }

  /// `Key:   value` of a file of such lines, such as /proc/cpuinfo: the first that matches.
  static func value(of key: String, in text: String) -> String? {
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = line[..<colon].trimmed
      if name == key { return line[line.index(after: colon)...].trimmed }
    }
    return nil
  }

  /// `MemTotal: 16 kB` as bytes.
  static func kibibytes(of key: String, in text: String) -> UInt64? {
    guard let words = value(of: key, in: text)?.split(separator: " "), let first = words.first,
      let number = UInt64(first)
    else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1024)
    return overflow ? nil : bytes
  }

  /// The chosen word of `always [madvise] never`.
  static func chosenWord(_ text: String) -> String? {
    guard let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]") else {
      return nil
    }
    return String(text[text.index(after: open)..<close])
  }
}

extension Substring {
  /// Without white space at either end.
  var trimmed: String {
    let rest = drop { $0 == " " || $0 == "\t" }
    guard let last = rest.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
    return String(rest[...last])
  }
}
