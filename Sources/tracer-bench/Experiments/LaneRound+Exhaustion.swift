// Exhaustion: what becomes of writes while the controller is stopped, from a state in which it is
// known where every ring is.

import Glibc
import Harness
import TracerCore

extension LaneRound {
  /// Attempts of every thread while the controller is stopped.
  private static let attemptsWithoutController: UInt64 = 64

  /// Everybody rests, the controller gives everything back and is stopped: now every spare ring
  /// must take what it takes, and then writes are lost, and nobody waits.
  func exhaust() throws(LaneRoundEnd) {
    let threads = (0..<board.threads).map { board.thread($0) }
    board.phaseNumber += 1
    let resting = board.phaseNumber
    try waitUntil("a thread does not come to rest") { threads.allSatisfy { $0.rested == resting } }
    let passes = board.controller.rested
    // The pass under way may have looked before the last thread wrote.
    try waitUntil("the controller finds no end") { [board] in board.controller.rested > passes + 1 }
    if let text = ringsWithoutOwner() { throw .wrong(text) }
    controller?.signal(SIGSTOP)
    defer { controller?.signal(SIGCONT) }
    board.phaseNumber += 1
    let probing = board.phaseNumber
    try waitUntil("a write waits for the stopped controller") {
      threads.allSatisfy { $0.rested == probing }
    }
    let steps = threads.map(\.steps)
    board.phaseNumber += 1
    try waitUntil("a write waits for the stopped controller") {
      zip(threads, steps).allSatisfy { thread, before in
        thread.steps > before + LaneRound.attemptsWithoutController
      }
    }
  }

  /// While everybody rests and everything is given back.
  private func ringsWithoutOwner() -> String? {
    for identifier in plan.lanes {
      let lane = region.lanes.lane(identifier.slot, identifier.kind)
      let submitted = (0..<lane.geometry.ringCount).filter { lane.ring($0).state == .submitted }
      guard submitted.isEmpty else {
        return "\(identifier): rings \(submitted) are submitted, and nobody drains them"
      }
    }
    return nil
  }
}
