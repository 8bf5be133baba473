// What the victims write: every word of a record follows from its lane and sequence number, so that
// whoever finds it can tell whether it is whole, and whether it is the one that was written.

import MemoryInterface
import TracerCore

enum CrashPattern {
  /// Words of payload of the record with this number: one to three, so that rings do not fill evenly.
  static func wordCount(_ sequence: UInt64) -> Int { 1 + Int(truncatingIfNeeded: sequence % 3) }

  /// A word of a record's payload. Mixed by the finaliser of SplitMix64, so that words of other
  /// records, and zeros, do not pass.
  static func word(lane: UInt64, sequence: UInt64, index: Int) -> UInt64 {
    var value = sequence << 8 ^ lane << 2 ^ UInt64(truncatingIfNeeded: index)
    value = (value ^ 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9
    return (value ^ value >> 29) &* 0x94D0_49BB_1331_11EB
  }

  static func type(_ sequence: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: sequence) }

  /// Stores the first words of a record.
  static func fill<Memory: SharedMemory>(
    _ memory: Memory, _ offset: Int, lane: UInt64, sequence: UInt64, count: Int
  ) {
    for index in 0..<count {
      memory.storePayload(
        word(lane: lane, sequence: sequence, index: index), at: offset + 8 * index)
    }
  }

  /// Whether a record of a trace file is the one that was written with this number.
  static func matches(
    _ header: RecordHeader, _ payload: RawSpan, lane: UInt64, sequence: UInt64
  ) -> Bool {
    let count = wordCount(sequence)
    guard header.type == type(sequence), payload.byteCount == 8 * count else { return false }
    return (0..<count).allSatisfy { index in
      payload.unsafeLoadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
        == word(lane: lane, sequence: sequence, index: index)
    }
  }

  /// Whether a record is the one that was written with this number.
  static func matches<Memory: SharedMemory>(
    _ memory: Memory, _ record: RecordView, lane: UInt64, sequence: UInt64
  ) -> Bool {
    let count = wordCount(sequence)
    guard record.type == type(sequence), record.byteCount == 8 * count else { return false }
    for index in 0..<count {
      let found = memory.loadPayload(at: record.payloadOffset + 8 * index)
      if found != word(lane: lane, sequence: sequence, index: index) { return false }
    }
    return true
  }
}
