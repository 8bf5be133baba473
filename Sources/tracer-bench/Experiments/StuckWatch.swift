// Tells a pair that is stuck from one that is slow: nothing moved for seconds although nobody is
// stopped. That is how a deadlock or a position that is never seen becomes a finding.

import Harness

/// Somebody who gets on as long as nothing is wrong.
protocol Watched {
  /// Grows whenever it gets on; the rest of its meaning is nobody's business.
  var progress: UInt64 { get }
  /// It has ended, and rests.
  var isClosed: Bool { get }
}

struct StuckWatch {
  /// Without any progress for so long, a pair is stuck: rounds take milliseconds, and with the
  /// lowest priority and a loaded machine still well under a second.
  static let limitNanoseconds: UInt64 = 5_000_000_000
  /// A longer gap between two looks means that the bench itself did not run (it was stopped, or
  /// the machine slept): then the workers are not to blame.
  private static let gapNanoseconds: UInt64 = 1_000_000_000

  private let boards: [any Watched]
  private var lastSums: [UInt64]
  private var lastChanges: [UInt64]
  private var lastLook: UInt64

  init(_ boards: [any Watched]) {
    self.boards = boards
    let now = MonotonicTime.nanoseconds()
    lastSums = boards.map(\.progress)
    lastChanges = boards.map { _ in now }
    lastLook = now
  }

  /// Looks at all; the index of one that is stuck. Call it with nobody stopped.
  mutating func stuckIndex() -> Int? {
    let now = MonotonicTime.nanoseconds()
    let slept = now - lastLook > StuckWatch.gapNanoseconds
    lastLook = now
    for (index, board) in boards.enumerated() {
      let sum = board.progress
      // A pair that has ended rests.
      if slept || board.isClosed || sum != lastSums[index] {
        lastSums[index] = sum
        lastChanges[index] = now
      }
    }
    return lastChanges.firstIndex { now - $0 > StuckWatch.limitNanoseconds }
  }
}

extension TortureBoard: Watched {
  var progress: UInt64 {
    producer.record &+ producer.round &+ consumer.record &+ consumer.round
  }

  /// Which side waits where, for people.
  var standing: String { "producer \(producer.text), consumer \(consumer.text)" }
}
