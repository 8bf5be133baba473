// The trace file of a lane torture: the real output beside the checker's. Whoever takes over goes
// on in it; at the end of the round every record in it is read again.
//
// The path is the bench's, registered to be removed when it is interrupted.

import Glibc
import HardwareMemory
import Harness
import TracerCore
import TracerShm

final class LaneTrace {
  let path: String
  private let token: CleanupRegistry.NameToken?

  /// Names a file that does not exist yet.
  init(_ path: String) {
    self.path = path
    token = CleanupRegistry.add(file: path)
  }

  deinit {
    unlink(path)
    if let token { CleanupRegistry.forget(token) }
  }

  /// In a controller's process: goes on in the file, and brings what the board says of the output
  /// to where the file is. A predecessor may have been killed between the two.
  static func resume(
    _ path: String, session: UniqueID, board: LaneBoard, lanes: [LaneIdentifier]
  ) throws -> TraceFileWriter {
    let writer = try TraceFileWriter(resuming: path, session: session)
    for lane in lanes {
      let account = writer.accounts[lane] ?? LaneAccount()
      var entry = board.stock(lane).entry
      guard account.nextSequence >= entry.nextSequence else {
        throw LaneFinding(
          "\(lane): the trace file holds all below \(account.nextSequence), though the frame up "
            + "to \(entry.nextSequence) was written")
      }
      guard account.nextSequence > entry.nextSequence else { continue }
      if account.drained > entry.drained { entry.lastRecord = account.nextSequence }
      entry.set(account)
      board.stock(lane).replace(with: entry)
    }
    return writer
  }

  /// In the bench, at the end: every frame once and in order, every record to the bit. What is
  /// wrong, if anything is.
  func verify(_ plan: LanePlan, board: LaneBoard) throws -> String? {
    var reader = try TraceFileReader(path)
    var accounts: [LaneIdentifier: LaneAccount] = [:]
    while let block = try reader.next() {
      switch block {
      case .damage(let damage): return "the trace file is damaged: \(damage)"
      case .frame(let frame, let records):
        let former = accounts[frame.lane] ?? LaneAccount()
        guard frame.firstSequence >= former.nextSequence,
          frame.account.drained == former.drained + frame.recordCount
        else {
          return "\(frame.lane): the trace file's frame at sequence \(frame.firstSequence) follows "
            + "one that ends at \(former.nextSequence)"
        }
        if let text = try LaneTrace.check(frame, records, plan) { return text }
        accounts[frame.lane] = frame.account
      default: break
      }
    }
    for lane in plan.lanes {
      let account = accounts[lane] ?? LaneAccount()
      guard account == board.stock(lane).entry.account else {
        return "\(lane): the trace file ends at sequence \(account.nextSequence), "
          + "\(account.drained) records"
      }
    }
    return nil
  }

  private static func check(
    _ frame: LaneFrame, _ records: TraceRecords, _ plan: LanePlan
  ) throws -> String? {
    let contents = LaneContents(frame.lane, plan)
    var text: String?
    var count: UInt64 = 0
    try records.forEach { item, sequence, payload in
      guard case .record(let header) = item, text == nil else { return }
      count += 1
      text = contents.check(header, sequence, epoch: frame.slotEpoch) { index in
        var word: UInt64 = 0
        for byte in (8 * index..<min(8 * index + 8, payload.byteCount)).reversed() {
          word = word << 8 | UInt64(payload.unsafeLoad(fromByteOffset: byte, as: UInt8.self))
        }
        return word
      }
    }
    if text == nil, count != frame.recordCount {
      text = "\(count) records in a frame of \(frame.recordCount)"
    }
    return text.map { "\(frame.lane), in the trace file: \($0)" }
  }
}
