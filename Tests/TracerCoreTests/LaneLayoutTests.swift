// The layout of lanes against the documented table, and what is refused when attaching.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct LaneLayoutTests {
  @Test func fieldsStandWhereTheTableSays() {
    func offsets(_ fields: [LaneLayout.Field]) -> [Int] { fields.map(\.offset) }
    #expect(
      offsets(LaneLayout.Control.fields) == [
        0, 8, 16, 24, 32, 40, 48, 56, 64, 128, 136, 144, 152, 160, 256, 384,
      ])
    #expect(offsets(LaneLayout.Slot.fields) == [0, 128, 136, 144])
    #expect(
      offsets(LaneLayout.Lane.fields) == [
        0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 128, 136, 256, 264, 272, 280, 288, 384, 392,
      ])
    #expect(
      offsets(LaneLayout.Ring.fields) == [
        0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 128, 136,
      ])
    #expect(LaneLayout.Ring.records == 256)
    #expect(LaneLayout.Lane.queues == 512)
    #expect(LaneLayout.Control.byteCount == 512)
    #expect(LaneLayout.Slot.byteCount == 256)
  }

  @Test func magicReadsAsASCII() {
    withUnsafeBytes(of: LaneLayout.magic.littleEndian) {
      #expect(String(decoding: $0, as: UTF8.self) == "TRCLAN02")
    }
  }

  @Test func fieldsOfDifferentSidesShareNoLine() {
    let agent = LaneLayout.Lane.fields.filter { $0.offset < 128 }.count
    #expect(agent == 12, "the agent's line holds the agent's fields")
    for (fields, ends) in [
      (LaneLayout.Lane.fields, [0, 128, 256, 384, 512]), (LaneLayout.Ring.fields, [0, 128, 256]),
      (LaneLayout.Control.fields, [0, 128, 256, 384, 512]),
    ] {
      #expect(ends.allSatisfy { $0 % LaneLayout.line == 0 })
      #expect(fields.allSatisfy { $0.offset + 8 <= ends[ends.count - 1] })
      #expect(Set(fields.map(\.offset)).count == fields.count)
    }
  }

  @Test func blocksFollowOneAnotherWithoutOverlapOnWholeLines() throws {
    let geometry = try smallLanes(threadSlots: 3)
    var end = LaneLayout.Control.byteCount
    for slot in 0..<3 {
      #expect(geometry.slotOffset(slot) == end)
      end += LaneLayout.Slot.byteCount
      for kind in LaneKind.allCases {
        let lane = geometry.lane(kind)
        let start = geometry.laneOffset(LaneIdentifier(slot: slot, kind: kind))
        #expect(start == end && start % LaneLayout.line == 0)
        #expect(lane.submitQueueOffset == 512)
        #expect(lane.freeQueueOffset - lane.submitQueueOffset >= 384 + 16 * lane.queueCapacity)
        #expect(lane.ringsOffset - lane.freeQueueOffset >= 384 + 16 * lane.queueCapacity)
        #expect(lane.ringsOffset % LaneLayout.line == 0)
        end = start + lane.byteCount
      }
    }
    #expect(geometry.byteCount == end)
  }

  @Test func queuesHaveRoomForEveryRingAndOneMore() throws {
    for rings in 2...66 {
      let lane = try LaneGeometry.index(ringCount: rings, ringByteCount: 128)
      #expect(lane.queueCapacity >= rings + 1)
      #expect(lane.queueCapacity.nonzeroBitCount == 1)
    }
  }

  @Test func edgesHaveNumbersAndNamesOfTheirOwn() {
    let edges = ringSyncEdges + wakeSyncEdges + laneSyncEdges
    #expect(Set(edges.map(\.edge)).count == edges.count)
    #expect(Set(edges.map(\.name)).count == edges.count)
    #expect(laneSyncEdges.allSatisfy { (20...99).contains($0.edge.identifier) })
  }

  @Test func sizesOutOfBoundsAreRefused() {
    #expect(throws: LaneLayoutError.invalidRingCount(1)) {
      try LaneGeometry.index(ringCount: 1, ringByteCount: 128)
    }
    for bytes in [0, 64, 192, -128, (1 << 30) + 128] {
      #expect(throws: LaneLayoutError.invalidRingByteCount(bytes)) {
        try LaneGeometry.index(ringCount: 2, ringByteCount: bytes)
      }
    }
    for history in [0, 4, -1] {
      #expect(throws: LaneLayoutError.invalidHistory(rings: history, of: 4)) {
        try LaneGeometry.detail(
          ringCount: 4, ringByteCount: 128, historyRings: history, postRecords: 0)
      }
    }
    #expect(throws: LaneLayoutError.invalidThreadSlotCount(0)) { try smallLanes(threadSlots: 0) }
    #expect(throws: LaneLayoutError.invalidPostRecords(-1)) { try smallLanes(postRecords: -1) }
  }

  @Test func attachingFindsTheGeometryAndRefusesWhatIsNotOne() throws {
    let fixture = try LaneFixture()
    let memory = fixture.mapping.memory
    let byteCount = fixture.lanes.geometry.byteCount
    let attached = try Lanes(attaching: memory, available: byteCount)
    #expect(attached.geometry == fixture.lanes.geometry)
    #expect(
      throws: LaneLayoutError.outsideMemory(needed: byteCount, available: byteCount - 1)
    ) { _ = try Lanes(attaching: memory, available: byteCount - 1) }
    #expect(throws: LaneLayoutError.outsideMemory(needed: 512, available: 511)) {
      _ = try Lanes(attaching: memory, available: 511)
    }
    // Every word of the geometry, with values that no honest formatter stores.
    for offset in stride(from: 8, through: 56, by: 8) {
      let honest = memory.word(at: offset).loadRelaxed()
      for value in [UInt64.max, 1 << 63, 1 << 40] {
        memory.word(at: offset).storeRelaxed(value)
        // Any number of records may follow a mark.
        if offset == LaneLayout.Control.postRecords { continue }
        #expect(throws: LaneLayoutError.self, "offset \(offset), value \(value)") {
          _ = try Lanes(attaching: memory, available: byteCount)
        }
      }
      memory.word(at: offset).storeRelaxed(honest)
    }
    memory.word(at: 0).storeRelaxed(7)
    #expect(throws: LaneLayoutError.notLanes(found: 7)) {
      _ = try Lanes(attaching: memory, available: byteCount)
    }
  }
}
