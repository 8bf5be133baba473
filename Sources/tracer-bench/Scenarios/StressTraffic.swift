// What a pair of a stress run writes and checks: records of mixed sizes, in bursts.
//
//     payload   word 0  sequence   word 1  checksum of all other words   words 2…  random
//
// Both sides draw sizes and contents from the same seed, so the reader knows every bit of what is
// due. Neither side spins without end: there may be more processes than CPUs.

import Glibc
import HardwareMemory
import Harness
import MemoryInterface
import TracerCore

/// The stream of records that a seed stands for.
struct StressStream {
  private var sizes: SplitMix64
  private let maximumWordCount: UInt64
  private(set) var sequence: UInt64 = 0

  /// Sequence and checksum.
  static let leastWordCount = 2

  init(seed: UInt64, maximumPayload: Int) {
    sizes = SplitMix64(seed: seed)
    maximumWordCount = UInt64(maximumPayload / 8)
  }

  /// The next record's number of words: short ones often, the longest now and then.
  mutating func nextWordCount() -> Int {
    let draw = sizes.next()
    sequence &+= 1
    let spread = max(maximumWordCount &- UInt64(StressStream.leastWordCount) &+ 1, 1)
    // One in eight from the whole range, the others within 64 bytes.
    let range = draw & 7 == 0 ? spread : min(spread, 8)
    return StressStream.leastWordCount + Int((draw >> 3) % range)
  }

  /// Word `index` (from two) of the record with this sequence.
  static func word(_ sequence: UInt64, _ index: Int) -> UInt64 {
    Pattern.word(sequence &* Pattern.multiplier, index)
  }

  /// The checksum that starts with the sequence and takes in every further word.
  static func checksum(_ sum: UInt64, _ word: UInt64) -> UInt64 {
    // Rotated, so that two exchanged words are found.
    ((sum << 5) | (sum >> 59)) ^ word
  }
}

/// How one pair of a stress run differs from the others; printed, so that it replays.
struct StressPair {
  var index: Int
  var backing: Backing
  var seed: UInt64
  var capacity: Int
  var policy: PublishPolicy
  var startingPosition: UInt64

  /// Draws everything from the run's seed.
  init(index: Int, backing: Backing, runSeed: UInt64) {
    var random = SplitMix64(seed: runSeed &+ UInt64(index) &* Pattern.multiplier)
    self.index = index
    self.backing = backing
    seed = random.next()
    // 64 bytes to 64 KiB: the smallest wrap at every record.
    capacity = 64 << Int(random.next() % 11)
    policy =
      switch random.next() % 3 {
      case 0: .everyRecord
      case 1: .adaptive(count: UInt64(capacity / 8))
      default: .explicit
      }
    // Every other ring passes the end of the 64-bit positions soon.
    startingPosition = random.next() % 2 == 0 ? 0 : UInt64.max &- 4095
  }

  var text: String {
    "pair \(index): \(backing.rawValue), \(capacity) bytes, \(policy), "
      + "positions from \(startingPosition), seed \(seed)"
  }
}

/// The words that the sides of a stress pair share besides the ring.
struct StressControl {
  private let finish: HardwareWord
  private let end: HardwareWord

  static let byteCount = 256
  private static let edge = SyncEdge(903)

  init(_ memory: HardwareMemory) {
    finish = memory.word(at: 0)
    end = memory.word(at: 128)
  }

  /// The bench: write no more. Relaxed: it carries no data.
  func requestFinish() { finish.storeRelaxed(1) }
  var isFinishing: Bool { finish.loadRelaxed() != 0 }

  /// The producer: so many records were written in all. Pairs with `total`.
  func setTotal(_ records: UInt64) { end.storeRelease(records &+ 1, StressControl.edge) }

  /// The consumer: how many records were written, once that is known.
  var total: UInt64? {
    let value = end.loadAcquire(StressControl.edge)
    return value == 0 ? nil : value &- 1
  }
}

enum StressTraffic {
  /// Writes records in random bursts and pauses until told to finish; returns how many.
  static func produce(
    _ writer: inout ByteRingWriter<HardwareMemory>, pair: StressPair, control: StressControl,
    spoiledMessage: UInt64?
  ) -> UInt64 {
    var stream = StressStream(seed: pair.seed, maximumPayload: writer.maximumPayload)
    var pace = SplitMix64(seed: ~pair.seed)
    while !control.isFinishing {
      let burst = pace.next() % 4096
      for _ in 0..<burst {
        let sequence = stream.sequence
        let words = stream.nextWordCount()
        while true {
          guard let space = writer.tryReserve(byteCount: words * 8) else {
            writer.publish()
            sched_yield()
            continue
          }
          fill(writer.memory, at: space.payloadOffset, sequence, words)
          if sequence == spoiledMessage {
            let last = space.payloadOffset + (words - 1) * 8
            writer.memory.storePayload(~writer.memory.loadPayload(at: last), at: last)
          }
          writer.commit(space, type: 1)
          break
        }
      }
      // What is pending when a writer goes quiet is its own business to publish.
      writer.publish()
      pause(&pace)
    }
    writer.publish()
    control.setTotal(stream.sequence)
    return stream.sequence
  }

  /// Reads and checks every record until the producer's end; returns the first bad one.
  static func consume(
    _ reader: inout ByteRingReader<HardwareMemory>, pair: StressPair, maximumPayload: Int,
    control: StressControl, records: inout UInt64
  ) throws(RingCorruption) -> BadMessage? {
    var stream = StressStream(seed: pair.seed, maximumPayload: maximumPayload)
    var pace = SplitMix64(seed: pair.seed &+ 1)
    var bad: BadMessage?
    while bad == nil {
      let limit = Int(1 + pace.next() % 512)
      let count = try reader.drain(limit: limit) { memory, record in
        let sequence = stream.sequence
        let words = stream.nextWordCount()
        if bad == nil { bad = check(memory, record, sequence, words) }
      }
      records = stream.sequence
      if count == 0 {
        if control.total == stream.sequence { break }
        sched_yield()
      } else if pace.next() % 256 == 0 {
        pause(&pace)
      }
    }
    return bad
  }

  /// Up to a millisecond: long enough that the other side runs into a full or empty ring.
  private static func pause(_ pace: inout SplitMix64) {
    var request = timespec(tv_sec: 0, tv_nsec: Int(pace.next() % 1_000_000))
    nanosleep(&request, nil)
  }

  private static func fill(
    _ memory: HardwareMemory, at offset: Int, _ sequence: UInt64, _ words: Int
  ) {
    var sum = sequence
    for index in StressStream.leastWordCount..<max(words, StressStream.leastWordCount) {
      let word = StressStream.word(sequence, index)
      memory.storePayload(word, at: offset + index * 8)
      sum = StressStream.checksum(sum, word)
    }
    memory.storePayload(sequence, at: offset)
    memory.storePayload(sum, at: offset + 8)
  }

  private static func check(
    _ memory: HardwareMemory, _ record: RecordView, _ sequence: UInt64, _ words: Int
  ) -> BadMessage? {
    guard record.byteCount == words * 8 else {
      return BadMessage(
        sequence: sequence, wordIndex: -1, expected: UInt64(words * 8),
        found: UInt64(record.byteCount))
    }
    let offset = record.payloadOffset
    let found = memory.loadPayload(at: offset)
    guard RingInvariant.sequenceUnbroken(expected: sequence, found: found) else {
      return BadMessage(sequence: sequence, wordIndex: 0, expected: sequence, found: found)
    }
    var sum = found
    for index in StressStream.leastWordCount..<max(words, StressStream.leastWordCount) {
      sum = StressStream.checksum(sum, memory.loadPayload(at: offset + index * 8))
    }
    let stored = memory.loadPayload(at: offset + 8)
    guard sum == stored else {
      return BadMessage(sequence: sequence, wordIndex: 1, expected: stored, found: sum)
    }
    return nil
  }
}
