// The output of a lane torture: checks every frame and every record in place against what they
// must be, and keeps the account (`LaneStock`). Refuses a frame now and then, which must come again.
//
// Runs in the controller's process, one thread.

import HardwareMemory
import Harness
import MemoryInterface
import TracerCore
import TracerShm

/// The output wants a frame again, or has found something wrong.
struct OutputRefused: Error {}

struct LaneChecker: LaneOutput {
  typealias Memory = HardwareMemory

  let plan: LanePlan
  let board: LaneBoard
  /// The output proper, where there is one.
  private let trace: TraceFileWriter?
  private var random: SplitMix64

  /// Of so many frames one is refused.
  private static let refusalInterval: UInt64 = 256

  init(_ plan: LanePlan, board: LaneBoard, trace: TraceFileWriter?, incarnation: UInt64) {
    self.plan = plan
    self.trace = trace
    self.board = board
    random = plan.random(of: ~incarnation)
  }

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(OutputRefused) {
    let stock = board.stock(frame.lane)
    let former = stock.entry
    if let text = checkFrame(frame, former) ?? checkRecords(frame, records) {
      throw wrong(frame, text)
    }
    let draw = random.next()
    if draw % plan.controllerPause == 0 {
      TortureDelay.random(draw >> 16)
      // A ring that is being drained is nobody else's: it must not have changed meanwhile.
      if let text = checkRecords(frame, records) { throw wrong(frame, "while drained, \(text)") }
    }
    if draw >> 32 % LaneChecker.refusalInterval == 0 {
      board.count(.refusals)
      throw OutputRefused()
    }
    do throws(TraceFileError) { try trace?.write(frame, records) } catch {
      throw wrong(frame, "\(error)")
    }
    var entry = former
    entry.set(frame.account)
    if frame.generation != 0 {
      entry.generation = frame.generation
      entry.epoch = frame.slotEpoch
    }
    if frame.recordCount > 0 { entry.lastRecord = frame.account.nextSequence }
    stock.replace(with: entry)
    board.count(.frames)
  }

  private func wrong(_ frame: LaneFrame, _ text: String) -> OutputRefused {
    board.report("\(frame.lane), generation \(frame.generation): \(text)")
    return OutputRefused()
  }

  /// The frame against what the output holds already and what the agents have attempted.
  private func checkFrame(_ frame: LaneFrame, _ former: LaneStockEntry) -> String? {
    let account = frame.account
    guard LaneInvariant.everyAttemptAccountedFor(account) else {
      return "\(account.nextSequence) attempts in the account, \(account.total) accounted for"
    }
    guard frame.firstSequence >= former.nextSequence else {
      return "sequence \(frame.firstSequence) comes again, the output holds all below "
        + "\(former.nextSequence)"
    }
    guard account.drained == former.drained &+ frame.recordCount else {
      return "\(account.drained) records drained after \(former.drained) and "
        + "\(frame.recordCount) more"
    }
    for cause in 0..<4 where account.losses.counts[cause] < former.losses[cause] {
      return "losses of cause \(cause) fell from \(former.losses[cause])"
    }
    if frame.lane.kind == .index, account.overwritten > 0 {
      return "\(account.overwritten) records of an index lane are missing before sequence "
        + "\(frame.firstSequence)"
    }
    let begun = board.ledger(frame.lane).begun
    guard account.nextSequence <= begun else {
      return "sequence \(account.nextSequence - 1) was drained, \(begun) attempts were made"
    }
    guard frame.generation != 0 else { return nil }
    guard frame.generation >= former.generation, frame.slotEpoch >= former.epoch else {
      return "epoch \(frame.slotEpoch) after generation \(former.generation), epoch "
        + "\(former.epoch)"
    }
    return nil
  }

  /// Every record of the frame, to the bit.
  private func checkRecords(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) -> String? {
    let contents = LaneContents(frame.lane, plan)
    var sequence = frame.firstSequence
    var count: UInt64 = 0
    var position = 0
    do throws(LaneCorruption) {
      while position < records.byteCount {
        let (item, next) = try records.item(at: position)
        switch item {
        case .record(let record):
          if let text = contents.check(
            records.memory, record, sequence, epoch: frame.slotEpoch)
          {
            return text
          }
          count += 1
          sequence &+= 1
        case .losses(let losses): sequence &+= losses.total
        }
        position = next
      }
    } catch { return error.description }
    guard count == frame.recordCount else {
      return "\(count) records in a frame of \(frame.recordCount)"
    }
    guard records.byteCount == 0 || sequence == frame.account.nextSequence else {
      return "the frame ends at sequence \(sequence), its account at \(frame.account.nextSequence)"
    }
    return nil
  }
}
