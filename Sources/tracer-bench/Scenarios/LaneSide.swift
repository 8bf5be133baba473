// One lane in the hands of an agent's thread: attempts with known contents, each entered in the
// ledger before and after, and followed by a shadow where it is a detail lane. Belongs to one
// thread, from attach to detach.

import HardwareMemory
import MemoryInterface
import TracerCore
import TracerShm

struct LaneSide {
  let lane: Lane<HardwareMemory>
  private let ledger: LaneLedger
  private let contents: LaneContents
  private let epoch: UInt64
  private var shadow: LaneShadow?
  /// Marks begun before the writer looked for the first time: it need not serve them.
  private let marksBefore: UInt64

  /// The thread has attached. Throws what is wrong with the lane it finds.
  init(
    _ kind: LaneKind, of thread: borrowing AgentThread, plan: LanePlan, board: LaneBoard,
    lanes: Lanes<HardwareMemory>, holder: UInt64
  ) throws(LaneFinding) {
    lane = lanes.lane(thread.slot, kind)
    epoch = lanes.slots.state(of: thread.slot).epoch
    ledger = board.ledger(lane.identifier)
    contents = LaneContents(lane.identifier, plan)
    if let text = ledger.take(
      holder: holder, epoch: epoch, attempts: thread.sequence(kind),
      lastRecord: board.stock(lane.identifier).entry.lastRecord, isDying: board.isDying)
    {
      throw LaneFinding(lane, text)
    }
    // The writer has looked by now.
    marksBefore = ledger.marksBegun
    shadow = kind == .detail ? LaneShadow(lane) : nil
  }

  /// One attempt of the kind that the draw says; whether there was room for it.
  mutating func attempt(
    _ thread: inout AgentThread, _ draw: UInt64
  ) throws(LaneFinding) -> Bool {
    let kind = lane.identifier.kind
    let sequence = thread.sequence(kind)
    let byteCount = contents.byteCount(sequence)
    let type = contents.type(sequence)
    let epoch = epoch
    let contents = contents
    let marks = marksToServe
    ledger.begin()
    let outcome: LaneWriteOutcome
    switch draw % 16 {
    case 0, 1:
      // Reserved longer than it is committed, or taken back.
      let excess = Int((draw >> 8) % 64) * 8
      let reserved = max(byteCount, min(lane.geometry.maximumPayload, byteCount + excess))
      switch thread.tryReserve(kind, byteCount: reserved) {
      case .lost(let cause): outcome = .lost(cause)
      case .reserved(let space):
        if draw % 16 == 1 {
          thread.cancel(kind, space)
          ledger.cancel()
          try follow(sequence, accepted: false, marks)
          return true
        }
        contents.fill(
          thread.memory, at: space.payloadOffset, byteCount: byteCount, sequence, epoch: epoch)
        thread.commit(kind, space, type: type, byteCount: byteCount)
        outcome = .written
      }
    case 2 where byteCount >= 8:
      outcome = writeTimestamped(&thread, type: type, byteCount: byteCount, sequence)
    default:
      outcome = write(&thread, type: type, byteCount: byteCount, sequence)
    }
    try enter(outcome, sequence, byteCount: byteCount, marks)
    return outcome == .written || outcome == .lost(.tooLarge)
  }

  private func write(
    _ thread: inout AgentThread, type: UInt16, byteCount: Int, _ sequence: UInt64
  ) -> LaneWriteOutcome {
    let epoch = epoch
    let contents = contents
    let fill: (HardwareMemory, Int) -> Void = { memory, offset in
      contents.fill(memory, at: offset, byteCount: byteCount, sequence, epoch: epoch)
    }
    return switch lane.identifier.kind {
    case .index: thread.writeIndex(type: type, byteCount: byteCount, fill)
    case .detail: thread.writeDetail(type: type, byteCount: byteCount, fill)
    }
  }

  /// The same record, its first word as if it were a counter value.
  private func writeTimestamped(
    _ thread: inout AgentThread, type: UInt16, byteCount: Int, _ sequence: UInt64
  ) -> LaneWriteOutcome {
    let epoch = epoch
    let contents = contents
    let fill: (HardwareMemory, Int) -> Void = { memory, offset in
      contents.fill(
        memory, at: offset - 8, byteCount: byteCount, from: 1, sequence, epoch: epoch)
    }
    return switch lane.identifier.kind {
    case .index:
      thread.writeIndex(type: type, timestamp: sequence, byteCount: byteCount - 8, fill)
    case .detail:
      thread.writeDetail(type: type, timestamp: sequence, byteCount: byteCount - 8, fill)
    }
  }

  /// Writes short records until one is lost; how many were not. The controller is stopped.
  mutating func fillUp(
    _ thread: inout AgentThread, atMost most: Int
  ) throws(LaneFinding) -> Int {
    let byteCount = LaneContents.plainByteCount
    for count in 0..<most {
      let sequence = thread.sequence(lane.identifier.kind)
      let marks = marksToServe
      ledger.begin()
      let outcome = write(
        &thread, type: LaneContents.plainType, byteCount: byteCount, sequence)
      try enter(outcome, sequence, byteCount: byteCount, marks)
      if outcome != .written { return count }
    }
    return most
  }

  /// The thread has flushed both of its lanes.
  mutating func followFlush(_ thread: borrowing AgentThread) throws(LaneFinding) {
    try follow(thread.sequence(lane.identifier.kind), accepted: false, nil)
  }

  /// The thread is about to leave.
  ///
  /// - Parameters:
  ///   - mayBeMarked: whether another thread may mark the lane in this very moment.
  ///   - mayDie: whether the thread may be killed before it has left.
  func leave(_ thread: borrowing AgentThread, mayBeMarked: Bool, mayDie: Bool) {
    let dropped = shadow?.dropped(
      at: thread.sequence(lane.identifier.kind), mayBeMarked: mayBeMarked)
    ledger.leave(
      dropping: dropped?.records ?? 0, isCertain: !mayDie && dropped?.isCertain ?? true)
  }

  /// How many marks the next attempt must have served; `nil` for none.
  private var marksToServe: UInt64? {
    guard shadow != nil else { return nil }
    let made = ledger.marksMade
    return made > marksBefore ? made : nil
  }

  /// Enters how an attempt ended.
  private mutating func enter(
    _ outcome: LaneWriteOutcome, _ sequence: UInt64, byteCount: Int, _ marks: UInt64?
  ) throws(LaneFinding) {
    let fits = byteCount <= lane.geometry.maximumPayload
    switch outcome {
    case .written:
      guard fits else {
        throw LaneFinding(
          lane, "\(byteCount) bytes were accepted by a ring of \(lane.geometry.ringByteCount)")
      }
      ledger.accept(sequence)
    case .lost(let cause):
      let isExpected =
        switch cause {
        case .tooLarge: !fits
        case .noSpareRing: fits
        case .noSpareWhileMarked: fits && lane.identifier.kind == .detail
        default: false
        }
      guard isExpected else { throw LaneFinding(lane, "attempt \(sequence) was lost: \(cause)") }
      ledger.lose(cause)
    }
    try follow(sequence, accepted: outcome == .written, marks)
  }

  private mutating func follow(
    _ sequence: UInt64, accepted: Bool, _ marks: UInt64?
  ) throws(LaneFinding) {
    switch shadow?.follow(sequence, accepted: accepted, marksMade: marks) {
    case nil: return
    case .wrong(let text): throw LaneFinding(lane, text)
    case .overwrote(let count):
      if count > 0 { ledger.overwrite(count) }
      ledger.risk(shadow?.oldest ?? 0)
    }
  }
}

/// Something wrong, seen by the agent's side.
struct LaneFinding: Error {
  let text: String

  init(_ text: String) { self.text = text }
  init(_ lane: Lane<HardwareMemory>, _ text: String) { self.text = "\(lane.identifier): \(text)" }
}
