// What a controller may rely on after it asked: a served flush brought everything that was written
// before it was asked for; reading the active rings brings everything written before.
//
// Both are held against the agents' own counts, loaded before the request.

import Harness
import TracerCore
import TracerShm

struct LaneRequests {
  private let board: LaneBoard
  private let slots: Int
  private var flush: LaneFlushRequest?
  /// By slot: index records below this number must be in the output once the flush is served.
  private var flushDues: [UInt64] = []
  private var flushStart: UInt64 = 0
  private var isFlushServed = false
  /// The same of a reading, and how many passes it has had.
  private var readingDues: [UInt64] = []
  private var readingPasses = 0

  /// A flush that nobody serves for so long is never served.
  private static let patienceNanoseconds: UInt64 = 5_000_000_000
  /// An active ring is left aside where the agent changes rings under the reader; it is then on
  /// the submit queue, and comes with the next pass.
  private static let mostReadings = 64

  init(board: LaneBoard, slots: Int) {
    self.board = board
    self.slots = slots
  }

  /// Before a pass: what it must bring.
  mutating func prepare(_ controller: inout Controller, wanted: Bool, isReading: Bool) {
    if isReading, readingDues.isEmpty { readingDues = written }
    if let flush {
      // Before the pass: what was submitted until then is drained by it.
      isFlushServed = controller.isServed(flush)
    } else if wanted {
      // Before the request: whatever is written by now is older than it.
      flushDues = written
      flush = controller.requestFlush()
      flushStart = MonotonicTime.nanoseconds()
      isFlushServed = false
    }
    if isReading { readingPasses += 1 }
  }

  /// The pass was broken off: it need not have brought anything.
  mutating func abandonReading() { readingPasses = max(0, readingPasses - 1) }

  /// After a complete pass: what is wrong, if anything is.
  mutating func check() -> String? {
    if isFlushServed {
      if let text = missing(flushDues) { return "after a served flush \(text)" }
      board.count(.flushes)
      flush = nil
      isFlushServed = false
    } else if flush != nil,
      MonotonicTime.nanoseconds() - flushStart > LaneRequests.patienceNanoseconds,
      !board.isFinishing
    {
      return "STUCK: a flush is not served for "
        + "\(LaneRequests.patienceNanoseconds / 1_000_000_000) s"
    }
    if !readingDues.isEmpty, readingPasses > 0 {
      guard let text = missing(readingDues) else {
        readingDues = []
        readingPasses = 0
        return nil
      }
      if readingPasses >= LaneRequests.mostReadings {
        return "after \(readingPasses) looks at the active rings \(text)"
      }
    }
    return nil
  }

  private var written: [UInt64] {
    (0..<slots).map { board.ledger(LaneIdentifier(slot: $0, kind: .index)).lastAccepted }
  }

  private func missing(_ dues: [UInt64]) -> String? {
    for (slot, due) in dues.enumerated() {
      let lane = LaneIdentifier(slot: slot, kind: .index)
      let found = board.stock(lane).entry.nextSequence
      if found < due { return "\(lane) is drained up to \(found), \(due) were written before" }
    }
    return nil
  }
}
