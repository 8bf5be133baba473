// Thread slots: one owner each, named by the claim itself, freed last and only once.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct ThreadSlotTests {
  private func claim(
    _ slots: ThreadSlots<HardwareMemory>, owner: UInt32 = 7
  ) -> ThreadSlotClaim? {
    guard case .claimed(let claim) = slots.claim(owner: owner, ownerStart: 3, thread: 9) else {
      return nil
    }
    return claim
  }

  @Test func everySlotIsClaimedOnceAndThenNoneIsFree() throws {
    let fixture = try LaneFixture(smallLanes(threadSlots: 3))
    let slots = fixture.lanes.slots
    #expect((0..<3).map { _ in claim(slots)?.slot } == [0, 1, 2])
    #expect(slots.claim(owner: 1, ownerStart: 1, thread: 1) == .noneFree)
    slots.countSlotlessAttempt()
    #expect(slots.slotlessAttempts == 1)
  }

  @Test func claimNamesItsOwner() throws {
    let fixture = try LaneFixture()
    let slots = fixture.lanes.slots
    let mine = try #require(claim(slots, owner: (1 << 30) - 1))
    let state = slots.state(of: mine.slot)
    #expect(state == mine.state)
    #expect(state.phase == .claimed && state.owner == (1 << 30) - 1 && state.epoch == 0)
    #expect(slots.ownerStart(of: 0) == 3 && slots.threadIdentifier(of: 0) == 9)
  }

  @Test func slotGoesRoundWithItsEpoch() throws {
    let fixture = try LaneFixture()
    let slots = fixture.lanes.slots
    for epoch in 0..<5 as Range<UInt64> {
      let mine = try #require(claim(slots))
      #expect(mine.state.epoch == epoch)
      slots.retire(mine)
      #expect(claim(slots) == nil, "a retired slot is the controller's")
      let judged = slots.state(of: 0)
      #expect(judged.phase == .retired)
      slots.free(0, judged: judged)
      // A successor that repeats the end of a reclaim frees nothing that moved on.
      slots.free(0, judged: judged)
      #expect(slots.state(of: 0).epoch == epoch + 1 && slots.state(of: 0).phase == .free)
    }
  }

  @Test func staleJudgementFreesNothing() throws {
    let fixture = try LaneFixture()
    let slots = fixture.lanes.slots
    let first = try #require(claim(slots, owner: 1))
    slots.free(0, judged: first.state)
    let second = try #require(claim(slots, owner: 1))
    slots.free(0, judged: first.state)
    #expect(slots.state(of: 0) == second.state)
  }

  @Test func closingLetsNobodyInAndWaitsForOwners() throws {
    let fixture = try LaneFixture(smallLanes(threadSlots: 2))
    let slots = fixture.lanes.slots
    let mine = try #require(claim(slots))
    #expect(!slots.close())
    #expect(slots.claim(owner: 1, ownerStart: 1, thread: 1) == .closing)
    slots.retire(mine)
    #expect(!slots.close(), "its lanes are not drained yet")
    slots.free(0, judged: slots.state(of: 0))
    #expect(slots.close())
    slots.reopen()
    #expect(claim(slots) != nil)
  }

  @Test func claimThatMeetsAClosingRegionGivesTheSlotBack() throws {
    let fixture = try LaneFixture()
    let observed = ObservedMemory(memory: fixture.mapping.memory)
    let lanes = try Lanes(attaching: observed, available: fixture.lanes.geometry.byteCount)
    let hardware = fixture.lanes.slots
    // Closes before every access in turn: each claim is refused or seen by the destroyer.
    var refused = 0
    var seen = 0
    for access in 1..<12 {
      hardware.reopen()
      var count = 0
      var isFree = true
      observed.observer.beforeAccess = {
        count += 1
        if count == access { isFree = hardware.close() }
      }
      let outcome = lanes.slots.claim(owner: 1, ownerStart: 1, thread: 1)
      observed.observer.beforeAccess = nil
      if case .claimed = outcome {
        if count >= access {
          seen += 1
          #expect(!isFree, "access \(access): claimed, and the destroyer saw nobody")
        }
        hardware.free(0, judged: hardware.state(of: 0))
      } else {
        refused += 1
        #expect(hardware.state(of: 0).phase == .free)
      }
    }
    #expect(refused > 0 && seen > 0)
  }

  @Test func slotReusedByTheNextThreadContinuesItsNumbers() throws {
    let fixture = try LaneFixture()
    let slots = fixture.lanes.slots
    var reader = LaneReader(fixture.lane(.index))
    var output = CollectingOutput<HardwareMemory>()
    for epoch in 0..<6 as Range<UInt64> {
      let mine = try #require(claim(slots))
      #expect(mine.state.epoch == epoch)
      var writer = fixture.writer(.index, epoch: epoch)
      for _ in 0..<30 { _ = writer.writeNumbered() }
      writer.leave()
      slots.retire(mine)
      if epoch % 2 == 0 { try reader.drainAll(into: &output) }
      expect(try reader.reclaim(after: .retired, into: &output) == 0)
      slots.free(0, judged: slots.state(of: 0))
      expectIdentity(reader.account, attempts: 30 * (epoch + 1), output)
    }
    #expect(Set(output.frames.filter { $0.recordCount > 0 }.map(\.slotEpoch)) == Set(0..<6))
  }
}
