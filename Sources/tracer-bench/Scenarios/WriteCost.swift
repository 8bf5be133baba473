// What one write costs the program that is traced.
//
// Question: how long does a writer take for one 16-byte record, publishing each, if the ring is
// in its cache and nobody reads? A ring of half the second-level cache is filled by the clock and
// emptied off the clock. Excluded: the reader's traffic, a full ring. The counter alone is
// measured beside it, in the same loop.

import CPlatform
import HardwareMemory
import MemoryInterface
import TracerCore

/// Counter ticks for one operation, from each pass over the ring.
struct WriteCost: ~Copyable {
  private let ring: ByteRing<HardwareMemory>
  private var reader: ByteRingReader<HardwareMemory>
  /// Records of one pass: they fit without a look at the reader.
  private let count: Int

  /// Bytes of payload of a record.
  static let payloadByteCount = 16
  /// Bytes of a record with its header, and with a timestamp.
  static let timestampedByteCount = 32

  init(ring: ByteRing<HardwareMemory>) throws(RingLayoutError) {
    self.ring = ring
    reader = try ring.makeReader()
    // Three quarters of the ring in the larger form: filler at the end of a lap takes room as well.
    count = ring.geometry.capacity / WriteCost.timestampedByteCount * 3 / 4
  }

  /// One pass of plain writes: ticks per record.
  mutating func plain(sequence: inout UInt64) throws(RingCorruption) -> Pass {
    let ticks = try WriteCost.writePlain(ring, count: count, from: sequence)
    let bad = try drain(&sequence, payloadOffset: 0)
    return Pass(ticksPerRecord: Double(ticks) / Double(count), bad: bad)
  }

  private static func writePlain(
    _ ring: ByteRing<HardwareMemory>, count: Int, from number: UInt64
  ) throws(RingCorruption) -> UInt64 {
    // Made here: a handle that comes from elsewhere stays in memory.
    var writer = try ring.makeSliceWriter()
    let start = platform_counter()
    for step in 0..<count {
      let value = number &+ UInt64(truncatingIfNeeded: step)
      _ = writer.tryWrite(type: 1, byteCount: WriteCost.payloadByteCount) { memory, offset in
        memory.storePayload(value, at: offset)
        memory.storePayload(~value, at: offset &+ 8)
      }
    }
    return platform_counter() &- start
  }

  /// One pass of writes that read the counter: ticks per record.
  mutating func timestamped(sequence: inout UInt64) throws(RingCorruption) -> Pass {
    let ticks = try WriteCost.writeTimestamped(ring, count: count, from: sequence)
    let bad = try drain(&sequence, payloadOffset: 8)
    return Pass(ticksPerRecord: Double(ticks) / Double(count), bad: bad)
  }

  private static func writeTimestamped(
    _ ring: ByteRing<HardwareMemory>, count: Int, from number: UInt64
  ) throws(RingCorruption) -> UInt64 {
    var writer = try ring.makeSliceWriter()
    let start = platform_counter()
    for step in 0..<count {
      let value = number &+ UInt64(truncatingIfNeeded: step)
      _ = writer.tryWrite(
        type: 1, timestamp: platform_counter(), byteCount: WriteCost.payloadByteCount
      ) { memory, offset in
        memory.storePayload(value, at: offset)
        memory.storePayload(~value, at: offset &+ 8)
      }
    }
    return platform_counter() &- start
  }

  /// The counter alone: ticks per read.
  func counter() -> Double {
    var sum: UInt64 = 0
    let start = platform_counter()
    for _ in 0..<count { sum &+= platform_counter() }
    let ticks = platform_counter() &- start
    // Used, so that the reads are not dropped; the sum of counters is never zero.
    precondition(sum != 0, "a counter that stands still")
    return Double(ticks) / Double(count)
  }

  /// One pass over the ring.
  struct Pass {
    var ticksPerRecord: Double
    var bad: BadMessage?
  }

  /// Empties the ring and checks each record; returns what is wrong, if anything is.
  private mutating func drain(
    _ sequence: inout UInt64, payloadOffset: Int
  ) throws(RingCorruption) -> BadMessage? {
    var number = sequence
    var differences: UInt64 = 0
    while true {
      let taken = try reader.drain { memory, record in
        let offset = record.payloadOffset &+ payloadOffset
        differences |= memory.loadPayload(at: offset) ^ number
        differences |= memory.loadPayload(at: offset &+ 8) ^ ~number
        number &+= 1
      }
      if taken == 0 { break }
    }
    reader.release()
    let first = sequence
    sequence = number
    guard differences == 0 else {
      return BadMessage(sequence: first, wordIndex: 0, expected: 0, found: differences)
    }
    guard number == first &+ UInt64(count) else {
      return .wrongCount(expected: UInt64(count), found: number &- first)
    }
    return nil
  }
}
