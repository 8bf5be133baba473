// Two threads that fight for one slot: it is one thread's at a time, and what the last owner stored
// is there for the next. A thread sanitizer sees these.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct SlotContentionTests {
  @Test func aSlotIsOneThreadsAtATime() throws {
    let fixture = try LaneFixture(smallLanes())
    let lanes = fixture.lanes
    // A word of a ring: plain payload, so that two owners at once are a race and lose additions.
    let counter =
      lanes.geometry.laneOffset(LaneIdentifier(slot: 0, kind: .index))
      + lanes.geometry.index.ringsOffset + LaneLayout.Ring.records
    let perThread = 5_000
    @Sendable func work(owner: UInt32) {
      var done = 0
      while done < perThread {
        guard case .claimed(let claim) = lanes.slots.claim(owner: owner, ownerStart: 1, thread: 1)
        else { continue }
        let memory = lanes.memory
        memory.storePayload(memory.loadPayload(at: counter) &+ 1, at: counter)
        lanes.slots.free(claim.slot, judged: claim.state)
        done += 1
      }
    }
    concurrently({ work(owner: 7) }, { work(owner: 8) })
    #expect(lanes.memory.loadPayload(at: counter) == UInt64(2 * perThread))
    #expect(lanes.slots.state(of: 0).epoch == UInt64(2 * perThread))
  }
}
