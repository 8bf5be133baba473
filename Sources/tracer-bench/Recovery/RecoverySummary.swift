// What a recovery came to, in a line for people and in one for what went wrong.

import TracerCore
import TracerShm

/// The sum of a recovery.
struct RecoverySummary {
  /// What was recovered and what became of the rest.
  let line: String
  /// What could not be recovered though an honest peer wrote it; `nil` if nothing.
  let complaint: String?

  /// Of a region.
  init(_ region: PostMortem, _ recoveries: [LaneRecovery]) {
    let used = recoveries.filter { $0.attempts > 0 }
    func sum(_ value: (LaneRecovery) -> UInt64) -> UInt64 { used.reduce(0) { $0 &+ value($1) } }
    let records = sum { $0.resident }
    var parts = [
      "\(records) records of \(sum { $0.attempts }) attempts in \(used.count) lanes"
    ]
    parts += RecoverySummary.fates([
      (sum { $0.account.unaccounted }, "before what is left"),
      (sum { $0.account.losses.total }, "lost"), (sum { $0.account.overwritten }, "overwritten"),
      (sum { $0.account.inFlight }, "in flight"),
    ])
    if region.isSnapshot { parts.append("a snapshot: a peer lives") }
    if !region.isSameBoot { parts.append("of an earlier boot: sealed rings only") }
    if region.unsettledRings > 0 {
      parts.append("\(region.unsettledRings) rings moved on while they were looked at")
    }
    let expected = recoveries.reduce(0) { $0 + $1.rings.count { $0.verdict.isPowerCut } }
    if expected > 0 { parts.append("\(expected) rings unsealed or not written to the disk") }
    line = parts.joined(separator: ", ")
    var complaints: [String] = []
    let damaged = recoveries.reduce(0) { $0 + $1.damagedRings } - expected
    if damaged > 0 { complaints.append("\(damaged) damaged rings, see inspect") }
    if region.missingBytes > 0 {
      complaints.append("cut short, \(region.missingBytes) bytes are missing")
    }
    complaint = complaints.isEmpty ? nil : complaints.joined(separator: "; ")
  }

  /// Of a trace file.
  init(_ path: String, _ replay: TraceReplay) {
    func sum(_ value: (LaneAccount) -> UInt64) -> UInt64 {
      replay.accounts.values.reduce(0) { $0 &+ value($1) }
    }
    var parts = ["\(replay.records) records in \(replay.accounts.count) lanes"]
    parts += RecoverySummary.fates([
      (sum { $0.losses.total }, "lost"), (sum { $0.overwritten }, "overwritten"),
      (sum { $0.inFlight }, "in flight"), (sum { $0.unaccounted }, "before this file"),
      (replay.repeated, "known already"),
    ])
    // What a kill leaves: the last block, incomplete.
    let torn = replay.damage.filter { $0.damage.reason == .cutShort }
    if !torn.isEmpty { parts.append("an incomplete last block left out") }
    line = parts.joined(separator: ", ")
    var complaints: [String] = []
    if let first = replay.damage.first(where: { $0.damage.reason != .cutShort }) {
      let count = replay.damage.count - torn.count
      complaints.append(
        "\(count) damaged stretches, the first at byte \(first.damage.offset) of \(first.path): "
          + first.damage.reason.rawValue)
    }
    if replay.missing > 0 { complaints.append("\(replay.missing) records are missing") }
    complaint = complaints.isEmpty ? nil : complaints.joined(separator: "; ")
  }

  private static func fates(_ counts: [(UInt64, String)]) -> [String] {
    counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
  }
}

extension RingVerdict {
  /// What a power cut does to a ring, and nothing else.
  var isPowerCut: Bool { self == .unsealed || self == .checksumMismatch }
}
