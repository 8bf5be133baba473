// Layout is law: where the words of a ring stand, asserted against the documented table.

import TracerCore
import Testing

@Suite struct RingLayoutTests {
  @Test func headerWordsStandWhereTheTableSays() {
    #expect(RingHeader.writePosition == 0)
    #expect(RingHeader.readPosition == 128)
    #expect(RingHeader.kind == 256)
    #expect(RingHeader.capacity == 264)
    #expect(RingHeader.slotByteCount == 272)
    #expect(RingHeader.data == 384)
  }

  @Test func positionsStandOnLinesOfTheirOwn() {
    // Two lines of 64 bytes: the adjacent-line prefetcher fetches pairs.
    let pair = 128
    let words = [
      RingHeader.writePosition, RingHeader.readPosition, RingHeader.kind, RingHeader.data,
    ]
    #expect(Set(words.map { $0 / pair }).count == words.count)
  }

  @Test func recordHeaderPacksLengthTypeAndFlags() {
    let header = RecordHeader(byteCount: 0x1234_5678, type: 0xABCD, flags: RecordHeader.timestamped)
    #expect(header.word == 0x0001_ABCD_1234_5678)
    #expect(header.payloadByteCount == 0x1234_5678 && header.type == 0xABCD)
    #expect(!header.isFiller)
    #expect(RecordHeader(byteCount: 0, type: 0, flags: RecordHeader.filler).isFiller)
    #expect(RecordHeader.recordByteCount(payload: 0) == 8)
    #expect(RecordHeader.recordByteCount(payload: 1) == 16)
    #expect(RecordHeader.recordByteCount(payload: 8) == 16)
    #expect(RecordHeader.recordByteCount(payload: 9) == 24)
  }
}
