// The records of mixed sizes that a torture pair writes and checks.
//
//     payload   word 0  sequence   word 1  checksum of all other words   words 2…  random
//
// Both sides draw sizes and contents from the same seed, so the reader knows every bit of what is
// due.

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

enum StressTraffic {
  /// Stores the record with this sequence.
  static func fill(
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

  /// The first word of a record that differs from what is due.
  static func check(
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
