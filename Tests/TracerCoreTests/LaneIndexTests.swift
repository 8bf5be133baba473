// The index lane: rings are submitted when full, the newest record is dropped when none is spare,
// and every attempt is accounted for.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct LaneIndexTests {
  typealias Output = CollectingOutput<HardwareMemory>

  @Test func recordsArriveOnceInOrderWithTheirNumbers() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    var reader = LaneReader(fixture.lane(.index))
    var output = Output()
    for _ in 0..<100 {
      expect(writer.writeNumbered() == .written)
      try reader.drainAll(into: &output)
    }
    expect(output.sequences.count == 96, "twelve full rings, four records in the active one")
    writer.leave()
    try reader.drainAll(into: &output)
    expectIdentity(reader.account, attempts: 100, output)
    #expect(output.sequences == Array(0..<100))
    #expect(output.types == (0..<100).map { UInt16($0) })
  }

  @Test func exhaustionDropsTheNewestAndKeepsContents() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    expect(writer.fill() == 24, "three rings of eight")
    for _ in 0..<6 { expect(writer.writeNumbered() == .lost(.noSpareRing)) }
    var reader = LaneReader(fixture.lane(.index))
    var output = Output()
    // One ring goes back: the writer's next attempt finds it.
    expect(try reader.drainNext(into: &output))
    expect(writer.writeNumbered() == .written)
    writer.leave()
    try reader.drainAll(into: &output)
    // 24 written, then the failed attempt of `fill` and six more, then one.
    #expect(output.sequences == Array(0..<24) + [31])
    expectIdentity(reader.account, attempts: 32, output)
    #expect(reader.account.losses[.noSpareRing] == 7)
    #expect(reader.account.overwritten == 0)
  }

  @Test func lossInTheMiddleOfARingIsRecordedAtItsPlace() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    expect(writer.writeNumbered() == .written)
    expect(writer.writeNumbered(byteCount: 121) == .lost(.tooLarge))
    expect(writer.writeNumbered(byteCount: -1) == .lost(.tooLarge))
    expect(writer.writeNumbered(byteCount: .max) == .lost(.tooLarge))
    expect(writer.writeNumbered(byteCount: .min) == .lost(.tooLarge))
    expect(writer.writeNumbered() == .written)
    writer.leave()
    var reader = LaneReader(fixture.lane(.index))
    var output = Output()
    try reader.drainAll(into: &output)
    #expect(output.sequences == [0, 5])
    #expect(output.frames.count == 1)
    #expect(reader.account.losses[.tooLarge] == 4)
    expectIdentity(reader.account, attempts: 6, output)
  }

  @Test func recordAsLargeAsARingFitsAlsoBehindALoss() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    for _ in 0..<2 {
      expect(writer.writeNumbered(byteCount: 120) == .written)
      expect(writer.writeNumbered(byteCount: 128) == .lost(.tooLarge))
    }
    writer.leave()
    var reader = LaneReader(fixture.lane(.index))
    var output = Output()
    try reader.drainAll(into: &output)
    #expect(output.sequences == [0, 2])
    #expect(try reader.reclaim(after: .retired, into: &output) == 0)
    expectIdentity(reader.account, attempts: 4, output)
  }

  @Test func nestedWriteIsCountedAndTakesNoNumber() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    guard case .reserved(let reservation) = writer.tryReserve(byteCount: 8) else {
      Issue.record("an empty ring has room")
      return
    }
    expect(writer.writeNumbered() == .lost(.nestedWrite))
    expect(!writer.flush(), "a flush would end the ring under the write")
    writer.memory.storePayload(0, at: reservation.payloadOffset)
    writer.commit(reservation, type: 0)
    expect(writer.writeNumbered() == .written)
    #expect(fixture.lane(.index).metrics().nestedLosses == 1)
    writer.leave()
    var reader = LaneReader(fixture.lane(.index))
    var output = Output()
    try reader.drainAll(into: &output)
    expectIdentity(reader.account, attempts: 2, output)
  }

  @Test func cancelledAttemptLeavesNoTrace() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    expect(writer.writeNumbered(byteCount: 200) == .lost(.tooLarge))
    for _ in 0..<3 {
      guard case .reserved(let reservation) = writer.tryReserve(byteCount: 8) else {
        Issue.record("an empty ring has room")
        return
      }
      writer.cancel(reservation)
    }
    #expect(fixture.lane(.index).metrics().attempts == 1)
    expect(writer.writeNumbered() == .written)
    writer.leave()
    var reader = LaneReader(fixture.lane(.index))
    var output = Output()
    try reader.drainAll(into: &output)
    #expect(output.sequences == [1])
    expectIdentity(reader.account, attempts: 2, output)
  }

  @Test func shortenedRecordKeepsItsNumber() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    guard case .reserved(let reservation) = writer.tryReserve(byteCount: 64) else {
      Issue.record("an empty ring has room")
      return
    }
    writer.memory.storePayload(0, at: reservation.payloadOffset)
    writer.commit(reservation, type: 9, byteCount: 8)
    expect(writer.fill(limit: 7) == 7, "seven more of sixteen bytes fit")
    #expect(fixture.lane(.index).metrics().submittedRings == 0)
    expect(writer.writeNumbered() == .written)
    #expect(fixture.lane(.index).metrics().submittedRings == 1)
  }

  @Test func controllerIsWokenForRingsAndNeverForRecords() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    fixture.mapping.memory.word(at: LaneLayout.Control.sleeping).storeRelaxed(1)
    expect(writer.fill(limit: 8) == 8)
    #expect(fixture.host.wakeUps == 0)
    expect(writer.writeNumbered() == .written)
    #expect(fixture.host.wakeUps == 1)
    writer.leave()
    #expect(fixture.host.wakeUps == 2)
    #expect(fixture.host.seals == 2)
  }

  @Test func flushSubmitsWhatIsThereAndSkipsEmptyRings() throws {
    let fixture = try LaneFixture()
    let lane = fixture.lane(.index)
    var writer = fixture.writer(.index)
    expect(writer.flush())
    #expect(lane.metrics().submittedRings == 0)
    expect(writer.writeNumbered() == .written)
    expect(writer.flush())
    #expect(lane.metrics().submittedRings == 1)
    // On request: honoured at the next write, and announced after the ring is on the queue.
    expect(writer.writeNumbered() == .written)
    let number = lane.requestFlush()
    var reader = LaneReader(lane)
    expect(!reader.isFlushServed(number))
    expect(writer.writeNumbered() == .written)
    expect(reader.isFlushServed(number))
    #expect(lane.metrics().submittedRings == 2)
    var output = Output()
    try reader.drainAll(into: &output)
    #expect(output.sequences == [0, 1])
  }

  @Test func flushWithoutASpareStaysPendingUntilThereIsOne() throws {
    let fixture = try LaneFixture()
    let lane = fixture.lane(.index)
    var writer = fixture.writer(.index)
    expect(writer.fill(limit: 17) == 17, "two rings submitted, one record in the last")
    let number = lane.requestFlush()
    expect(writer.writeNumbered() == .written, "there is room in the active ring")
    var reader = LaneReader(lane)
    expect(!reader.isFlushServed(number))
    var output = Output()
    expect(try reader.drainNext(into: &output))
    expect(writer.writeNumbered() == .written)
    expect(reader.isFlushServed(number))
    try reader.drainAll(into: &output)
    #expect(output.sequences == Array(0..<18))
  }

  @Test func activeRingIsReadOnceWhetherBeforeOrAfterItsSubmission() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    var reader = LaneReader(fixture.lane(.index))
    var output = Output()
    var expected: UInt64 = 0
    for step in 0..<60 {
      expect(writer.writeNumbered() == .written)
      expected += 1
      if step % 3 == 0 {
        try reader.drainAll(into: &output)
        expect(try reader.drainActive(into: &output) || step % 8 == 7)
        expect(try !reader.drainActive(into: &output), "nothing new")
        #expect(output.sequences.count == Int(expected))
      }
    }
    writer.leave()
    try reader.drainAll(into: &output)
    #expect(output.sequences == Array(0..<60))
    expectIdentity(reader.account, attempts: 60, output)
  }

  @Test func ringsHaveOneOwnerEach() throws {
    let fixture = try LaneFixture()
    let lane = fixture.lane(.index)
    var writer = fixture.writer(.index)
    var reader = LaneReader(lane)
    var output = Output()
    for step in 0..<200 {
      _ = writer.writeNumbered()
      if step % 5 == 0 { _ = try reader.drainNext(into: &output) }
      let owners = [
        queued(lane, .submit), queued(lane, .free), [lane.metrics().activeRing].compactMap { $0 },
      ]
      expect(LaneInvariant.everyRingHasOneOwner(owners, ringCount: 3), "\(owners)")
    }
  }

  private enum Queue { case submit, free }

  /// The rings on a queue, as they stand in memory.
  private func queued(_ lane: Lane<HardwareMemory>, _ queue: Queue) -> [Int] {
    var consumer = queue == .submit ? lane.submitConsumer() : lane.freeConsumer()
    let end = (queue == .submit ? lane.submitProducer() : lane.freeProducer()).position
    var rings: [Int] = []
    while consumer.position != end, let ticket = try? consumer.peek() {
      rings.append(Int(ticket.index))
      consumer.position += 1
    }
    return rings
  }
}
