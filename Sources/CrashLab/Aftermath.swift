// What happens after every kill: whoever is left recovers, everything is checked, recovering again
// changes nothing, and the slot works for its next owner.

import HardwareMemory
import MemoryInterface
import TracerCore

extension CrashWorld where Memory == HardwareMemory {
  /// Recovers, checks, and goes on. Nobody else works on this world.
  ///
  /// - Parameters:
  ///   - deaths: how often an agent died in the middle of something.
  ///   - continues: whether the lanes are to be tried by a next owner as well.
  func settle(deaths: UInt64, continues: Bool = true) throws(CrashFinding) {
    let postMortem = try PostMortemCheck(self)
    var controller = ControllerActor(self)
    try controller.perform(.recover)
    try postMortem.compare(with: self)
    try checkOutput(ledger.frames(), deaths: deaths)
    try checkOwners(isReclaimed: true)
    try checkRepetition(deaths: deaths)
    guard continues else { return }
    try checkNextOwner(deaths: deaths)
  }

  /// Recovery once more, of lanes that were recovered: not a word changes in the output.
  private func checkRepetition(deaths: UInt64) throws(CrashFinding) {
    let length = ledger.logLength
    for identifier in laneIdentifiers {
      var reader = LaneReader(
        lane(identifier), resuming: ledger.lastAccount(lane: identifier.number))
      var output = CrashOutput<HardwareMemory>(ledger: ledger)
      let damaged: Int
      do throws(LedgerFull) { damaged = try reader.reclaim(after: .died, into: &output) } catch {
        preconditionFailure("a ledger is planned with room for the whole output")
      }
      guard ledger.logLength == length, damaged == 0 else {
        throw CrashFinding(
          .recoveryIsIdempotent,
          "\(identifier): a second recovery wrote \(ledger.logLength - length) words, "
            + "\(damaged) damaged rings")
      }
    }
    try checkOwners(isReclaimed: true)
  }

  /// The next owner fills the lanes, leaves, and loses nothing.
  private func checkNextOwner(deaths: UInt64) throws(CrashFinding) {
    for lane in laneIdentifiers {
      // What was under way at the death is accounted for: counts begin there.
      let account = ledger.lastAccount(lane: lane.number)
      notes(lane).settle(attempts: account.nextSequence, lost: account.losses.total)
    }
    var agent = AgentActor(self)
    var controller = ControllerActor(self)
    try agent.perform(.claim)
    for _ in 0..<8 {
      try agent.perform(.write)
      try agent.perform(.detail)
    }
    try controller.perform(.drain)
    try checkOwners(isReclaimed: false)
    try agent.perform(.mark)
    try agent.perform(.leave)
    try controller.perform(.recover)
    try checkOutput(ledger.frames(), deaths: deaths)
    try checkOwners(isReclaimed: true)
    for lane in laneIdentifiers
    where notes(lane).lost != ledger.lastAccount(lane: lane.number).losses.total {
      throw CrashFinding(.survivorsFinish, "\(lane): the next owner lost records")
    }
  }
}
