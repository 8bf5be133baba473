// A hostile agent: whatever stands in its words, the controller returns a typed error or records,
// puts the lane into quarantine, and never reads outside.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct LaneCorruptionTests {
  typealias Output = CollectingOutput<HardwareMemory>

  /// Two submitted rings and an active one, before the corruption.
  private func prepared() throws -> LaneFixture {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    expect(writer.fill(limit: 20) == 20)
    return fixture
  }

  private func quarantine(
    of fixture: borrowing LaneFixture, _ corrupt: (Lane<HardwareMemory>) -> Void
  ) -> LaneCorruption? {
    let lane = fixture.lane(.index)
    var reader = LaneReader(lane)
    corrupt(lane)
    var output = Output()
    var first: LaneCorruption?
    for _ in 0..<3 {
      do throws(LaneDrainError<OutputRefusal>) {
        while try reader.drainNext(into: &output) {}
      } catch {
        guard case .quarantined(let corruption) = error else { return nil }
        expect(first == nil || first == corruption, "the first reason stays")
        first = corruption
      }
    }
    expect((first != nil) == lane.metrics().isQuarantined)
    return first
  }

  @Test func aSubmitQueueWithoutRoomEndsTheUseOfTheLane() throws {
    let fixture = try LaneFixture()
    let lane = fixture.lane(.index)
    var writer = fixture.writer(.index)
    // There is room for every ring and one more: only a corrupt controller can be so far behind.
    fixture.mapping.memory
      .word(at: lane.offset + lane.geometry.submitQueueOffset + RingHeader.readPosition)
      .storeRelaxed(0 &- UInt64(lane.geometry.queueCapacity))
    // The first ring is filled, and cannot be handed over.
    expect(writer.fill() == 8)
    expect(writer.writeNumbered() == .lost(.quarantined))
    expect(!writer.flush())
    #expect(lane.metrics().losses[.quarantined] == 2)
  }

  @Test func queuePositionBeyondItsCapacity() throws {
    let fixture = try prepared()
    let found = quarantine(of: fixture) { lane in
      fixture.mapping.memory.word(at: lane.offset + lane.geometry.submitQueueOffset)
        .storeRelaxed(99)
    }
    #expect(found == .queue(.position(found: 99, own: 0)))
  }

  @Test(arguments: [3, 1 << 40, UInt64.max])
  func submittedRingThatDoesNotExist(index: UInt64) throws {
    let fixture = try prepared()
    let found = quarantine(of: fixture) { lane in
      fixture.mapping.memory.storePayload(
        index, at: lane.offset + lane.geometry.submitQueueOffset + RingHeader.data)
    }
    #expect(found == .ringIndex(index))
  }

  @Test func submittedGenerationThatTheRingIsNotIn() throws {
    let fixture = try prepared()
    let found = quarantine(of: fixture) { lane in
      fixture.mapping.memory.storePayload(
        77, at: lane.offset + lane.geometry.submitQueueOffset + RingHeader.data + 8)
    }
    #expect(found == .generation(ring: 0, submitted: 77, found: 1, sealed: 1))
  }

  @Test func activeRingSubmittedUnsealed() throws {
    let fixture = try prepared()
    let found = quarantine(of: fixture) { lane in
      var submit = lane.submitProducer()
      expect(submit.push(RingTicket(index: 2, generation: 3)))
    }
    #expect(found == .generation(ring: 2, submitted: 3, found: 3, sealed: 0))
  }

  @Test func drainedRingSubmittedAgain() throws {
    let fixture = try prepared()
    let found = quarantine(of: fixture) { lane in
      var submit = lane.submitProducer()
      expect(submit.push(RingTicket(index: 0, generation: 1)))
    }
    #expect(found == .generation(ring: 0, submitted: 1, found: 1, sealed: 1))
  }

  @Test(arguments: [136, 4, UInt64.max, 1 << 63])
  func committedPositionOutsideTheRing(position: UInt64) throws {
    let fixture = try prepared()
    let found = quarantine(of: fixture) { lane in
      lane.ring(1).word(LaneLayout.Ring.committed).storeRelaxed(position)
    }
    #expect(found == .committed(ring: 1))
  }

  @Test(arguments: [121, UInt64(UInt32.max)])
  func recordLengthThatLeadsOutside(length: UInt64) throws {
    let fixture = try prepared()
    let found = quarantine(of: fixture) { lane in
      fixture.mapping.memory.storePayload(length, at: lane.ring(0).recordsOffset)
    }
    #expect(found == .recordLength(length, at: 0))
  }

  @Test func lossRecordOfAnotherLength() throws {
    let fixture = try prepared()
    let found = quarantine(of: fixture) { lane in
      let header = RecordHeader(byteCount: 8, type: 0, flags: RecordHeader.loss)
      fixture.mapping.memory.storePayload(header.word, at: lane.ring(0).recordsOffset)
    }
    #expect(found == .recordLength(8, at: 0))
  }

  @Test func lossesThatExceedTheHole() throws {
    let fixture = try prepared()
    for value in [1, UInt64.max, 1 << 63] {
      let found = quarantine(of: fixture) { lane in
        lane.ring(0).word(LaneLayout.Ring.losses).storeRelaxed(value)
      }
      #expect(found == .sequence(ring: 0, first: 0, expected: 0))
    }
  }

  @Test func freeQueueThatIsFull() throws {
    let fixture = try prepared()
    let found = quarantine(of: fixture) { lane in
      // The agent takes rings back that it never popped: its read position goes far behind.
      fixture.mapping.memory.word(
        at: lane.offset + lane.geometry.freeQueueOffset + RingHeader.readPosition
      ).storeRelaxed(0 &- 5)
    }
    #expect(found == .freeQueueFull)
  }

  @Test func quarantineStopsTheWriterAndNoOtherLane() throws {
    let fixture = try LaneFixture()
    var index = fixture.writer(.index)
    var detail = fixture.writer(.detail)
    expect(index.fill(limit: 8) == 8)
    _ = index.flush()
    let lane = fixture.lane(.index)
    lane.ring(0).word(LaneLayout.Ring.committed).storeRelaxed(1)
    var reader = LaneReader(lane)
    var output = Output()
    #expect(throws: LaneDrainError<OutputRefusal>.quarantined(.committed(ring: 0))) {
      try reader.drainAll(into: &output)
    }
    _ = index.fill()
    expect(index.writeNumbered() == .lost(.quarantined))
    expect(detail.fill(limit: 100) == 100)
  }

  @Test func writerWithAFreeQueueThatCannotBeLosesAndCounts() throws {
    let fixture = try LaneFixture()
    let lane = fixture.lane(.index)
    var writer = fixture.writer(.index)
    fixture.mapping.memory.storePayload(
      5, at: lane.offset + lane.geometry.freeQueueOffset + RingHeader.data + RingTicket.byteCount)
    expect(writer.fill() == 8)
    expect(writer.writeNumbered() == .lost(.quarantined))
    #expect(lane.metrics().losses[.quarantined] == 2)
  }

  @Test func refusedFrameComesAgainWholeAndOnce() throws {
    let fixture = try prepared()
    var reader = LaneReader(fixture.lane(.index))
    var output = Output()
    for _ in 0..<3 {
      output.refusals = 1
      #expect(throws: LaneDrainError<OutputRefusal>.output(OutputRefusal())) {
        try reader.drainNext(into: &output)
      }
    }
    try reader.drainAll(into: &output)
    #expect(output.sequences == Array(0..<16))
    #expect(output.frames.map(\.generation) == [1, 2])
    #expect(output.frames.map(\.recordCount) == [8, 8])
  }

  /// Random words anywhere in the lane, while it is drained, read ahead and reclaimed.
  @Test(arguments: UInt64(1)...40)
  func randomBytesNeverTrapTheController(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    for _ in 0..<50 {
      let fixture = try prepared()
      let lane = fixture.lane(.index)
      var reader = LaneReader(lane)
      var output = Output()
      for _ in 0..<20 {
        let word = Int(random.next() % UInt64(lane.geometry.byteCount / 8))
        let values = [random.next(), random.next() % 256, 0, UInt64.max, 1 << 63]
        fixture.mapping.memory.storePayload(
          values[Int(random.next() % 5)], at: lane.offset + 8 * word)
        do throws(LaneDrainError<OutputRefusal>) {
          for _ in 0..<10 { _ = try reader.drainNext(into: &output) }
          _ = try reader.drainActive(into: &output)
        } catch {}
      }
      _ = try reader.reclaim(after: .died, into: &output)
      // Whatever was there, the lane is whole again for its next owner.
      var writer = fixture.writer(.index, epoch: 1)
      expect(writer.fill(limit: 24) == 24, "seed \(seed)")
      try reader.drainAll(into: &output)
      expect(LaneInvariant.everyAttemptAccountedFor(reader.account), "seed \(seed)")
    }
  }
}
