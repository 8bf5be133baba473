// The read-only recovery of a post-mortem, against the one that a controller does: both have to find
// the same records.

import HardwareMemory
import MemoryInterface
import TracerCore

/// Keeps the numbers of records by lane, or that one is torn.
struct NumbersOutput: LaneOutput {
  var sequences: [UInt64: [UInt64]] = [:]

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(Never) {
    let lane = frame.lane.number
    var found: [UInt64] = []
    do throws(LaneCorruption) {
      try records.forEach { memory, record, sequence in
        let isWhole = CrashPattern.matches(memory, record, lane: lane, sequence: sequence)
        found.append(isWhole ? sequence : CrashFrame.torn)
      }
    } catch { found.append(CrashFrame.torn) }
    if !found.isEmpty { sequences[lane, default: []] += found }
  }
}

/// What a post-mortem finds in each lane that the output does not have yet.
struct PostMortemCheck {
  private var found: [LaneIdentifier: [UInt64]] = [:]
  private let logLength: Int

  /// Looks at a world in which nobody lives, and changes nothing of it.
  init(_ world: CrashWorld<HardwareMemory>) throws(CrashFinding) {
    logLength = world.ledger.logLength
    let scan = RecoveryScan(world.lanes, rule: .committed)
    for lane in world.laneIdentifiers {
      let phase = world.lanes.slots.state(of: lane.slot).phase
      var output = NumbersOutput()
      let recovery = scan.recover(
        lane, resuming: world.ledger.lastAccount(lane: lane.number),
        end: phase == .claimed ? .died : .left, into: &output)
      guard recovery.isComplete, recovery.damagedRings == 0 else {
        throw CrashFinding(
          .everyAttemptAccountedFor,
          "\(lane), read-only: \(recovery.account), \(recovery.attempts) attempts, "
            + "\(recovery.damagedRings) damaged rings")
      }
      found[lane] = output.sequences[lane.number]
    }
  }

  /// Compares with what a controller has added to the output since.
  func compare(with world: CrashWorld<HardwareMemory>) throws(CrashFinding) {
    let frames = world.ledger.frames(from: logLength)
    for lane in world.laneIdentifiers {
      let recovered = frames.filter { $0.lane == lane.number }.flatMap(\.sequences)
      let found = found[lane] ?? []
      // What nobody marked of a thread that left is dropped by a controller and shown here.
      guard found == recovered || (lane.kind == .detail && Set(found).isSuperset(of: recovered))
      else {
        throw CrashFinding(
          .recoveryIsIdempotent,
          "\(lane): a post-mortem found \(found), the controller \(recovered)")
      }
    }
  }
}
