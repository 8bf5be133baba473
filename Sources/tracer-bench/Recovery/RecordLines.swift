// Records as JSON, one object a line, on a descriptor: the output of `recover --format jsonl`.
//
// What has no record has a line too: losses among the records of a ring, and the numbers between
// frames, from the accounts on both sides. So the records and the counts of all other lines add up
// to what was attempted, where the writer is gone.
//
// Composed by hand into one buffer that is written when full: a region holds millions of records,
// and a general encoder would take ten times as long as recovery itself.

import Glibc
import HardwareMemory
import TracerCore
import TracerShm

/// Lines of JSON going to a descriptor. Belongs to one thread.
final class RecordLines: TraceOutput {
  typealias Memory = HardwareMemory

  private let descriptor: Int32
  /// How messages name the descriptor.
  private let place: String
  private let session: String
  private var text = ByteText()
  /// What has been accounted for of each lane.
  private var accounts: [LaneIdentifier: LaneAccount]
  private var threads: [ThreadKey: TraceThread] = [:]
  private(set) var records: UInt64 = 0

  private struct ThreadKey: Hashable {
    var slot: Int
    var epoch: UInt64
  }

  /// The descriptor stays the caller's.
  ///
  /// - Parameter accounts: what is left out.
  init(
    _ descriptor: Int32, place: String, session: UniqueID,
    resuming accounts: [LaneIdentifier: LaneAccount]
  ) {
    self.accounts = accounts
    self.descriptor = descriptor
    self.place = place
    self.session = session.description
  }

  func write(_ thread: TraceThread) {
    threads[ThreadKey(slot: thread.slot, epoch: thread.slotEpoch)] = thread
  }

  func write(symbols: [TraceSymbol]) throws(BenchError) {
    for symbol in symbols {
      text.add(#"{"kind":"symbol","session":""#)
      text.add(session)
      text.add(#"","address":"#)
      text.add(symbol.address)
      text.add(#","name":"#)
      text.add(quoted: symbol.name)
      text.add("}\n")
      try flushIfFull()
    }
  }

  func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(BenchError) {
    if let hole = LaneHole(from: accounts[frame.lane], to: frame, records) {
      // Of whom the numbers between two frames were, nobody says.
      add(hole, placeText(frame.lane))
    }
    accounts[frame.lane] = frame.account
    let place = placeText(frame)
    var position = 0
    var sequence = records.firstSequence
    while position < records.byteCount {
      do throws(LaneCorruption) {
        let (item, next) = try records.item(at: position)
        position = next
        switch item {
        case .record(let record):
          add(record, sequence, place, records.memory)
          sequence &+= 1
          self.records &+= 1
        case .losses(let losses):
          add(LaneHole(firstSequence: sequence, count: losses.total, losses: losses), place)
          sequence &+= losses.total
        }
        // What was walked before is well-formed: this ends nothing that is.
      } catch { break }
      try flushIfFull()
    }
  }

  /// What all lines of a frame have in common.
  private func placeText(_ frame: LaneFrame) -> String {
    let thread = threads[ThreadKey(slot: frame.lane.slot, epoch: frame.slotEpoch)]
    let process = thread.map { "\($0.process.pid)" } ?? "null"
    let number = thread.map { "\($0.thread)" } ?? "null"
    return placeText(frame.lane, epoch: "\(frame.slotEpoch)", process: process, thread: number)
  }

  private func placeText(
    _ lane: LaneIdentifier, epoch: String = "null", process: String = "null",
    thread: String = "null"
  ) -> String {
    #","session":"\#(session)","slot":\#(lane.slot),"lane":"\#(lane.kind)","#
      + #""epoch":\#(epoch),"process":\#(process),"thread":\#(thread),"sequence":"#
  }

  private func add(
    _ record: RecordView, _ sequence: UInt64, _ place: String, _ memory: HardwareMemory
  ) {
    text.add(#"{"kind":"record""#)
    text.add(place)
    text.add(sequence)
    text.add(#","type":"#)
    text.add(UInt64(record.type))
    text.add(#","flags":"#)
    text.add(UInt64(record.header.flags))
    text.add(#","timestamp":"#)
    let hasTime = record.isTimestamped && record.byteCount >= 8
    let skipped = hasTime ? 8 : 0
    if hasTime { text.add(memory.loadPayload(at: record.payloadOffset)) } else { text.add("null") }
    text.add(#","payload":""#)
    memory.withPayload(
      at: record.payloadOffset + skipped, byteCount: record.byteCount - skipped
    ) { payload in payload.withUnsafeBytes { text.add(hexadecimal: $0) } }
    text.add("\"}\n")
  }

  /// Numbers without a record. What went elsewhere before this output begins is no loss.
  private func add(_ hole: LaneHole, _ place: String) {
    if hole.before > 0 { text.add(#"{"kind":"before""#) } else { text.add(#"{"kind":"loss""#) }
    text.add(place)
    text.add(hole.firstSequence)
    text.add(#","count":"#)
    text.add(hole.count)
    text.add(#","noSpareRing":"#)
    text.add(hole.losses[.noSpareRing])
    text.add(#","noSpareWhileMarked":"#)
    text.add(hole.losses[.noSpareWhileMarked])
    text.add(#","tooLarge":"#)
    text.add(hole.losses[.tooLarge])
    text.add(#","quarantined":"#)
    text.add(hole.losses[.quarantined])
    text.add(#","overwritten":"#)
    text.add(hole.overwritten)
    text.add(#","inFlight":"#)
    text.add(hole.inFlight)
    text.add(#","before":"#)
    text.add(hole.before)
    text.add(#","missing":"#)
    text.add(hole.missing)
    text.add("}\n")
  }

  private func flushIfFull() throws(BenchError) {
    if text.byteCount >= ByteText.comfortableByteCount { try flush() }
  }

  /// Writes what is left. Call it at the end.
  func flush() throws(BenchError) {
    if let code = text.write(to: descriptor) {
      throw .operation("\(place): \(String(cString: strerror(code)))")
    }
  }
}
