// Closed-loop round trips through two rings, for slots and for records.
//
// The asking side writes to the request ring and reads the answer ring; the answering side checks
// a request, and answers with the same contents. Publishing is `everyRecord`: nothing is gained by
// waiting when the peer has nothing else to do.

import HardwareMemory
import MemoryInterface
import TracerCore

/// One side of a pair of slot rings.
struct SlotRoundTrip: ~Copyable {
  var writer: SlotRingWriter<HardwareMemory>
  var reader: SlotRingReader<HardwareMemory>
  let wordCount: Int

  /// Asks `count` times, from `sequence` on. Returns the first bad answer; stops early without
  /// one if the pair was stopped.
  mutating func ask(
    from sequence: UInt64, count: Int, control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    try SlotRoundTrip.ask(&writer, &reader, wordCount, sequence, count, control)
  }

  @inline(__always) private static func ask(
    _ writer: inout SlotRingWriter<HardwareMemory>,
    _ reader: inout SlotRingReader<HardwareMemory>, _ wordCount: Int, _ sequence: UInt64,
    _ count: Int, _ control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    for step in 0..<count {
      let value = sequence &+ UInt64(truncatingIfNeeded: step)
      send(&writer, wordCount, value)
      while true {
        let run = try reader.readableRun()
        if run.count > 0 {
          if let bad = check(reader.memory, run.offset, wordCount, value) { return bad }
          reader.consume(1)
          break
        }
        if control.isStopped { return nil }
      }
    }
    return nil
  }

  /// Answers requests from `sequence` on until the asking side's end of the slice.
  mutating func answer(
    from sequence: inout UInt64, control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    try SlotRoundTrip.answer(&writer, &reader, wordCount, &sequence, control)
  }

  @inline(__always) private static func answer(
    _ writer: inout SlotRingWriter<HardwareMemory>,
    _ reader: inout SlotRingReader<HardwareMemory>, _ wordCount: Int,
    _ sequence: inout UInt64, _ control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    var next = sequence
    defer { sequence = next }
    while true {
      // A look at `end` only every so often: it would lengthen the path that is measured.
      for _ in 0..<1024 {
        let run = try reader.readableRun()
        guard run.count > 0 else { continue }
        if let bad = check(reader.memory, run.offset, wordCount, next) { return bad }
        reader.consume(1)
        send(&writer, wordCount, next)
        next &+= 1
      }
      if control.isEnd(next) || control.isStopped { return nil }
    }
  }

  @inline(__always) private static func send(
    _ writer: inout SlotRingWriter<HardwareMemory>, _ wordCount: Int, _ sequence: UInt64
  ) {
    // The peer holds at most one message of ours: there is room.
    guard let slot = writer.tryReserve() else { return }
    for index in 0..<wordCount {
      writer.memory.storePayload(Pattern.word(sequence, index), at: slot &+ index &* 8)
    }
    writer.commit()
  }

  @inline(__always) private static func check(
    _ memory: HardwareMemory, _ offset: Int, _ wordCount: Int, _ sequence: UInt64
  ) -> BadMessage? {
    for index in 0..<wordCount {
      let found = memory.loadPayload(at: offset &+ index &* 8)
      let expected = Pattern.word(sequence, index)
      if found != expected {
        return BadMessage(sequence: sequence, wordIndex: index, expected: expected, found: found)
      }
    }
    return nil
  }
}

/// One side of a pair of byte rings.
struct RecordRoundTrip: ~Copyable {
  var writer: ByteRingWriter<HardwareMemory>
  var reader: ByteRingReader<HardwareMemory>
  let wordCount: Int

  /// Asks `count` times, from `sequence` on; as `SlotRoundTrip.ask`.
  mutating func ask(
    from sequence: UInt64, count: Int, control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    try RecordRoundTrip.ask(&writer, &reader, wordCount, sequence, count, control)
  }

  @inline(__always) private static func ask(
    _ writer: inout ByteRingWriter<HardwareMemory>,
    _ reader: inout ByteRingReader<HardwareMemory>, _ wordCount: Int, _ sequence: UInt64,
    _ count: Int, _ control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    for step in 0..<count {
      let value = sequence &+ UInt64(truncatingIfNeeded: step)
      send(&writer, wordCount, value)
      while true {
        var bad: BadMessage?
        if try receive(&reader, wordCount, value, &bad) {
          if let bad { return bad }
          break
        }
        if control.isStopped { return nil }
      }
    }
    return nil
  }

  /// Answers requests from `sequence` on until the asking side's end of the slice.
  mutating func answer(
    from sequence: inout UInt64, control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    try RecordRoundTrip.answer(&writer, &reader, wordCount, &sequence, control)
  }

  @inline(__always) private static func answer(
    _ writer: inout ByteRingWriter<HardwareMemory>,
    _ reader: inout ByteRingReader<HardwareMemory>, _ wordCount: Int,
    _ sequence: inout UInt64, _ control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    var next = sequence
    defer { sequence = next }
    while true {
      for _ in 0..<1024 {
        var bad: BadMessage?
        guard try receive(&reader, wordCount, next, &bad) else { continue }
        if let bad { return bad }
        send(&writer, wordCount, next)
        next &+= 1
      }
      if control.isEnd(next) || control.isStopped { return nil }
    }
  }

  @inline(__always) private static func send(
    _ writer: inout ByteRingWriter<HardwareMemory>, _ wordCount: Int, _ sequence: UInt64
  ) {
    guard let space = writer.tryReserve(byteCount: wordCount &* 8) else { return }
    for index in 0..<wordCount {
      writer.memory.storePayload(
        Pattern.word(sequence, index), at: space.payloadOffset &+ index &* 8)
    }
    writer.commit(space, type: 1)
  }

  @inline(__always) private static func receive(
    _ reader: inout ByteRingReader<HardwareMemory>, _ wordCount: Int, _ sequence: UInt64,
    _ bad: inout BadMessage?
  ) throws(RingCorruption) -> Bool {
    try reader.drain(limit: 1) { memory, record in
      guard record.byteCount == wordCount &* 8 else {
        bad = BadMessage(
          sequence: sequence, wordIndex: -1, expected: UInt64(wordCount &* 8),
          found: UInt64(record.byteCount))
        return
      }
      for index in 0..<wordCount {
        let found = memory.loadPayload(at: record.payloadOffset &+ index &* 8)
        let expected = Pattern.word(sequence, index)
        if found != expected {
          bad = BadMessage(sequence: sequence, wordIndex: index, expected: expected, found: found)
        }
      }
    } > 0
  }
}
