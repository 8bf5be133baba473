// What the inspections of a region and of a trace have in common: losses by cause, and holes.

import TracerCore

/// Losses by cause.
struct LossReport: Encodable {
  var noSpareRing: UInt64
  var noSpareWhileMarked: UInt64
  var tooLarge: UInt64
  var quarantined: UInt64

  init(_ losses: LossCounts) {
    noSpareRing = losses[.noSpareRing]
    noSpareWhileMarked = losses[.noSpareWhileMarked]
    tooLarge = losses[.tooLarge]
    quarantined = losses[.quarantined]
  }

  /// All of them; wraps around where nobody honest counted.
  var total: UInt64 {
    noSpareRing &+ noSpareWhileMarked &+ tooLarge &+ quarantined
  }

  /// By cause, for people.
  var parts: [(count: UInt64, name: String)] {
    [
      (noSpareRing, "no spare ring"), (noSpareWhileMarked, "no spare while marked"),
      (tooLarge, "too large"), (quarantined, "in quarantine"),
    ]
  }
}

/// Numbers without records, between rings or frames.
struct HoleReport: Encodable {
  var firstSequence: UInt64
  var count: UInt64
  var lost: LossReport
  /// Or in a damaged ring.
  var overwritten: UInt64
  var inFlight: UInt64
  /// Drained, and not in the trace.
  var missing: UInt64

  init(_ hole: LaneHole) {
    firstSequence = hole.firstSequence
    count = hole.count
    lost = LossReport(hole.losses)
    overwritten = hole.overwritten
    inFlight = hole.inFlight
    missing = hole.missing
  }

  /// Its row in a table of holes.
  func row(_ lane: String) -> [String] {
    let parts =
      lost.parts + [
        (overwritten, "overwritten or damaged"), (inFlight, "in flight"), (missing, "missing"),
      ]
    let fates = parts.filter { $0.count > 0 }.map { "\($0.count) \($0.name)" }
    return [lane, "\(firstSequence)", "\(count)", fates.joined(separator: ", ")]
  }
}

/// Tables that both inspections print.
enum ReportTables {
  /// So many holes are printed; the rest is in the JSON.
  private static let mostRows = 100

  /// Lanes that lost something, by cause.
  static func losses(_ lanes: [(lane: String, lost: LossReport)]) -> TextTable {
    var table = TextTable([
      "lane", "lost", "no spare ring", "no spare while marked", "too large", "in quarantine",
    ])
    table.rows = lanes.filter { $0.lost.total > 0 }.map { lane, lost in
      [lane, "\(lost.total)"] + lost.parts.map { "\($0.count)" }
    }
    return table
  }

  /// Holes with their places; `further` ones are listed nowhere.
  static func holes(
    _ holes: [(lane: String, hole: HoleReport)], further: UInt64 = 0
  ) -> TextTable {
    var table = TextTable(["lane", "first", "count", "of which"])
    table.rows = holes.prefix(mostRows).map { $0.hole.row($0.lane) }
    if holes.count > mostRows {
      table.rows.append(["…", "", "", "\(holes.count - mostRows) more, see --format json"])
    }
    if further > 0 { table.rows.append(["…", "", "", "\(further) more, not listed"]) }
    return table
  }

  /// A table under its title; nothing where it has no rows.
  static func section(_ title: String, _ table: TextTable) -> [String] {
    table.rows.isEmpty ? [] : ["", title, table.plain()]
  }
}
