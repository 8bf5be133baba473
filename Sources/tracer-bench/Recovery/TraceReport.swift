// What `inspect` says of a trace file: whose records, how many of each lane, and what is damaged.

import FoundationEssentials
import TracerCore
import TracerShm

/// A trace as far as people want to know.
struct TraceReport: Encodable {
  /// What became of a lane's attempts, as the last frame has it.
  struct Lane: Encodable {
    var slot: Int
    var lane: String
    var attempts: UInt64
    var drained: UInt64
    var lost: LossReport
    var overwritten: UInt64
    var inFlight: UInt64
    var before: UInt64
    var isComplete: Bool
    /// Between frames.
    var holes: [HoleReport]

    /// The lane for people.
    var name: String { "\(slot) \(lane)" }
  }

  /// A stretch that cannot be believed.
  struct Damage: Encodable {
    var file: String
    var offset: Int
    var byteCount: Int
    var reason: String
  }

  var files: [String]
  var session: String
  var records: UInt64
  /// Records that the trace has twice, of which one counts.
  var repeated: UInt64
  /// Records that were drained and are not there.
  var missing: UInt64
  var lanes: [Lane]
  /// Holes beyond the most that are listed.
  var furtherHoles: UInt64
  var damage: [Damage]

  /// Reads a trace to its end.
  init(_ path: String) throws(BenchError) {
    files = TraceFileReader.files(of: path)
    let replay: TraceReplay
    do throws(TraceReplayError<Never>) {
      var nowhere = Nowhere()
      replay = try TraceReplay(path, into: &nowhere)
    } catch {
      switch error {
      case .input(let error): throw .operation("\(error)")
      }
    }
    session = replay.session.description
    records = replay.records
    repeated = replay.repeated
    missing = replay.missing
    furtherHoles = replay.furtherHoles
    let holes = Dictionary(grouping: replay.holes, by: \.lane)
    lanes = replay.accounts.sorted { $0.key.number < $1.key.number }.map { lane, account in
      Lane(
        slot: lane.slot, lane: "\(lane.kind)", attempts: account.nextSequence,
        drained: account.drained, lost: LossReport(account.losses),
        overwritten: account.overwritten, inFlight: account.inFlight,
        before: account.unaccounted,
        isComplete: LaneInvariant.everyAttemptAccountedFor(account),
        holes: (holes[lane] ?? []).map { HoleReport($0.numbers) })
    }
    damage = replay.damage.map { found in
      Damage(
        file: found.path, offset: found.damage.offset, byteCount: found.damage.byteCount,
        reason: found.damage.reason.rawValue)
    }
  }

  /// Tables for a terminal: lanes, losses, holes, damage; empty ones left out.
  var text: String {
    var lines = [
      "trace:        \(files.joined(separator: ", "))",
      "session:      \(session)",
      "records:      \(records), \(repeated) of them twice, \(missing) missing",
    ]
    var table = TextTable([
      "lane", "attempts", "drained", "lost", "overwritten", "in flight", "before", "remarks",
    ])
    table.rows = lanes.map { lane in
      [
        lane.name, "\(lane.attempts)", "\(lane.drained)", "\(lane.lost.total)",
        "\(lane.overwritten)", "\(lane.inFlight)", "\(lane.before)",
        lane.isComplete ? "" : "the sum is wrong",
      ]
    }
    lines += ReportTables.section("Lanes", table)
    lines += ReportTables.section(
      "Losses", ReportTables.losses(lanes.map { (lane: $0.name, lost: $0.lost) }))
    lines += ReportTables.section(
      "Holes",
      ReportTables.holes(
        lanes.flatMap { lane in lane.holes.map { (lane: lane.name, hole: $0) } },
        further: furtherHoles))
    var damaged = TextTable(["file", "byte", "bytes", "reason"])
    damaged.rows = damage.map { [$0.file, "\($0.offset)", "\($0.byteCount)", $0.reason] }
    lines += ReportTables.section("Damage", damaged)
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Encodable {
  /// One JSON object for programs, keys sorted.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}
