// The detail lane: a flight recorder that keeps its history until somebody marks it.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct LaneDetailTests {
  typealias Output = CollectingOutput<HardwareMemory>

  @Test func unmarkedHistoryIsRecycledWithoutAController() throws {
    let fixture = try LaneFixture()
    let lane = fixture.lane(.detail)
    var writer = fixture.writer(.detail)
    expect(writer.fill(limit: 500) == 500, "nothing is ever refused")
    #expect(lane.metrics().submittedRings == 0)
    #expect(lane.metrics().recycledRings > 50)
    writer.leave()
    var reader = LaneReader(lane)
    var output = Output()
    try reader.drainAll(into: &output)
    #expect(output.sequences.isEmpty)
    expect(try reader.reclaim(after: .retired, into: &output) == 0)
    expectIdentity(reader.account, attempts: 500, output)
    #expect(reader.account.overwritten == 500)
  }

  @Test func markSubmitsHistoryInOrderThenThePostRoll() throws {
    let fixture = try LaneFixture()
    let lane = fixture.lane(.detail)
    var writer = fixture.writer(.detail)
    // Rings of eight: 0–7 recycled, 8–15 and 16–23 retained, 24–29 active.
    expect(writer.fill(limit: 30) == 30)
    lane.mark()
    var reader = LaneReader(lane)
    var output = Output()
    try reader.drainAll(into: &output)
    #expect(output.sequences.isEmpty, "a mark takes effect at the next write")
    expect(writer.writeNumbered() == .written)
    try reader.drainAll(into: &output)
    #expect(output.sequences == Array(8..<24), "the pre-roll")
    expect(writer.fill(limit: 30) == 30)
    try reader.drainAll(into: &output)
    // The post-roll ends at attempt 33: its ring is handed over there.
    #expect(output.sequences == Array(8..<33))
    writer.leave()
    expect(try reader.reclaim(after: .retired, into: &output) == 0)
    expectIdentity(reader.account, attempts: 61, output)
    #expect(reader.account.overwritten == 61 - 25)
  }

  @Test func everyMarkExtendsThePostRoll() throws {
    let fixture = try LaneFixture(smallLanes(detailRings: 6, postRecords: 2))
    let lane = fixture.lane(.detail)
    var writer = fixture.writer(.detail)
    var reader = LaneReader(lane)
    var output = Output()
    for _ in 0..<20 {
      lane.mark()
      expect(writer.writeNumbered() == .written)
      try reader.drainAll(into: &output)
    }
    expect(writer.fill(limit: 2) == 2)
    try reader.drainAll(into: &output)
    #expect(output.sequences == Array(0..<21))
    #expect(lane.metrics().marksServed == 20)
  }

  @Test(arguments: [0, 1, 8, 40, 104])
  func postRollEndsAtItsAttemptWhateverTheSizeOfRecords(byteCount: Int) throws {
    for postRecords in 0...9 {
      let fixture = try LaneFixture(
        LanesGeometry(
          threadSlots: 1, index: .index(ringCount: 2, ringByteCount: 128),
          detail: .detail(ringCount: 4, ringByteCount: 2048, postRecords: postRecords)))
      let lane = fixture.lane(.detail)
      var writer = fixture.writer(.detail)
      func write() { expect(writer.write(type: 1, byteCount: byteCount) { _, _ in } == .written) }
      write()
      lane.mark()
      // The attempt that sees the mark is the first of the post-roll.
      for _ in 0..<postRecords {
        write()
        #expect(lane.metrics().submittedRings == 0, "\(postRecords) records")
      }
      write()
      #expect(lane.metrics().submittedRings == 1, "\(postRecords) records")
      for _ in 0..<20 { write() }
      #expect(lane.metrics().submittedRings == 1, "\(postRecords) records, no mark since")
    }
  }

  @Test func markedDataIsNeverOverwrittenButTheNewestDropped() throws {
    let fixture = try LaneFixture(smallLanes(postRecords: 1000))
    let lane = fixture.lane(.detail)
    var writer = fixture.writer(.detail)
    expect(writer.fill(limit: 24) == 24, "two rings of history and a full one")
    lane.mark()
    // Four rings: two retained go, the active one goes for the one spare, and that is the last.
    expect(writer.fill() == 8)
    expect(writer.writeNumbered() == .lost(.noSpareWhileMarked))
    var reader = LaneReader(lane)
    var output = Output()
    try reader.drainAll(into: &output)
    #expect(output.sequences == Array(0..<24))
    expect(writer.writeNumbered() == .written)
    writer.leave()
    try reader.drainAll(into: &output)
    #expect(output.sequences == Array(0..<32) + [34])
    expectIdentity(reader.account, attempts: 35, output)
    #expect(reader.account.losses[.noSpareWhileMarked] == 2)
  }

  @Test func threadThatLeavesMarkedSubmitsWithoutASpare() throws {
    let fixture = try LaneFixture(smallLanes(detailRings: 2, historyRings: 1, postRecords: 5))
    let lane = fixture.lane(.detail)
    var writer = fixture.writer(.detail)
    expect(writer.fill(limit: 12) == 12)
    lane.mark()
    writer.leave()
    var reader = LaneReader(lane)
    var output = Output()
    try reader.drainAll(into: &output)
    #expect(output.sequences == Array(0..<12))
    expectIdentity(reader.account, attempts: 12, output)
  }

  @Test func flushOfAnUnmarkedLaneIsServedAndKeepsItsHistory() throws {
    let fixture = try LaneFixture()
    let lane = fixture.lane(.detail)
    var writer = fixture.writer(.detail)
    expect(writer.fill(limit: 20) == 20)
    let number = lane.requestFlush()
    expect(writer.writeNumbered() == .written)
    let reader = LaneReader(lane)
    expect(reader.isFlushServed(number))
    #expect(lane.metrics().submittedRings == 0)
    writer.leave()
  }

  @Test func historyKeepsEveryRingOfThePreRollFull() throws {
    for history in 1...5 {
      let fixture = try LaneFixture(
        smallLanes(detailRings: 8, historyRings: history, postRecords: 0))
      let lane = fixture.lane(.detail)
      var writer = fixture.writer(.detail)
      expect(writer.fill(limit: 100) == 100)
      lane.mark()
      expect(writer.writeNumbered() == .written)
      var reader = LaneReader(lane)
      var output = Output()
      try reader.drainAll(into: &output)
      // 96–99 stand in the active ring, the history before it.
      #expect(output.sequences == Array(UInt64(96 - 8 * history)..<100), "history \(history)")
      writer.leave()
    }
  }
}
