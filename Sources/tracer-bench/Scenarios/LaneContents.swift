// What the records of a lane torture carry. Everything follows from lane, thread slot's epoch and
// sequence number, sizes included, so that the checker knows every bit of every record:
//
//     payload   word 0  sequence   word 1  lane and epoch   words 2…  pattern of both
//
// A record is as long as its draw says, to the byte; the last word is stored whole (padding).

import HardwareMemory
import Harness
import MemoryInterface
import TracerCore

struct LaneContents {
  let lane: LaneIdentifier
  let geometry: LaneGeometry
  private let seed: UInt64
  private let spoiled: UInt64?

  /// The type of records of a size that does not follow from their sequence number.
  static let plainType: UInt16 = 0
  /// Their payload: the two words that name a record.
  static let plainByteCount = 16

  init(_ lane: LaneIdentifier, _ plan: LanePlan) {
    self.lane = lane
    geometry = plan.geometry.lane(lane.kind)
    seed = plan.seed
    spoiled = plan.spoiled
  }

  private func draw(_ sequence: UInt64) -> UInt64 {
    var random = SplitMix64(
      seed: seed ^ (lane.number &+ 1) &* Pattern.multiplier ^ sequence << 20)
    return random.next()
  }

  /// The payload of the attempt with this number: mostly short, sometimes as long as a ring, and
  /// now and then longer, which is a loss.
  func byteCount(_ sequence: UInt64) -> Int {
    let draw = draw(sequence)
    let most = UInt64(geometry.maximumPayload)
    if draw % 512 == 0 { return Int(most + 1 + (draw >> 32) % 4096) }
    let range = draw % 8 == 0 ? most : min(most, lane.kind == .index ? 48 : 160)
    return Int((draw >> 16) % (range + 1))
  }

  /// Its type: any but the plain one.
  func type(_ sequence: UInt64) -> UInt16 {
    UInt16(truncatingIfNeeded: draw(sequence) >> 48) | 1
  }

  private func word(_ index: Int, _ sequence: UInt64, epoch: UInt64) -> UInt64 {
    switch index {
    case 0: sequence
    case 1: lane.number << 32 | epoch
    default: Pattern.word(sequence &* Pattern.multiplier ^ lane.number, index)
    }
  }

  /// Stores the payload; `first` is the first word that is not there yet.
  func fill(
    _ memory: HardwareMemory, at offset: Int, byteCount: Int, from first: Int = 0,
    _ sequence: UInt64, epoch: UInt64
  ) {
    for index in first..<max(first, (byteCount + 7) / 8) {
      memory.storePayload(word(index, sequence, epoch: epoch), at: offset + 8 * index)
    }
    if sequence == spoiled, byteCount > 0 { memory.storePayload(~sequence, at: offset) }
  }

  /// What is wrong with a record in place, if anything is.
  func check(
    _ memory: HardwareMemory, _ record: RecordView, _ sequence: UInt64, epoch: UInt64
  ) -> String? {
    check(record.header, sequence, epoch: epoch) {
      memory.loadPayload(at: record.payloadOffset + 8 * $0)
    }
  }

  /// The same, `load` giving the words of the payload.
  func check(
    _ header: RecordHeader, _ sequence: UInt64, epoch: UInt64, _ load: (Int) -> UInt64
  ) -> String? {
    let isPlain = header.type == LaneContents.plainType
    let expected = isPlain ? LaneContents.plainByteCount : byteCount(sequence)
    guard header.payloadByteCount == expected else {
      return "record \(sequence) has \(header.payloadByteCount) bytes instead of \(expected)"
    }
    guard isPlain || header.type == type(sequence) else {
      return "record \(sequence) has type \(header.type) instead of \(type(sequence))"
    }
    for index in 0..<(expected + 7) / 8 {
      // Of the last word, the bytes that belong to the payload.
      let mask = UInt64.max >> UInt64(8 * max(0, 8 * (index + 1) - expected))
      let due = word(index, sequence, epoch: epoch) & mask
      let found = load(index) & mask
      guard found == due else {
        let bad = BadMessage(
          sequence: sequence, wordIndex: index, expected: due, found: found)
        return "record of \(bad.text)"
      }
    }
    return nil
  }
}
