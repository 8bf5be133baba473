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
    var lost: RegionReport.Losses
    var overwritten: UInt64
    var inFlight: UInt64
    var before: UInt64
    var isComplete: Bool
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
    lanes = replay.accounts.sorted { $0.key.number < $1.key.number }.map { lane, account in
      Lane(
        slot: lane.slot, lane: "\(lane.kind)", attempts: account.nextSequence,
        drained: account.drained, lost: RegionReport.Losses(account.losses),
        overwritten: account.overwritten, inFlight: account.inFlight,
        before: account.unaccounted,
        isComplete: LaneInvariant.everyAttemptAccountedFor(account))
    }
    damage = replay.damage.map { found in
      Damage(
        file: found.path, offset: found.damage.offset, byteCount: found.damage.byteCount,
        reason: found.damage.reason.rawValue)
    }
  }

  /// Tables for a terminal.
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
        "\(lane.slot) \(lane.lane)", "\(lane.attempts)", "\(lane.drained)", "\(lane.lost.total)",
        "\(lane.overwritten)", "\(lane.inFlight)", "\(lane.before)",
        lane.isComplete ? "" : "the sum is wrong",
      ]
    }
    if !table.rows.isEmpty { lines += ["", "Lanes", table.plain()] }
    var damaged = TextTable(["file", "byte", "bytes", "reason"])
    damaged.rows = damage.map { [$0.file, "\($0.offset)", "\($0.byteCount)", $0.reason] }
    if !damaged.rows.isEmpty { lines += ["", "Damage", damaged.plain()] }
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
