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
    if let text = misplacedRing() { throw .wrong(text) }
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

  /// While nobody is at work and everything is drained: every ring has one owner, and none of them
  /// is the controller. What is wrong, if anything is.
  ///
  /// - Parameter isOver: all threads have left as well; then every ring is spare.
  func misplacedRing(isOver: Bool = false) -> String? {
    for identifier in plan.lanes {
      let lane = region.lanes.lane(identifier.slot, identifier.kind)
      guard let owners = lane.owners() else { return "\(identifier): a queue is corrupt" }
      let isDrained = owners.submitted.isEmpty && (!isOver || owners.agent.isEmpty)
      guard owners.isComplete(ringCount: lane.geometry.ringCount), isDrained else {
        return "\(identifier): of \(lane.geometry.ringCount) rings \(owners.free) are spare, "
          + "\(owners.submitted) submitted, \(owners.agent) the agent's"
      }
    }
    return nil
  }
}
