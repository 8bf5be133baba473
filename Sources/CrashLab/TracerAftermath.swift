// What happens after the kills of a time sweep: the parent takes over as any successor would, and
// checks region, notes and trace file.

import Glibc
import HardwareMemory
import TracerCore
import TracerShm

extension TracerPlace {
  /// Recovers, checks, and goes on. No other process is alive.
  ///
  /// - Parameter deaths: how often an agent died.
  func settle(deaths: UInt64) throws(CrashFinding) {
    let readOnly = try postMortem()
    let before = try frames()
    try recover()
    let frames = try frames()
    try compare(readOnly, Array(frames[before.count...]))
    try world.checkOutput(frames, deaths: deaths)
    try world.checkOwners(isReclaimed: true)
    // Once more: nothing is left.
    try recover()
    guard try self.frames().count == frames.count, try postMortem().isEmpty else {
      throw CrashFinding(.recoveryIsIdempotent, "a second recovery found more")
    }
    try checkNextOwner(after: frames, deaths: deaths)
  }

  private func recover() throws(CrashFinding) {
    var controller = TracerControllerActor(self)
    try controller.perform(.recover)
    try controller.finish()
  }

  /// The next owner of the slot fills its lanes, leaves, and loses nothing.
  private func checkNextOwner(
    after frames: [CrashFrame], deaths: UInt64
  ) throws(CrashFinding) {
    for lane in world.laneIdentifiers {
      // What was under way at the death is accounted for: counts begin there.
      let account = frames.last { $0.lane == lane.number }?.account ?? LaneAccount()
      world.notes(lane).settle(attempts: account.nextSequence, lost: account.losses.total)
    }
    var agent = TracerAgentActor(self)
    try agent.perform(.claim)
    for step in [CrashStep.write, .detail, .reserve, .mark, .detail, .leave] {
      try agent.perform(step)
    }
    try recover()
    let after = try self.frames()
    try world.checkOutput(after, deaths: deaths)
    let added = after[frames.count...].reduce(0) { $0 + $1.sequences.count }
    guard added == 4 else {
      throw CrashFinding(.survivorsFinish, "of the next owner's 4 records \(added) came through")
    }
  }

  /// What the trace file holds. Damage in it is torn output.
  func frames() throws(CrashFinding) -> [CrashFrame] {
    guard access(outputPath, F_OK) == 0 else { return [] }
    var found: [CrashFrame] = []
    var reader: TraceFileReader
    do throws(TraceFileError) { reader = try TraceFileReader(outputPath) } catch {
      // Killed before the header was whole: a successor begins the file anew.
      return []
    }
    while let block = try survivor({ () throws(TraceFileError) in try reader.next() }) {
      guard case .frame(let frame, let records) = block else { continue }
      var sequences: [UInt64] = []
      try survivor {
        try records.forEach { item, sequence, payload in
          guard case .record(let header) = item else { return }
          let isWhole = CrashPattern.matches(
            header, payload, lane: frame.lane.number, sequence: sequence)
          sequences.append(isWhole ? sequence : CrashFrame.torn)
        }
      }
      found.append(
        CrashFrame(lane: frame.lane.number, account: frame.account, sequences: sequences))
    }
    return found
  }

  /// The records that a post-mortem finds beside the output, by lane; none where the region has no
  /// name to open it by.
  private func postMortem() throws(CrashFinding) -> [UInt64: [UInt64]] {
    switch region.region.backing {
    case .anonymous, .memfd: return [:]
    case .shm, .file: break
    }
    var accounts: [UInt64: LaneAccount] = [:]
    for frame in try frames() { accounts[frame.lane] = frame.account }
    let postMortem = try survivor { () throws(PostMortemError) in
      try PostMortem(region.region.backing)
    }
    var output = NumbersOutput()
    let recoveries = postMortem.recover(
      resuming: { accounts[$0.number] ?? LaneAccount() }, into: &output)
    guard let broken = recoveries.first(where: { $0.damagedRings > 0 || !$0.isComplete }) else {
      return output.sequences
    }
    throw CrashFinding(
      .everyAttemptAccountedFor,
      "\(broken.lane), read-only: \(broken.account), \(broken.attempts) attempts, "
        + "\(broken.damagedRings) damaged rings")
  }

  /// Whatever the controller recovered the post-mortem had seen; it shows besides what nobody
  /// marked of a thread that left.
  private func compare(
    _ found: [UInt64: [UInt64]], _ added: [CrashFrame]
  ) throws(CrashFinding) {
    guard !found.isEmpty else { return }
    for lane in world.laneIdentifiers {
      let recovered = added.filter { $0.lane == lane.number }.flatMap(\.sequences)
      let readOnly = Set(found[lane.number] ?? [])
      guard readOnly.isSuperset(of: recovered) else {
        throw CrashFinding(
          .recoveryIsIdempotent, "\(lane): a post-mortem missed some of \(recovered.suffix(40))")
      }
    }
  }
}
