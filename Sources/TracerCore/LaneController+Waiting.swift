// What a controller asks of all agents, and how it sleeps until one of them has something.
//
// Sleeping is the Dekker shape of `WakeFlag`: flag, fence, look again at everything that an agent
// announces, sleep. What is looked at here is exactly what is announced there: submitted rings,
// served flushes, threads that have come or left.

import MemoryInterface

/// A flush asked of all lanes that were claimed at that moment.
public struct LaneFlushRequest: Sendable {
  struct Entry: Sendable {
    let lane: LaneIdentifier
    let state: ThreadSlotState
    let number: UInt64
  }
  var entries: [Entry] = []
}

extension LaneController {
  /// Whether an agent has left something to do since the last pass. One look at every slot.
  @inlinable public func hasWork() -> Bool {
    for slot in 0..<slots.count {
      // Pairs with `ThreadSlots.retire`.
      let state = slots.state(of: slot)
      switch state.phase {
      case .retired: return true
      case .claimed:
        // A thread that came since: its process has to be watched, before anybody sleeps.
        if state.word != seat(slot, .index).pointee.slotSeen { return true }
        for kind in LaneKind.allCases {
          let seat = seat(slot, kind)
          if seat.pointee.reader.hasSubmitted { return true }
          if seat.pointee.reader.flushServed != seat.pointee.servedSeen { return true }
        }
      case .free, nil: break
      }
    }
    return false
  }

  /// Sleeps until an agent announces something, unless there is something already. Blocking.
  ///
  /// - Parameter wait: blocks until somebody wakes; may return early.
  @inlinable public func sleep(_ wait: () -> Void) {
    lanes.wakeFlag.sleep(unless: { hasWork() }, wait)
  }

  /// Asks every attached thread to submit what both its lanes hold, at its next write to either.
  ///
  /// One number for both: a thread that has seen only one of the two stores serves both lanes.
  public func requestFlush() -> LaneFlushRequest {
    var request = LaneFlushRequest()
    for slot in 0..<slots.count {
      let state = slots.state(of: slot)
      guard state.phase == .claimed else { continue }
      let both = LaneKind.allCases.map { lanes.lane(slot, $0) }
      // They differ where a predecessor died between its two stores.
      let number = both.map(\.nextFlush).max() ?? 1
      for lane in both {
        lane.requestFlush(number)
        request.entries.append(.init(lane: lane.identifier, state: state, number: number))
      }
    }
    return request
  }

  /// Whether every lane of a request has submitted what it had, or its thread has left.
  public func isServed(_ request: LaneFlushRequest) -> Bool {
    request.entries.allSatisfy { entry in
      if slots.state(of: entry.lane.slot) != entry.state { return true }
      let reader = seat(entry.lane.slot, entry.lane.kind)
      return reader.pointee.reader.quarantine != nil
        || reader.pointee.reader.isFlushServed(entry.number)
    }
  }

  /// Drains what is submitted, then reads what the active rings of index lanes hold so far.
  @inlinable public mutating func drainActive<Judge: LivenessJudge & ~Copyable, Output: LaneOutput>(
    judge: inout Judge, into output: inout Output
  ) throws(Output.Failure) -> LanePass where Output.Memory == Memory {
    var pass = try drain(judge: &judge, into: &output)
    for slot in 0..<slots.count where slots.state(of: slot).phase == .claimed {
      let seat = seat(slot, .index)
      if seat.pointee.reader.quarantine != nil { continue }
      do throws(LaneDrainError<Output.Failure>) {
        // What was submitted since comes first; no more than the pool, however fast the agent is.
        for _ in 0..<lanes.geometry.index.ringCount {
          guard try seat.pointee.reader.drainNext(into: &output) else { break }
          pass.rings += 1
        }
        if try seat.pointee.reader.drainActive(into: &output) { pass.rings += 1 }
      } catch {
        switch error {
        case .quarantined: pass.quarantinedLanes += 1
        case .output(let failure): throw failure
        }
      }
    }
    return pass
  }
}
