// The process that drains: the shipped pass over all slots and lanes, resuming from the log, into
// the log. Who lives is the parent's knowledge, which it passes on with the step.

import MemoryInterface
import TracerCore

/// Judges every owner alike.
private struct CrashJudge: LivenessJudge {
  let allAreDead: Bool
  mutating func isDead(owner: UInt32, start: UInt64) -> Bool { allAreDead }
}

struct ControllerActor<Memory: AddressableMemory>: CrashActor, ~Copyable {
  private let world: CrashWorld<Memory>
  private var controller: LaneController<Memory>
  private var output: CrashOutput<Memory>

  init(_ world: CrashWorld<Memory>) {
    self.world = world
    output = CrashOutput(ledger: world.ledger)
    let ledger = world.ledger
    controller = LaneController(world.lanes) { ledger.lastAccount(lane: $0.number) }
  }

  mutating func perform(_ step: CrashStep) throws(CrashFinding) {
    // Whoever asks for recovery has proof of the owners' deaths.
    var judge = CrashJudge(allAreDead: step == .recover)
    let pass: LanePass
    do throws(LedgerFull) {
      switch step {
      case .drain, .recover: pass = try controller.drain(judge: &judge, into: &output)
      case .drainActive: pass = try controller.drainActive(judge: &judge, into: &output)
      case .requestFlush:
        _ = controller.requestFlush()
        return
      default: preconditionFailure("\(step) is the agent's")
      }
    } catch { preconditionFailure("a ledger is planned with room for the whole output") }
    for lane in world.laneIdentifiers {
      guard let corruption = controller.quarantine(of: lane) else { continue }
      throw CrashFinding(.honestLaneIsClean, "\(lane): \(corruption)")
    }
    guard pass.damagedRings == 0 else {
      throw CrashFinding(.honestLaneIsClean, "\(pass.damagedRings) rings look damaged")
    }
  }
}
