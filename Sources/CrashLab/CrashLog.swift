// The output of the sweeps: a log of frames in the ledger. A frame shows when it is whole, so that
// a controller that dies within leaves nothing of it; a successor writes over what is incomplete.
//
//   lane │ items │ account │ sequence number of every record, or `torn`

import MemoryInterface
import TracerCore

/// One frame as it stands in the log.
struct CrashFrame {
  /// Stands in place of the number of a record that is not what was written.
  static let torn = UInt64.max
  static let headerWords = 2 + LaneAccount.wordCount

  var lane: UInt64
  var account: LaneAccount
  var sequences: [UInt64]
}

/// Appends frames to a ledger's log. Belongs to the one controller.
struct CrashOutput<Memory: SharedMemory>: LaneOutput {
  let ledger: CrashLedger

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<Memory>
  ) throws(LedgerFull) {
    let lane = frame.lane.number
    let start = ledger.logLength
    let needed = CrashFrame.headerWords + Int(clamping: frame.recordCount)
    guard needed <= ledger.size.logWords - start else { throw LedgerFull() }
    let limit = start + needed
    var position = start + CrashFrame.headerWords
    func append(_ value: UInt64) {
      // One more than the frame says shows as a torn record, too.
      ledger[log: min(position, limit - 1)] = position < limit ? value : CrashFrame.torn
      position += 1
    }
    do throws(LaneCorruption) {
      try records.forEach { memory, record, sequence in
        let isWhole = CrashPattern.matches(memory, record, lane: lane, sequence: sequence)
        append(isWhole ? sequence : CrashFrame.torn)
      }
    } catch { append(CrashFrame.torn) }
    while position < limit { append(CrashFrame.torn) }
    ledger[log: start] = lane
    ledger[log: start + 1] = UInt64(limit - start - CrashFrame.headerWords)
    let words = frame.account.words
    for index in words.indices { ledger[log: start + 2 + index] = words[index] }
    ledger.logLength = limit
  }
}

extension CrashLedger {
  /// Every complete frame from a word of the log on, in order.
  func frames(from start: Int = 0) -> [CrashFrame] {
    var frames: [CrashFrame] = []
    var position = start
    let end = logLength
    while position + CrashFrame.headerWords <= end {
      let count = Int(self[log: position + 1])
      let first = position + CrashFrame.headerWords
      frames.append(
        CrashFrame(
          lane: self[log: position],
          account: account(at: position + 2),
          sequences: (first..<(first + count)).map { self[log: $0] }))
      position = first + count
    }
    return frames
  }

  /// The account of a lane's last frame: what a successor resumes from.
  func lastAccount(lane: UInt64) -> LaneAccount {
    var position = 0
    let end = logLength
    var found: Int?
    while position + CrashFrame.headerWords <= end {
      if self[log: position] == lane { found = position }
      position += CrashFrame.headerWords + Int(self[log: position + 1])
    }
    guard let found else { return LaneAccount() }
    return account(at: found + 2)
  }

  private func account(at position: Int) -> LaneAccount {
    LaneAccount(words: InlineArray { self[log: position + $0] })
  }
}
