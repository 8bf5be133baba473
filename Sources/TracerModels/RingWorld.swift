// What the bodies of ring properties share: initial memory, messages, and how they wait.
//
// Bodies are run again and again and abandoned where they stand: they own nothing that needs
// release, so everything here is arithmetic over integers.

import MemoryInterface
import ModelChecker
import TracerCore

/// One ring at offset zero of the modelled memory and the messages that go through it.
struct RingWorld: Sendable {
  /// Slots, or bytes.
  var capacity: Int
  /// Messages that the producer sends, or attempts that each side makes.
  var messages: Int
  /// Both positions at the start.
  var start: UInt64 = 0
  var policy = PublishPolicy.everyRecord

  /// Positions that begin at `start`; all else begins at zero.
  var initial: [Int: UInt64] {
    [RingHeader.writePosition: start, RingHeader.readPosition: start]
  }

  /// The ring's positions as they are last in modification order.
  func positions(_ state: FinalState) -> RingPositions {
    RingPositions(
      write: state.value(RingHeader.writePosition), read: state.value(RingHeader.readPosition),
      capacity: UInt64(capacity))
  }

  /// What is wrong with a complete execution of a ring in which everything was consumed.
  @Sendable func everythingArrived(_ state: FinalState) -> String? {
    let positions = positions(state)
    guard RingInvariant.positionsOrdered(positions) else {
      return "positionsOrdered: \(positions)"
    }
    return positions.write == positions.read ? nil : "not everything was consumed: \(positions)"
  }

  /// What is wrong with a complete execution of a ring in which something may be left.
  @Sendable func positionsStayOrdered(_ state: FinalState) -> String? {
    let positions = positions(state)
    return RingInvariant.positionsOrdered(positions) ? nil : "positionsOrdered: \(positions)"
  }
}

extension ModelContext {
  /// Waits as a producer does that finds the ring full: until the read position moves.
  func waitForRead(beyond position: UInt64) {
    waitUntil(RingHeader.readPosition, .relaxed) { $0 != position }
  }

  /// Waits as a consumer does that finds the ring empty: until the write position moves.
  func waitForWrite(beyond position: UInt64) {
    waitUntil(RingHeader.writePosition, .relaxed) { $0 != position }
  }
}

/// The word that message `number` carries at `index`: never zero, so that memory that was not
/// written is noticed, and different for each message and word.
func messageWord(_ number: UInt64, _ index: Int = 0) -> UInt64 {
  (number &+ 1) &* 16 &+ UInt64(index) &+ 1
}
