// A look at a ring that its agent recycles in between, at every place of the look: whole records
// of one use, or nothing.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct LaneRingSnapshotTests {
  /// The agent moves by so many records before one of the reader's accesses, whichever.
  @Test(arguments: [1, 5, 8, 12, 24, 32])
  func aRingThatMovesOnIsLeftOutOrCopiedWhole(steps: Int) throws {
    let fixture = try LaneFixture()
    let byteCount = fixture.lanes.geometry.byteCount
    var accepted = 0
    var accesses = 1
    var place = 0
    while place < accesses {
      let world = try LaneFixture()
      let observed = ObservedMemory(memory: world.mapping.memory)
      let lanes = try Lanes(attaching: observed, available: byteCount)
      // The detail lane recycles without a controller.
      var writer = world.writer(.detail)
      expect(writer.fill(limit: 20) == 20)
      observed.observer.beforeAccess = {
        if observed.observer.accesses == place + 1 { expect(writer.fill(limit: steps) == steps) }
      }
      let destination = try LaneSnapshot(byteCount: 4096)
      let ring = lanes.lane(0, .detail)
      let snapshot = ring.snapshotRing(0, into: destination.mapping.memory, at: 0)
      observed.observer.beforeAccess = nil
      accesses = max(accesses, observed.observer.accesses)
      if let snapshot {
        accepted += 1
        check(destination.mapping.memory, snapshot)
      }
      place += 1
    }
    #expect(accesses > 40, "the sweep has to cover something")
    #expect(accepted > accesses / 2, "a second look finds a ring at rest")
  }

  private func check(_ memory: HardwareMemory, _ snapshot: LaneRingSnapshot) {
    typealias Ring = LaneLayout.Ring
    let first = memory.loadPayload(at: Ring.firstSequence)
    expect(memory.loadPayload(at: Ring.generation) == snapshot.generation)
    let records = LaneRecords(
      memory: memory, offset: Ring.records, byteCount: snapshot.committed, firstSequence: first)
    var wrong = 0
    do throws(LaneCorruption) {
      try records.forEach { memory, record, sequence in
        if memory.loadPayload(at: record.payloadOffset) != sequence { wrong += 1 }
      }
    } catch { wrong += 1 }
    expect(wrong == 0, "torn: \(snapshot)")
  }

  @Test func aCorruptPositionIsNotFollowed() throws {
    let fixture = try LaneFixture()
    let lane = fixture.lane(.index)
    lane.ring(0).word(LaneLayout.Ring.committed).storeRelaxed(1 << 40)
    let destination = try LaneSnapshot(byteCount: 4096)
    #expect(lane.snapshotRing(0, into: destination.mapping.memory, at: 0) == nil)
  }

  @Test func theEdgeIsInATable() {
    #expect(snapshotSyncEdges.map(\.edge) == [.laneSnapshot])
    let numbers = Set((laneSyncEdges + wakeSyncEdges + snapshotSyncEdges).map(\.edge.identifier))
    #expect(numbers.count == laneSyncEdges.count + wakeSyncEdges.count + 1)
  }
}
