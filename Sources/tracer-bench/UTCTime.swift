// The time of day in UTC, as documents and folders carry it.

import Glibc

struct UTCTime {
  /// `2026-01-31T09:05:00Z`.
  let text: String

  static func now() -> UTCTime {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func two(_ value: Int32) -> String { (value < 10 ? "0" : "") + "\(value)" }
    let date = "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    return UTCTime(
      text: "\(date)T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z")
  }

  /// The same without punctuation, for names of folders: `20260131T090500Z`.
  static func compact(_ text: String) -> String { text.filter { $0 != "-" && $0 != ":" } }
}
