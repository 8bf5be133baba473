// The two loops of a throughput slice over a slot ring.
//
// Question: how many messages a second go from one process to another if every word of every one
// is written and checked? Excluded: starting and stopping, which `SliceControl` keeps outside the
// clock. All state of the loops is in locals; the message size is a constant of each
// instantiation, so that the inner loops unroll.

import CPlatform
import HardwareMemory
import MemoryInterface
import TracerCore

/// What the producing side needs to know of a slice.
struct ProducerOrders {
  /// Counter value after which no further block of messages is begun.
  var deadline: UInt64
  /// Messages after which an explicit publisher publishes; zero for the other policies.
  var publishEvery: Int
  /// The message to spoil, so that the checker is seen to fail; `UInt64.max` for none.
  var spoiledMessage: UInt64 = .max
}

enum SlotTraffic {
  /// Messages between two looks at the clock: far less than a slice, far more than a clock read.
  private static let block = 256

  /// Writes messages from `sequence` on until the deadline; returns the next sequence.
  static func produce(
    _ ring: SlotRing<HardwareMemory>, policy: PublishPolicy, wordCount: Int,
    from sequence: UInt64, orders: ProducerOrders, control: SliceControl
  ) throws(RingLayoutError) -> UInt64 {
    // Constants here become constants in the copies of the loop.
    switch wordCount {
    case 1: try loop(ring, policy, 1, sequence, orders, control)
    case 8: try loop(ring, policy, 8, sequence, orders, control)
    case 32: try loop(ring, policy, 32, sequence, orders, control)
    default: try loop(ring, policy, wordCount, sequence, orders, control)
    }
  }

  @inline(__always) private static func loop(
    _ ring: SlotRing<HardwareMemory>, _ policy: PublishPolicy, _ wordCount: Int,
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
        guard let slot = writer.tryReserve() else {
          // A full ring that was never published would wait for ever.
          writer.publish()
          if control.isStopped { break outer }
          continue
        }
        for index in 0..<wordCount {
          writer.memory.storePayload(Pattern.word(sequence, index), at: slot &+ index &* 8)
        }
        if sequence == orders.spoiledMessage { spoil(writer.memory, slot) }
        writer.commit()
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

  /// Reads and checks messages from `sequence` on until the producer's end of the slice, and
  /// moves `sequence` there; returns the first bad message, if there is one.
  static func consume(
    _ ring: SlotRing<HardwareMemory>, wordCount: Int, sequence: inout UInt64, control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    switch wordCount {
    case 1: try check(ring, 1, &sequence, control)
    case 8: try check(ring, 8, &sequence, control)
    case 32: try check(ring, 32, &sequence, control)
    default: try check(ring, wordCount, &sequence, control)
    }
  }

  @inline(__always) private static func check(
    _ ring: SlotRing<HardwareMemory>, _ wordCount: Int, _ sequence: inout UInt64,
    _ control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    var reader = try ring.makeSliceReader()
    var number = sequence
    while true {
      let run = try reader.readableRun()
      guard run.count > 0 else {
        if control.isEnd(number) || control.isStopped { break }
        continue
      }
      // In portions, so that space goes back while a long run is still being read.
      let count = min(run.count, block)
      guard fold(reader.memory, run.offset, count, wordCount, number) == 0 else {
        return firstBad(reader.memory, run.offset, count, wordCount, number)
      }
      reader.consume(count)
      number &+= UInt64(truncatingIfNeeded: count)
    }
    // The next slice begins where this one says that it ended.
    reader.release()
    sequence = number
    return nil
  }

  @inline(__always) private static func fold(
    _ memory: HardwareMemory, _ offset: Int, _ count: Int, _ wordCount: Int, _ sequence: UInt64
  ) -> UInt64 {
    var differences: UInt64 = 0
    var slot = offset
    var number = sequence
    for _ in 0..<count {
      for index in 0..<wordCount {
        differences |= memory.loadPayload(at: slot &+ index &* 8) ^ Pattern.word(number, index)
      }
      slot &+= wordCount &* 8
      number &+= 1
    }
    return differences
  }

  @inline(never) private static func firstBad(
    _ memory: HardwareMemory, _ offset: Int, _ count: Int, _ wordCount: Int, _ sequence: UInt64
  ) -> BadMessage {
    for message in 0..<count {
      for index in 0..<wordCount {
        let number = sequence &+ UInt64(message)
        let found = memory.loadPayload(at: offset + (message * wordCount + index) * 8)
        let expected = Pattern.word(number, index)
        if found != expected {
          return BadMessage(sequence: number, wordIndex: index, expected: expected, found: found)
        }
      }
    }
    // The fold saw a difference that is gone on a second look: the memory changes under us.
    return BadMessage(sequence: sequence, wordIndex: 0, expected: 0, found: 0)
  }
}
