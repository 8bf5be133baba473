// The byte ring in one thread: every size at every phase, refusal, corruption, policies.

import HardwareMemory
import MemoryInterface
import Testing
import TracerCore

/// A byte ring with both sides, and the records that should be in it.
private struct Stream: ~Copyable {
  var writer: ByteRingWriter<HardwareMemory>
  var reader: ByteRingReader<HardwareMemory>
  var written: UInt64 = 0
  var read: UInt64 = 0
  var lengths: [Int] = []

  init(_ ring: ByteRing<HardwareMemory>, policy: PublishPolicy = .everyRecord) throws {
    let writer = try ring.makeWriter(policy: policy)
    let reader = try ring.makeReader()
    self.writer = writer
    self.reader = reader
  }

  /// Writes the next record if there is room.
  mutating func write(length: Int) -> WriteOutcome {
    let record = written
    let bytes = (0..<length).map { patternByte(record: record, length: length, index: $0) }
    let outcome = bytes.withUnsafeBytes {
      writer.tryWrite(type: UInt16(truncatingIfNeeded: record), copying: $0)
    }
    if outcome == .written {
      written += 1
      lengths.append(length)
    }
    return outcome
  }

  /// Drains up to `limit` records and checks each byte.
  mutating func drain(limit: Int = .max) throws -> Int {
    var mismatches = 0
    var next = read
    let expected = lengths
    let count = try reader.drainSpans(limit: limit) { header, payload in
      if payload.byteCount != expected[Int(next)] { mismatches += 1 }
      if header.type != UInt16(truncatingIfNeeded: next) { mismatches += 1 }
      for index in 0..<payload.byteCount {
        let byte = payload.unsafeLoad(fromByteOffset: index, as: UInt8.self)
        if byte != patternByte(record: next, length: payload.byteCount, index: index) {
          mismatches += 1
        }
      }
      next += 1
    }
    read = next
    expect(mismatches == 0)
    return count
  }
}

@Suite struct ByteRingTests {
  @Test(arguments: [16, 32, 64, 128])
  func everySizeAtEveryPhaseFillReadOneRefill(capacity: Int) throws {
    let fixture = try RingFixture()
    let largest = try ByteRingGeometry(capacity: capacity).maximumPayload
    for start in interestingStarts {
      for phase in stride(from: 0, to: capacity, by: 8) {
        for length in 0...largest {
          let ring = try fixture.byteRing(
            capacity: capacity, startingAt: start &+ UInt64(phase))
          var stream = try Stream(ring)
          for _ in 0..<(capacity / 8 + 2) {
            while stream.write(length: length) == .written {}
            expect(RingInvariant.positionsOrdered(fixture.positions(capacity: capacity)))
            try expect(stream.drain(limit: 1) == 1, "a full ring has a record")
          }
          while try stream.drain() > 0 {}
          expect(stream.read == stream.written)
        }
      }
    }
  }

  @Test(arguments: [32, 64, 128])
  func everyPairOfSizesKeepsContents(capacity: Int) throws {
    let fixture = try RingFixture()
    let largest = try ByteRingGeometry(capacity: capacity).maximumPayload
    for phase in stride(from: 0, to: capacity, by: 8) {
      for first in 0...largest {
        for second in stride(from: 0, through: largest, by: 3) {
          let ring = try fixture.byteRing(capacity: capacity, startingAt: UInt64(phase))
          var stream = try Stream(ring)
          for _ in 0..<3 {
            while stream.write(length: first) == .written, stream.write(length: second) == .written
            {}
            _ = try stream.drain(limit: 1)
          }
          while try stream.drain() > 0 {}
          expect(stream.read == stream.written)
        }
      }
    }
  }

  @Test func anEmptyRingAcceptsEveryLegalRecordAtEveryPhase() throws {
    let fixture = try RingFixture()
    for capacity in [16, 64, 256] {
      let largest = try ByteRingGeometry(capacity: capacity).maximumPayload
      for phase in stride(from: 0, to: capacity, by: 8) {
        for length in 0...largest {
          let ring = try fixture.byteRing(capacity: capacity, startingAt: UInt64(phase))
          var stream = try Stream(ring)
          expect(stream.write(length: length) == .written)
          try expect(stream.drain() == 1)
        }
      }
    }
  }

  @Test func randomSizesAndDrainsKeepEveryByte() throws {
    let fixture = try RingFixture()
    let seed = UInt64.random(in: .min ... .max)
    print("randomSizesAndDrainsKeepEveryByte: seed \(seed)")
    var generator = SplitMix(state: seed)
    for policy in [PublishPolicy.everyRecord, .adaptive(count: 64), .explicit] {
      let ring = try fixture.byteRing(capacity: 1024, startingAt: UInt64.max - 8191)
      var stream = try Stream(ring, policy: policy)
      for _ in 0..<20_000 {
        switch stream.write(length: Int(generator.next() % 505)) {
        case .written: break
        case .full: stream.writer.publish()
        case .tooLarge: Issue.record("504 bytes fit a ring of 1024 (seed \(seed))")
        }
        if generator.next() % 3 == 0 { _ = try stream.drain(limit: Int(generator.next() % 5)) }
      }
      stream.writer.publish()
      while try stream.drain() > 0 {}
      expect(stream.read == stream.written, "seed \(seed)")
    }
  }

  @Test func zeroLengthRecordIsARecord() throws {
    let fixture = try RingFixture()
    var stream = try Stream(fixture.byteRing(capacity: 64))
    expect(stream.write(length: 0) == .written)
    try expect(stream.drain() == 1)
  }

  @Test func tooLargeRecordIsRefusedAndChangesNothing() throws {
    let fixture = try RingFixture()
    var stream = try Stream(fixture.byteRing(capacity: 64))
    expect(stream.writer.maximumPayload == 24)
    expect(stream.write(length: 25) == .tooLarge)
    expect(stream.writer.tryWrite(type: 0, byteCount: -1) { _, _ in } == .tooLarge)
    expect(
      stream.writer.tryWrite(type: 0, timestamp: 1, byteCount: .max) { _, _ in } == .tooLarge)
    expect(stream.writer.tryWrite(type: 0, timestamp: 1, byteCount: 17) { _, _ in } == .tooLarge)
    expect(stream.writer.tryReserve(byteCount: .max) == nil)
    expect(stream.writer.position == 0)
    try expect(stream.drain() == 0)
  }

  @Test func refusedRecordWritesNoFiller() throws {
    let fixture = try RingFixture()
    var stream = try Stream(fixture.byteRing(capacity: 64))
    expect(stream.write(length: 24) == .written)
    expect(stream.write(length: 8) == .written)
    expect(stream.write(length: 24) == .full)
    expect(stream.writer.position == 48)
    expect(stream.write(length: 8) == .written, "what was left of the lap is still usable")
  }

  @Test func commitMayShortenAReservation() throws {
    let fixture = try RingFixture()
    let ring = try fixture.byteRing(capacity: 64)
    var writer = try ring.makeWriter()
    var reader = try ring.makeReader()
    let reserved = writer.tryReserve(byteCount: 24)
    let reservation = try #require(reserved)
    fixture.memory.storePayload(0x55AA, at: reservation.payloadOffset)
    writer.commit(reservation, type: 3, byteCount: 8)
    var seen: [UInt64] = []
    let count = try reader.drain { memory, record in
      expect(record.byteCount == 8 && record.type == 3)
      seen.append(memory.loadPayload(at: record.payloadOffset))
    }
    expect(count == 1 && seen == [0x55AA])
    expect(writer.position == 16)
  }

  @Test func timestampPrecedesThePayload() throws {
    let fixture = try RingFixture()
    let ring = try fixture.byteRing(capacity: 64)
    var writer = try ring.makeWriter()
    var reader = try ring.makeReader()
    let outcome = writer.tryWrite(type: 1, timestamp: 77, byteCount: 8) { memory, offset in
      memory.storePayload(88, at: offset)
    }
    expect(outcome == .written)
    _ = try reader.drain { memory, record in
      expect(record.isTimestamped && record.byteCount == 16)
      expect(memory.loadPayload(at: record.payloadOffset) == 77)
      expect(memory.loadPayload(at: record.payloadOffset + 8) == 88)
    }
  }

  @Test(arguments: [17, 25, 1 << 20, 0xFFFF_FFFF] as [UInt64])
  func lengthBeyondWhatWasPublishedIsCorruption(length: UInt64) throws {
    let fixture = try RingFixture()
    let ring = try fixture.byteRing(capacity: 64)
    var writer = try ring.makeWriter()
    var reader = try ring.makeReader()
    expect(writer.tryWrite(type: 0, byteCount: 16) { _, _ in } == .written)
    fixture.memory.storePayload(length, at: RingHeader.data)
    for _ in 0..<2 {
      #expect(throws: RingCorruption.recordLength(length, at: 0)) {
        _ = try reader.drain { _, _ in Issue.record("a corrupt record was handed out") }
      }
    }
  }

  @Test func attachingChecksTheHeader() throws {
    let fixture = try RingFixture()
    _ = try fixture.slotRing(capacity: 8)
    #expect(throws: RingLayoutError.self) {
      _ = try ByteRing(attaching: fixture.memory, available: 1 << 20)
    }
    let ring = try fixture.byteRing(capacity: 64)
    let attached = try ByteRing(attaching: fixture.memory, available: 1 << 20)
    expect(attached.geometry == ring.geometry)
    #expect(throws: RingLayoutError.outsideMemory(needed: 448, available: 447)) {
      _ = try ByteRing(attaching: fixture.memory, available: 447)
    }
    for capacity in [0, 8, 24, -64, Int.max] {
      #expect(throws: RingLayoutError.self) { _ = try ByteRingGeometry(capacity: capacity) }
    }
  }
}

/// A small seeded generator (SplitMix64, Steele et al. 2014), so that a failure can be replayed.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
