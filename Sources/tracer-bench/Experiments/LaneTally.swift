// What came of rounds of a lane torture.

import TracerCore

struct LaneTally {
  var rounds: UInt64 = 0
  var attempts: UInt64 = 0
  var drained: UInt64 = 0
  var lost: UInt64 = 0
  var overwritten: UInt64 = 0
  var inFlight: UInt64 = 0
  var marks: UInt64 = 0
  var takeovers: UInt64 = 0
  var counts: [LaneBoard.Counter: UInt64] = [:]

  /// Takes a lane's account on top.
  mutating func add(_ account: LaneAccount) {
    attempts += account.nextSequence
    drained += account.drained
    lost += account.losses.total
    overwritten += account.overwritten
    inFlight += account.inFlight
  }

  /// Takes another tally on top.
  mutating func add(_ other: LaneTally) {
    rounds += other.rounds
    attempts += other.attempts
    drained += other.drained
    lost += other.lost
    overwritten += other.overwritten
    inFlight += other.inFlight
    marks += other.marks
    takeovers += other.takeovers
    counts.merge(other.counts, uniquingKeysWith: +)
  }

  /// As a case's figures.
  var metrics: [MetricResult] {
    var figures: [(String, String, UInt64)] = [
      ("verified", "records", drained), ("attempts", "attempts", attempts),
      ("loss", "records", lost), ("overwritten", "records", overwritten),
      ("inFlight", "attempts", inFlight), ("marks", "marks", marks),
      ("takeovers", "takeovers", takeovers), ("rounds", "rounds", rounds),
    ]
    for counter in LaneBoard.Counter.allCases {
      figures.append((counter.text, counter.text, counts[counter] ?? 0))
    }
    // A scenario's zeros say nothing.
    return figures.filter { $0.2 > 0 || $0.0 == "loss" }
      .map { MetricResult($0.0, unit: $0.1, value: Double($0.2)) }
  }
}

extension LaneBoard.Counter {
  var text: String { "\(self)" }
}
