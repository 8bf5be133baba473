// The two loops of a throughput slice over a byte ring of variable-length records.
//
// The same question and the same check as `SlotTraffic`, for records with a header of their own:
// the consumer checks length and contents of each.

import CPlatform
import HardwareMemory
import MemoryInterface
import TracerCore

enum RecordTraffic {
  /// Messages between two looks at the clock or at the ring's other side.
  private static let block = 256
  /// What records of a measurement are to the ring: the client's business, here one kind.
  private static let recordType: UInt16 = 1

  /// Writes records from `sequence` on until the deadline; returns the next sequence.
  static func produce(
    _ ring: ByteRing<HardwareMemory>, policy: PublishPolicy, wordCount: Int,
    from sequence: UInt64, orders: ProducerOrders, control: SliceControl
  ) throws(RingLayoutError) -> UInt64 {
    switch wordCount {
    case 1: try loop(ring, policy, 1, sequence, orders, control)
    case 8: try loop(ring, policy, 8, sequence, orders, control)
    case 32: try loop(ring, policy, 32, sequence, orders, control)
    default: try loop(ring, policy, wordCount, sequence, orders, control)
    }
  }

  @inline(__always) private static func loop(
    _ ring: ByteRing<HardwareMemory>, _ policy: PublishPolicy, _ wordCount: Int,
    _ first: UInt64, _ orders: ProducerOrders, _ control: SliceControl
  ) throws(RingLayoutError) -> UInt64 {
    // Made here, for one slice: a handle that comes from elsewhere stays in memory, and each
    // message then costs a store and a load per position.
    var writer = try ring.makeWriter(policy: policy)
    var sequence = first
    var untilPublish = orders.publishEvery
    outer: while platform_counter() < orders.deadline {
      var left = block
      while left > 0 {
        guard let space = writer.tryReserve(byteCount: wordCount &* 8) else {
          // A full ring that was never published would wait for ever.
          writer.publish()
          if control.isStopped { break outer }
          continue
        }
        for index in 0..<wordCount {
          writer.memory.storePayload(
            Pattern.word(sequence, index), at: space.payloadOffset &+ index &* 8)
        }
        if sequence == orders.spoiledMessage { spoil(writer.memory, space.payloadOffset) }
        writer.commit(space, type: recordType)
        sequence &+= 1
        left &-= 1
        if orders.publishEvery > 0 {
          untilPublish &-= 1
          if untilPublish == 0 {
            writer.publish()
            untilPublish = orders.publishEvery
          }
        }
      }
    }
    writer.publish()
    control.end(at: sequence)
    return sequence
  }

  @inline(never) private static func spoil(_ memory: HardwareMemory, _ offset: Int) {
    memory.storePayload(memory.loadPayload(at: offset) ^ 1, at: offset)
  }

  /// Reads and checks records from `sequence` on until the producer's end of the slice, and moves
  /// `sequence` there; returns the first bad record, if there is one.
  static func consume(
    _ ring: ByteRing<HardwareMemory>, wordCount: Int, sequence: inout UInt64, control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    switch wordCount {
    case 1: try check(ring, 1, &sequence, control)
    case 8: try check(ring, 8, &sequence, control)
    case 32: try check(ring, 32, &sequence, control)
    default: try check(ring, wordCount, &sequence, control)
    }
  }

  @inline(__always) private static func check(
    _ ring: ByteRing<HardwareMemory>, _ wordCount: Int, _ sequence: inout UInt64,
    _ control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    var reader = try ring.makeSliceReader()
    var number = sequence
    while true {
      // Folded over the whole portion; the first bad record is remembered where the fold changes.
      var differences: UInt64 = 0
      var bad: BadMessage?
      let count = try reader.drain(limit: block) { memory, record in
        var difference = UInt64(truncatingIfNeeded: record.byteCount ^ (wordCount &* 8))
        if difference == 0 {
          for index in 0..<wordCount {
            difference |=
              memory.loadPayload(at: record.payloadOffset &+ index &* 8)
              ^ Pattern.word(number, index)
          }
        }
        if difference != 0, bad == nil { bad = describe(memory, record, wordCount, number) }
        differences |= difference
        number &+= 1
      }
      guard differences == 0 else { return bad }
      if count == 0, control.isEnd(number) || control.isStopped { break }
    }
    // The next slice begins where this one says that it ended.
    reader.release()
    sequence = number
    return nil
  }

  @inline(never) private static func describe(
    _ memory: HardwareMemory, _ record: RecordView, _ wordCount: Int, _ sequence: UInt64
  ) -> BadMessage {
    guard record.byteCount == wordCount * 8 else {
      return BadMessage(
        sequence: sequence, wordIndex: -1, expected: UInt64(wordCount * 8),
        found: UInt64(record.byteCount))
    }
    for index in 0..<wordCount {
      let found = memory.loadPayload(at: record.payloadOffset + index * 8)
      let expected = Pattern.word(sequence, index)
      if found != expected {
        return BadMessage(sequence: sequence, wordIndex: index, expected: expected, found: found)
      }
    }
    // The first look saw a difference that is gone: the memory changes under us.
    return BadMessage(sequence: sequence, wordIndex: 0, expected: 0, found: 0)
  }
}
