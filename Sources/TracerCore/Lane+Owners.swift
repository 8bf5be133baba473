// Who owns each ring of a lane at which nobody works at this moment: what tests and crash sweeps
// hold against `LaneInvariant.everyRingHasOneOwner`.

import MemoryInterface

/// The rings of a lane by owner: three lists of ring indices.
public struct LaneOwners: Equatable, Sendable {
  /// On the free queue: the agent may take them.
  public var free: [Int] = []
  /// On the submit queue: the controller may take them.
  public var submitted: [Int] = []
  /// The agent's: active, or retained in its history.
  public var agent: [Int] = []

  /// Whether every one of `ringCount` rings has exactly one owner.
  public func isComplete(ringCount: Int) -> Bool {
    LaneInvariant.everyRingHasOneOwner([free, submitted, agent], ringCount: ringCount)
  }
}

extension Lane {
  /// Reads queues and headers; `nil` where a queue cannot be an honest one.
  ///
  /// Means something only while neither side is in the middle of a step: after a takeover or a
  /// reclaim, with the agent idle or gone. Changes nothing.
  public func owners() -> LaneOwners? {
    var owners = LaneOwners()
    guard let free = entries(of: freeConsumer()), let submitted = entries(of: submitConsumer())
    else { return nil }
    owners.free = free
    owners.submitted = submitted
    for index in 0..<geometry.ringCount {
      switch ring(index).state {
      case .active, .retained: owners.agent.append(index)
      case .free, .submitted: break
      }
    }
    return owners
  }

  /// The rings on a queue, oldest first. At most as many as it has slots: `peek` checks.
  private func entries(of queue: LaneQueueConsumer<Memory>) -> [Int]? {
    var queue = queue
    var found: [Int] = []
    do throws(RingCorruption) {
      while let ticket = try queue.peek() {
        guard ticket.index < UInt64(geometry.ringCount) else { return nil }
        found.append(Int(ticket.index))
        // Of this copy alone.
        queue.position &+= 1
      }
    } catch { return nil }
    return found
  }
}
