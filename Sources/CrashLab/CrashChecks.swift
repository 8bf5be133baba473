// The guarantees, checked on a world at rest: nobody is in the middle of anything.

import HardwareMemory
import MemoryInterface
import TracerCore

extension CrashWorld where Memory == HardwareMemory {
  /// Everything that holds once all lanes are drained and reclaimed.
  ///
  /// - Parameters:
  ///   - frames: the whole output.
  ///   - deaths: how often an agent died in the middle of something.
  func checkOutput(_ frames: [CrashFrame], deaths: UInt64) throws(CrashFinding) {
    for lane in laneIdentifiers {
      let own = frames.filter { $0.lane == lane.number }
      let account = own.last?.account ?? LaneAccount()
      try checkRecords(
        of: lane, own.flatMap(\.sequences), overwritten: account.overwritten, deaths: deaths)
      try checkAccount(
        of: lane, own.last?.account ?? LaneAccount(),
        found: own.reduce(0) { $0 + $1.sequences.count },
        deaths: deaths)
    }
  }

  /// Which records are in the output.
  private func checkRecords(
    of lane: LaneIdentifier, _ sequences: [UInt64], overwritten: UInt64, deaths: UInt64
  ) throws(CrashFinding) {
    guard !sequences.contains(CrashFrame.torn) else {
      throw CrashFinding(.noRecordIsTorn, "\(lane): \(text(sequences))")
    }
    guard zip(sequences, sequences.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw CrashFinding(.exactlyOnce, "\(lane): \(text(sequences))")
    }
    let (missing, unnoted) = compare(notes(lane), sequences)
    // An index lane overwrites nothing; a detail lane no more than it says.
    guard lane.kind == .detail ? UInt64(missing.count) <= overwritten : missing.isEmpty else {
      throw CrashFinding(
        .acceptedRecordsSurvive,
        "\(lane): \(text(missing)) missing, \(overwritten) overwritten, found \(text(sequences))")
    }
    guard UInt64(unnoted.count) <= deaths else {
      throw CrashFinding(
        .atMostOneInFlight,
        "\(lane): \(text(unnoted)) in the output were never accepted; \(deaths) deaths")
    }
  }

  /// Accepted records that are not in the output, and records in it that were not accepted. Both
  /// lists are in order.
  private func compare(
    _ notes: LaneNotes, _ sequences: [UInt64]
  ) -> (missing: [UInt64], unnoted: [UInt64]) {
    var missing: [UInt64] = []
    var unnoted: [UInt64] = []
    var next = 0
    for position in 0..<notes.acceptedCount {
      let accepted = notes.accepted(position)
      while next < sequences.count, sequences[next] < accepted {
        unnoted.append(sequences[next])
        next += 1
      }
      if next < sequences.count, sequences[next] == accepted {
        next += 1
      } else {
        missing.append(accepted)
      }
    }
    return (missing, unnoted + sequences[next...])
  }

  /// What the lane's account says, against what the victim counted itself.
  private func checkAccount(
    of lane: LaneIdentifier, _ account: LaneAccount, found: Int, deaths: UInt64
  ) throws(CrashFinding) {
    let notes = notes(lane)
    guard LaneInvariant.everyAttemptAccountedFor(account), account.drained == UInt64(found) else {
      throw CrashFinding(
        .everyAttemptAccountedFor, "\(lane): \(account), \(found) in the output")
    }
    let begun = notes.begun
    guard account.nextSequence <= begun, account.nextSequence >= notes.returned,
      account.inFlight <= deaths
    else {
      throw CrashFinding(
        .atMostOneInFlight,
        "\(lane): \(account); \(begun) attempts begun, \(notes.returned) returned")
    }
    // The attempt in flight may have been a loss that was counted before its write returned, or
    // one that was not counted yet.
    let lost = account.losses.total
    guard lost <= notes.lost + deaths, lost + deaths >= notes.lost,
      account.unaccounted == 0, lane.kind == .detail || account.overwritten == 0
    else {
      throw CrashFinding(
        .everyAttemptAccountedFor, "\(lane): \(account); \(notes.lost) losses returned")
    }
  }

  /// Every ring has one owner. Between steps of agent and controller, or when both are gone.
  ///
  /// - Parameter isReclaimed: whether the rings have to be free, all of them.
  func checkOwners(isReclaimed: Bool) throws(CrashFinding) {
    for identifier in laneIdentifiers {
      let lane = lane(identifier)
      guard let owners = lane.owners() else {
        throw CrashFinding(.honestLaneIsClean, "\(identifier): impossible queue positions")
      }
      guard owners.isComplete(ringCount: lane.geometry.ringCount),
        !isReclaimed || owners.free.count == lane.geometry.ringCount
      else {
        throw CrashFinding(
          .everyRingHasOneOwner,
          "\(identifier): free \(owners.free), submitted \(owners.submitted), "
            + "agent's \(owners.agent) of \(lane.geometry.ringCount)")
      }
    }
    guard isReclaimed else { return }
    for slot in 0..<lanes.slots.count where lanes.slots.state(of: slot).phase != .free {
      throw CrashFinding(.survivorsFinish, "slot \(slot) of a dead owner was not freed")
    }
  }

  private func text(_ sequences: [UInt64]) -> String {
    let shown = sequences.suffix(40).map { $0 == CrashFrame.torn ? "torn" : "\($0)" }
    let dots = sequences.count > shown.count ? "… " : ""
    return dots + shown.joined(separator: " ")
  }
}
