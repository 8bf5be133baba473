// The rings of a torture behind one face: write the next record, read and check what is there.
//
// Both sides know every bit of every record: contents follow from the sequence number, sizes from
// the seed of the round.

import HardwareMemory
import Harness
import MemoryInterface
import TracerCore

/// The producing side of a round.
protocol TortureWriter: ~Copyable {
  /// The writer's position in the ring.
  var position: UInt64 { get }
  /// Writes record `sequence`, spoiled if asked; false if there is no room.
  mutating func tryWrite(_ sequence: UInt64, spoiled: Bool) throws(RingLayoutError) -> Bool
  mutating func publish()
}

/// The consuming side of a round.
protocol TortureReader: ~Copyable {
  /// The reader's position in the ring.
  var position: UInt64 { get }
  /// Reads and checks up to `limit` records from `sequence` on; how many, and the first bad one.
  mutating func read(
    from sequence: UInt64, limit: Int
  ) throws(RingCorruption) -> (count: Int, bad: BadMessage?)
  mutating func release()
}

/// `tryPush`.
struct WordWriter: ~Copyable, TortureWriter {
  var ring: SlotRingWriter<HardwareMemory>
  var position: UInt64 { ring.position }

  mutating func tryWrite(_ sequence: UInt64, spoiled: Bool) -> Bool {
    let value = StressStream.word(sequence, 0)
    return ring.tryPush(spoiled ? ~value : value)
  }

  mutating func publish() { ring.publish() }
}

/// `tryPop`.
struct WordReader: ~Copyable, TortureReader {
  var ring: SlotRingReader<HardwareMemory>
  var position: UInt64 { ring.position }

  mutating func read(
    from sequence: UInt64, limit: Int
  ) throws(RingCorruption) -> (count: Int, bad: BadMessage?) {
    var next = sequence
    for count in 0..<limit {
      guard let found = try ring.tryPop() else { return (count, nil) }
      let expected = StressStream.word(next, 0)
      guard found == expected else {
        return (count, BadMessage(sequence: next, wordIndex: 0, expected: expected, found: found))
      }
      next &+= 1
    }
    return (limit, nil)
  }

  mutating func release() { ring.release() }
}

/// Slots of several words, in place.
struct SlotWriter: ~Copyable, TortureWriter {
  var ring: SlotRingWriter<HardwareMemory>
  let wordCount: Int
  var position: UInt64 { ring.position }

  mutating func tryWrite(_ sequence: UInt64, spoiled: Bool) -> Bool {
    guard let slot = ring.tryReserve() else { return false }
    for index in 0..<wordCount {
      let value = StressStream.word(sequence, index)
      ring.memory.storePayload(
        spoiled && index == wordCount - 1 ? ~value : value, at: slot + index * 8)
    }
    ring.commit()
    return true
  }

  mutating func publish() { ring.publish() }
}

/// Runs of slots, in place.
struct SlotReader: ~Copyable, TortureReader {
  var ring: SlotRingReader<HardwareMemory>
  let wordCount: Int
  var position: UInt64 { ring.position }

  mutating func read(
    from sequence: UInt64, limit: Int
  ) throws(RingCorruption) -> (count: Int, bad: BadMessage?) {
    let run = try ring.readableRun()
    let count = min(run.count, limit)
    for item in 0..<count {
      let start = run.offset + item * wordCount * 8
      let due = sequence &+ UInt64(item)
      for index in 0..<wordCount {
        let expected = StressStream.word(due, index)
        let found = ring.memory.loadPayload(at: start + index * 8)
        guard found == expected else {
          return (
            item, BadMessage(sequence: due, wordIndex: index, expected: expected, found: found)
          )
        }
      }
    }
    ring.consume(count)
    return (count, nil)
  }

  mutating func release() { ring.release() }
}

/// Records of mixed sizes; some are reserved twice, some longer than they are committed.
struct RecordWriter: ~Copyable, TortureWriter {
  var ring: ByteRingWriter<HardwareMemory>
  var stream: StressStream
  var excess: SplitMix64
  /// Words of the record that there was no room for.
  private var pendingWordCount: Int?
  var position: UInt64 { ring.position }

  init(_ ring: consuming ByteRingWriter<HardwareMemory>, plan: RingRound) {
    stream = StressStream(seed: plan.seed, maximumPayload: ring.maximumPayload)
    excess = SplitMix64(seed: ~plan.seed)
    self.ring = ring
  }

  mutating func tryWrite(_ sequence: UInt64, spoiled: Bool) -> Bool {
    let words = pendingWordCount ?? stream.nextWordCount()
    let draw = excess.next()
    var byteCount = words * 8
    // One in four asks for more than it will use, one in sixteen forgets a reservation.
    if draw % 4 == 0 {
      byteCount = min(ring.maximumPayload, byteCount + Int((draw >> 8) % 64) * 8)
    }
    if draw % 16 == 1 { _ = ring.tryReserve(byteCount: byteCount) }
    guard let space = ring.tryReserve(byteCount: byteCount) else {
      pendingWordCount = words
      return false
    }
    pendingWordCount = nil
    StressTraffic.fill(ring.memory, at: space.payloadOffset, sequence, words)
    if spoiled {
      let last = space.payloadOffset + (words - 1) * 8
      ring.memory.storePayload(~ring.memory.loadPayload(at: last), at: last)
    }
    ring.commit(space, type: 1, byteCount: words * 8)
    return true
  }

  mutating func publish() { ring.publish() }
}

/// Drains of records, in place.
struct RecordReader: ~Copyable, TortureReader {
  var ring: ByteRingReader<HardwareMemory>
  var stream: StressStream
  var position: UInt64 { ring.position }

  mutating func read(
    from sequence: UInt64, limit: Int
  ) throws(RingCorruption) -> (count: Int, bad: BadMessage?) {
    var bad: BadMessage?
    var next = sequence
    let count = try ring.drain(limit: limit) { memory, record in
      if bad == nil {
        bad = StressTraffic.check(memory, record, next, stream.nextWordCount())
      }
      next &+= 1
    }
    return (count, bad)
  }

  mutating func release() { ring.release() }
}
