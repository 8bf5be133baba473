// What traced events carry, and the output that checks every one of them on its way to a file.
//
// An event's two words are its number and the complement of it. Its number is the place that its
// attempt has among all attempts of the lane: the sequence number, by which the reader counts as
// well. A lost, stale, torn, repeated or misplaced event differs in some bit.

import HardwareMemory
import Harness
import MemoryInterface
import TracerCore
import TracerShm

/// The events of a measurement.
enum TracedEvent {
  /// Bytes of payload, the timestamp not counted.
  static let payloadByteCount = 16
  /// What events of a measurement are to the tracer: the client's business, here one kind.
  static let type: UInt16 = 1
  /// Bytes of a ring that an event with its timestamp takes.
  static let timestampedByteCount = Int(RecordHeader.recordByteCount(payload: 24))

  /// Stores the payload of event `number`.
  @inline(__always)
  static func fill(_ memory: HardwareMemory, _ offset: Int, _ number: UInt64) {
    memory.storePayload(number, at: offset)
    memory.storePayload(~number, at: offset &+ 8)
  }

  /// Zero where a record is event `number`.
  @inline(__always)
  static func difference(
    _ memory: HardwareMemory, _ record: RecordView, _ number: UInt64
  ) -> UInt64 {
    let stamp = record.isTimestamped ? 8 : 0
    let offset = record.payloadOffset &+ stamp
    return (memory.loadPayload(at: offset) ^ number)
      | (memory.loadPayload(at: offset &+ 8) ^ ~number)
      | UInt64(truncatingIfNeeded: record.byteCount ^ (payloadByteCount &+ stamp))
      | UInt64(record.type ^ type)
  }
}

/// Checks every event, and hands frames on to a file where there is one.
struct EventCheck: LaneOutput {
  typealias Memory = HardwareMemory

  /// Where the events go once they are checked.
  var file: TraceFileWriter?
  /// Events seen.
  private(set) var records: UInt64 = 0
  /// The first one that is not what it should be.
  private(set) var bad: BadMessage?

  mutating func write(
    _ frame: LaneFrame, _ run: LaneRecords<HardwareMemory>
  ) throws(TraceFileError) {
    if !EventCheck.isRight(frame, run), bad == nil { bad = EventCheck.firstBad(frame, run) }
    records &+= frame.recordCount
    try file?.write(frame, run)
  }

  /// Whether every record of a frame is the event of its number. Differences are folded: looking
  /// at each would cost more than the drain.
  @inline(never)
  private static func isRight(_ frame: LaneFrame, _ run: LaneRecords<HardwareMemory>) -> Bool {
    var differences: UInt64 = 0
    var count: UInt64 = 0
    // Timestamps of one thread never go back; a torn one would.
    var newest: UInt64 = 0
    do throws(LaneCorruption) {
      try run.forEach { memory, record, number in
        differences |= TracedEvent.difference(memory, record, number)
        count &+= 1
        guard record.isTimestamped else { return }
        let timestamp = memory.loadPayload(at: record.payloadOffset)
        if timestamp < newest { differences |= 1 }
        newest = timestamp
      }
    } catch { return false }
    return differences == 0 && count == frame.recordCount
  }

  private static func firstBad(
    _ frame: LaneFrame, _ run: LaneRecords<HardwareMemory>
  ) -> BadMessage {
    var bad: BadMessage?
    var count: UInt64 = 0
    try? run.forEach { memory, record, number in
      count &+= 1
      let difference = TracedEvent.difference(memory, record, number)
      guard bad == nil, difference != 0 else { return }
      bad = BadMessage(
        sequence: number, wordIndex: 0, expected: number, found: number ^ difference)
    }
    return bad ?? .wrongCount(expected: frame.recordCount, found: count)
  }
}
