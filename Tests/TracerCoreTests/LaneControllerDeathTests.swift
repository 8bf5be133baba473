// The agent's death at every access, met by a controller's whole pass: it judges the owner, drains
// and reclaims both lanes and frees the slot.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

/// Knows whether every owner is dead.
private struct FixedJudge: LivenessJudge {
  let areDead: Bool
  mutating func isDead(owner: UInt32, start: UInt64) -> Bool { areDead }
}

@Suite struct LaneControllerDeathTests {
  @Test func slotOfADeadOwnerIsDrainedAndFreedAtEveryAccess() throws {
    let fixture = try LaneFixture()
    let byteCount = fixture.lanes.geometry.byteCount
    guard case .claimed(let claim) = fixture.lanes.slots.claim(owner: 7, ownerStart: 1, thread: 1)
    else {
      Issue.record("an empty region has a slot")
      return
    }
    let observed = ObservedMemory(memory: fixture.mapping.memory)
    let lanes = try Lanes(attaching: observed, available: byteCount)
    let snapshot = try LaneSnapshot(byteCount: byteCount)
    var writer = lanes.lane(claim.slot, .index)
      .makeWriter(slotEpoch: claim.state.epoch, host: CountingHost<ObservedMemory>())
    var accepted = 0
    var kills = 0
    observed.observer.beforeAccess = {
      kills += 1
      guard let copy = snapshot.take(from: fixture.mapping.memory) else {
        Issue.record("the snapshot holds lanes")
        return
      }
      check(copy, accepted: accepted)
    }
    for _ in 0..<22 where writer.writeNumbered() == .written { accepted += 1 }
    observed.observer.beforeAccess = nil
    #expect(kills > 100, "the sweep has to cover something")
    writer.leave()
  }

  private func check(_ lanes: Lanes<HardwareMemory>, accepted: Int) {
    let all = SharedFrames()
    var output = SharedOutput<HardwareMemory>(shared: all)
    var controller = LaneController(lanes) { _ in LaneAccount() }
    // A living owner is left alone, whatever its lanes look like.
    var alive = FixedJudge(areDead: false)
    let before = controller.drain(judge: &alive, into: &output)
    expect(before.reclaimedSlots == 0 && before.attachedThreads == 1, "\(before)")
    var dead = FixedJudge(areDead: true)
    let pass = controller.drain(judge: &dead, into: &output)
    expect(pass.reclaimedSlots == 1 && pass.deadOwners == 1, "\(pass)")
    expect(pass.damagedRings == 0 && all.mismatches == 0, "no torn record")
    let state = lanes.slots.state(of: 0)
    expect(state.phase == .free && state.epoch == 1, "\(state)")
    let account = controller.account(of: LaneIdentifier(slot: 0, kind: .index))
    expect(LaneInvariant.everyAttemptAccountedFor(account), "\(account)")
    // The record in flight may be there as well.
    let found = all.sequences.count
    expect(found == accepted || found == accepted + 1, "\(found) of \(accepted)")
  }
}
