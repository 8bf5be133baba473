// The process that drains: readers of all lanes, resuming from the log, into the log.

import MemoryInterface
import TracerCore

struct ControllerActor<Memory: AddressableMemory>: CrashActor, ~Copyable {
  /// A reader's place, since arrays hold nothing that cannot be copied.
  private final class Seat {
    var reader: LaneReader<Memory>
    init(_ reader: consuming LaneReader<Memory>) { self.reader = reader }
  }

  private let world: CrashWorld<Memory>
  private let seats: [Seat]
  private var output: CrashOutput<Memory>

  init(_ world: CrashWorld<Memory>) {
    self.world = world
    output = CrashOutput(ledger: world.ledger)
    seats = world.laneIdentifiers.map { lane in
      Seat(
        LaneReader(
          world.lane(lane), resuming: world.ledger.lastAccount(lane: lane.number)))
    }
  }

  mutating func perform(_ step: CrashStep) throws(CrashFinding) {
    switch step {
    case .drain: for seat in seats { while try drain(seat) {} }
    case .drainOne: for seat in seats { _ = try drain(seat) }
    case .drainActive:
      for seat in seats where seat.reader.lane.identifier.kind == .index {
        do throws(LaneDrainError<LedgerFull>) {
          while try seat.reader.drainActive(into: &output) {}
        } catch { throw finding(error, seat) }
      }
    case .requestFlush: _ = world.lanes.lane(0, .index).requestFlush()
    case .recover: try recover()
    default: preconditionFailure("\(step) is the agent's")
    }
  }

  private mutating func drain(_ seat: Seat) throws(CrashFinding) -> Bool {
    do throws(LaneDrainError<LedgerFull>) { return try seat.reader.drainNext(into: &output) } catch
    {
      throw finding(error, seat)
    }
  }

  private func finding(_ error: LaneDrainError<LedgerFull>, _ seat: Seat) -> CrashFinding {
    switch error {
    case .quarantined(let corruption):
      CrashFinding(.honestLaneIsClean, "\(seat.reader.lane.identifier): \(corruption)")
    case .output: preconditionFailure("a ledger is planned with room for the whole output")
    }
  }

  /// Every claimed slot is taken for a dead owner's: whoever asks for recovery has the proof.
  private mutating func recover() throws(CrashFinding) {
    let slots = world.lanes.slots
    for slot in 0..<slots.count {
      let state = slots.state(of: slot)
      let end: LaneEnd
      switch state.phase {
      case .free: continue
      case .claimed: end = .died
      case .retired: end = .retired
      case nil: throw CrashFinding(.honestLaneIsClean, "slot \(slot) has no known state")
      }
      for seat in seats where seat.reader.lane.identifier.slot == slot {
        let damaged: Int
        do throws(LedgerFull) {
          damaged = try seat.reader.reclaim(after: end, into: &output)
        } catch { preconditionFailure("a ledger is planned with room for the whole output") }
        guard damaged == 0 else {
          throw CrashFinding(
            .honestLaneIsClean, "\(seat.reader.lane.identifier): \(damaged) rings look damaged")
        }
      }
      slots.free(slot, judged: state)
    }
  }
}
