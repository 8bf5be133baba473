// What an actor works on: the lanes in whichever memory, and the ledger beside them.

import HardwareMemory
import MemoryInterface
import TracerCore

struct CrashWorld<Memory: AddressableMemory> {
  let lanes: Lanes<Memory>
  let ledger: CrashLedger

  func notes(_ lane: LaneIdentifier) -> LaneNotes { ledger.notes(Int(lane.number)) }

  /// Every lane.
  var laneIdentifiers: [LaneIdentifier] {
    (0..<lanes.geometry.threadSlots).flatMap { slot in
      LaneKind.allCases.map { LaneIdentifier(slot: slot, kind: $0) }
    }
  }

  /// A lane by its name.
  func lane(_ identifier: LaneIdentifier) -> Lane<Memory> {
    lanes.lane(identifier.slot, identifier.kind)
  }
}

/// One side of the protocol, doing what a script says. Runs in a victim or in the parent.
protocol CrashActor: ~Copyable {
  /// Does one step. Throws where it meets what no kill of an honest peer may cause.
  mutating func perform(_ step: CrashStep) throws(CrashFinding)
}
