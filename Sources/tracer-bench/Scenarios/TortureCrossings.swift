// The two sides of a round of crossings: words through one small ring after another, so that
// positions cross a limit as often as a processor can make them.
//
// What is wrong for an instant at the limit only, such as a position that is read in two halves,
// shows when the other side stores between two loads that lie next to one another. Other rounds
// cross it once; a round of crossings does it thousands of times, with a reader that waits there.

import HardwareMemory
import Harness
import TracerCore

/// `tryPush`, some words a ring.
struct CrossingWriter: ~Copyable, TortureWriter {
  private let plan: RingRound
  private let memory: HardwareMemory
  private let first: UInt64
  private var ring: SlotRingWriter<HardwareMemory>
  var position: UInt64 { ring.position }

  /// The writer of a round whose first record is `sequence`.
  init(
    _ plan: RingRound, in memory: HardwareMemory, from sequence: UInt64
  ) throws(RingLayoutError) {
    self.plan = plan
    self.memory = memory
    first = sequence
    ring = try plan.crossing(of: 0, in: memory).makeWriter(policy: plan.policy)
  }

  mutating func tryWrite(_ sequence: UInt64, spoiled: Bool) throws(RingLayoutError) -> Bool {
    let value = StressStream.word(sequence, 0)
    guard ring.tryPush(spoiled ? ~value : value) else { return false }
    let next = sequence &+ 1 &- first
    if next % RingRound.recordsPerCrossing == 0, next < plan.recordCount {
      ring = try plan.crossing(of: next, in: memory).makeWriter(policy: plan.policy)
    }
    return true
  }

  mutating func publish() { ring.publish() }
}

/// `tryPop`, some words a ring.
struct CrossingReader: ~Copyable, TortureReader {
  private let plan: RingRound
  private let memory: HardwareMemory
  private let first: UInt64
  private var ring: SlotRingReader<HardwareMemory>
  var position: UInt64 { ring.position }

  /// Looks at an empty ring without a pause: some microseconds.
  private static let looks = 512

  /// The reader of a round whose first record is `sequence`.
  init(
    _ plan: RingRound, in memory: HardwareMemory, from sequence: UInt64
  ) throws(RingCorruption) {
    self.plan = plan
    self.memory = memory
    first = sequence
    ring = try CrossingReader.attach(plan, in: memory, index: 0)
  }

  mutating func read(
    from sequence: UInt64, limit: Int
  ) throws(RingCorruption) -> (count: Int, bad: BadMessage?) {
    var next = sequence
    var looksLeft = CrossingReader.looks
    while next &- sequence < limit, looksLeft > 0 {
      guard let found = try ring.tryPop() else {
        looksLeft -= 1
        continue
      }
      let expected = StressStream.word(next, 0)
      guard found == expected else {
        let bad = BadMessage(sequence: next, wordIndex: 0, expected: expected, found: found)
        return (Int(next &- sequence), bad)
      }
      next &+= 1
      let index = next &- first
      if index % RingRound.recordsPerCrossing == 0, index < plan.recordCount {
        ring = try CrossingReader.attach(plan, in: memory, index: index)
      }
    }
    return (Int(next &- sequence), nil)
  }

  mutating func release() { ring.release() }

  /// The reader of the ring that record `index` goes through. Positions that do not fit when it
  /// attaches are the same finding as later: the producer may be writing already.
  private static func attach(
    _ plan: RingRound, in memory: HardwareMemory, index: UInt64
  ) throws(RingCorruption) -> SlotRingReader<HardwareMemory> {
    do throws(RingLayoutError) {
      return try plan.crossing(of: index, in: memory).makeReader()
    } catch .positionsOutOfOrder(let write, let read, _) {
      throw .position(found: write, own: read)
    } catch { preconditionFailure("the plan's geometry: \(error)") }
  }
}
