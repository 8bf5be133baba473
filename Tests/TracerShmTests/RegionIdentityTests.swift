// The alternating identity slots: what is published is read back, and no kill between two stores,
// nor any damaged word, makes a region unreadable.

import Glibc
import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerShm

@Suite struct RegionIdentityTests {
  private func identity(_ epoch: UInt64) -> RegionIdentity {
    RegionIdentity(
      epoch: epoch, agent: ProcessIdentity(pid: 10 + UInt32(epoch), startTimeTicks: 1000 + epoch),
      controller: epoch % 2 == 0 ? nil : ProcessIdentity(pid: 7, startTimeTicks: epoch))
  }

  @Test func newestPublishedIdentityIsRead() throws {
    let region = try SharedRegion.create(.anonymous, byteCount: 1)
    #expect(try region.currentIdentity().epoch == 0)
    #expect(try region.currentIdentity().agent == nil)
    for epoch in UInt64(1)...9 {
      region.publishIdentity(identity(epoch))
      #expect(try region.currentIdentity() == identity(epoch))
    }
  }

  /// Stops after each number of stores, in the order of the code, and looks.
  @Test func aKillBetweenAnyTwoStoresLeavesTheOldOrTheNewIdentity() throws {
    let region = try SharedRegion.create(.anonymous, byteCount: 1)
    for start in UInt64(1)...2 {
      for stores in 0...IdentitySlot.wordCount {
        region.publishIdentity(identity(start))
        region.publishIdentity(identity(start + 1))
        let memory = DyingMemory(region.mapping.memory, storesLeft: stores)
        IdentityArea(memory: memory).publish(identity(start + 2))
        let seen = try region.currentIdentity()
        let complete = stores == IdentitySlot.wordCount
        #expect(seen == identity(start + (complete ? 2 : 1)), "\(stores) stores")
        // The successor publishes over the torn slot.
        region.publishIdentity(identity(start + 5))
        #expect(try region.currentIdentity() == identity(start + 5))
      }
    }
  }

  @Test func anyDamagedWordOfASlotLeavesTheOtherSlot() throws {
    let region = try SharedRegion.create(.memfd, byteCount: 1)
    for slot in SuperblockLayout.slotOffsets {
      for word in 0..<IdentitySlot.wordCount {
        region.publishIdentity(identity(1))
        region.publishIdentity(identity(2))
        let damaged = region.mapping.memory.word(at: slot + 8 * word)
        damaged.storeRelaxed(damaged.loadRelaxed() ^ 0x40)
        let seen = try region.currentIdentity()
        #expect(seen == identity(1) || seen == identity(2))
        damaged.storeRelaxed(damaged.loadRelaxed() ^ 0x40)
        #expect(try region.currentIdentity() == identity(2))
      }
    }
  }

  @Test func twoDamagedSlotsAreATypedErrorAndCanBePublishedOver() throws {
    let region = try SharedRegion.create(.anonymous, byteCount: 1)
    for slot in SuperblockLayout.slotOffsets {
      for word in 0..<IdentitySlot.wordCount {
        region.mapping.memory.word(at: slot + 8 * word).storeRelaxed(.max)
      }
    }
    #expect(
      failure { () throws(RegionError) in try region.currentIdentity() }
        == .noValidIdentity("anonymous region"))
    region.publishIdentity(identity(3))
    #expect(try region.currentIdentity() == identity(3))
  }

  @Test func processIdentityTellsTheLivingFromTheDeadAndFromNamesakes() throws {
    let mine = ProcessIdentity.current
    #expect(mine.pid == UInt32(getpid()))
    #expect(mine.isRunning)
    let watch = try #require(mine.openWatch())
    close(watch)
    let namesake = ProcessIdentity(pid: mine.pid, startTimeTicks: mine.startTimeTicks + 1)
    #expect(!namesake.isRunning)
    #expect(namesake.openWatch() == nil)
    for pid in [UInt32.max, UInt32(Int32.max)] {
      #expect(ProcessIdentity(pid: pid) == nil)
      #expect(ProcessIdentity(pid: pid, startTimeTicks: 1).openWatch() == nil)
    }
  }
}

/// Hardware that ignores every store after the n-th, as if its process had been killed there.
private final class DyingMemory: SharedMemory {
  struct Word: SharedWord {
    let word: HardwareWord
    let owner: DyingMemory
    func loadRelaxed() -> UInt64 { word.loadRelaxed() }
    func loadAcquire(_ edge: SyncEdge) -> UInt64 { word.loadAcquire(edge) }
    func storeRelaxed(_ value: UInt64) { if owner.mayStore() { word.storeRelaxed(value) } }
    func storeRelease(_ value: UInt64, _ edge: SyncEdge) {
      if owner.mayStore() { word.storeRelease(value, edge) }
    }
  }

  private let memory: HardwareMemory
  private var storesLeft: Int

  init(_ memory: HardwareMemory, storesLeft: Int) {
    self.memory = memory
    self.storesLeft = storesLeft
  }

  func mayStore() -> Bool {
    storesLeft -= 1
    return storesLeft >= 0
  }

  func word(at offset: Int) -> Word { Word(word: memory.word(at: offset), owner: self) }
  func fetchAdd(
    _ operand: UInt64, at offset: Int, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> UInt64 { preconditionFailure("identities are published by stores") }
  func compareExchange(
    at offset: Int, expected: UInt64, desired: UInt64, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> (exchanged: Bool, original: UInt64) {
    preconditionFailure("identities are published by stores")
  }
  func fence(_ order: FenceOrder, _ edge: SyncEdge) { memory.fence(order, edge) }
  func storePayload(_ value: UInt64, at offset: Int) {
    if mayStore() { memory.storePayload(value, at: offset) }
  }
  func loadPayload(at offset: Int) -> UInt64 { memory.loadPayload(at: offset) }
}
