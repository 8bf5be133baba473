// The end of a thread: the controller owns all rings of its lanes, drains what is to be drained,
// accounts for the rest, and makes the lane ready for the slot's next owner.
//
// Queues are not looked at: a process may have died between any two of its stores. Rings are found
// by their headers, in order of their generations. Everything here may be repeated: a controller
// that dies within leaves a slot that is not free, and its successor begins again, the output
// telling what is in it already.

public import MemoryInterface

/// How the lane's writer ended.
public enum LaneEnd: Sendable {
  /// Its thread left: it submitted what is to be submitted. History that nobody marked is dropped.
  case retired
  /// Its process is proved to be dead, at any instruction. Everything accepted is drained, the
  /// history included: this is what a flight recorder is for.
  case died
}

extension LaneReader {
  /// Drains and accounts for everything, and resets the lane; returns how many rings were damaged.
  ///
  /// The caller has acquired the retired state of the slot, or has proof of the owner's death.
  /// Ends a quarantine: nobody writes here any more, and every ring is judged by itself.
  /// Quadratic in the number of rings.
  @inlinable public mutating func reclaim<Output: LaneOutput>(
    after end: LaneEnd, into output: inout Output
  ) throws(Output.Failure) -> Int where Output.Memory == Memory {
    var damaged = 0
    // Each round ends with a ring drained, so as many rounds as rings are enough.
    for _ in 0..<lane.geometry.ringCount {
      guard let (index, generation) = oldestUndrained() else { break }
      let ring = lane.ring(index)
      if isWanted(ring, generation, end) {
        if let portion = salvage(ring, index: index, generation: generation) {
          let isSound = try hand(portion, of: ring, to: &output)
          if portion.damage != nil || !isSound { damaged += 1 }
          countRing()
        } else {
          damaged += 1
        }
      }
      ring.storeDrained(generation)
    }
    try finish(after: end, into: &output)
    restart()
    return damaged
  }

  /// Hands a portion to the output; `false` where that one found it corrupt, and it is dropped.
  @inlinable mutating func hand<Output: LaneOutput>(
    _ portion: Portion, of ring: LaneRing<Memory>, to output: inout Output
  ) throws(Output.Failure) -> Bool where Output.Memory == Memory {
    do throws(Output.Failure) {
      // Only a sealed ring has a checksum to be believed by after a power cut.
      if ring.loadSealedGeneration() == portion.generation {
        try synchronise(ring, portion, into: &output)
      }
      try emit(portion, into: &output)
      return true
    } catch {
      if error is LaneCorruption { return false }
      throw error
    }
  }

  @inlinable func isWanted(_ ring: LaneRing<Memory>, _ generation: UInt64, _ end: LaneEnd) -> Bool {
    switch end {
    case .died: true
    // Relaxed: the retired state was acquired.
    case .retired: ring.word(LaneLayout.Ring.submittedGeneration).loadRelaxed() == generation
    }
  }

  /// What can be had of a ring: its records up to the first that cannot be.
  @inlinable func salvage(
    _ ring: LaneRing<Memory>, index: Int, generation: UInt64
  ) -> Portion? {
    guard let committed = ring.loadCommitted(ringByteCount: lane.geometry.ringByteCount) else {
      return nil
    }
    return try? examine(
      ring, index: index, generation: generation, committed, acceptingPrefix: true)
  }

  /// Accounts for attempts after the last record, in a frame without records.
  @inlinable mutating func finish<Output: LaneOutput>(
    after end: LaneEnd, into output: inout Output
  ) throws(Output.Failure) where Output.Memory == Memory {
    var finished = account
    finished.finish(
      at: lane.word(LaneLayout.Lane.nextSequence).loadRelaxed(), losses: lane.loadLosses(),
      diedInWrite: end == .died)
    if finished != account {
      try lane.write(finished, since: account.nextSequence, into: &output)
    }
    accountSoFar = finished
    storeMetrics()
  }

  /// Readies the lane for its next owner: numbers go on, queues begin anew.
  @usableFromInline mutating func restart() {
    typealias Fields = LaneLayout.Lane
    // Relaxed, all of them: the release of the slot's state orders them.
    var nextGeneration = lane.word(Fields.nextGeneration).loadRelaxed()
    if nextGeneration >= LaneLayout.implausibleGeneration { nextGeneration = 1 }
    for index in 0..<lane.geometry.ringCount {
      let ring = lane.ring(index)
      let generation = ring.loadGeneration()
      if generation < LaneLayout.implausibleGeneration {
        nextGeneration = max(nextGeneration, generation + 1)
      } else {
        // No honest agent gets that far; kept, it would stand above all that follow.
        ring.word(LaneLayout.Ring.generation).storeRelaxed(0)
        ring.storeDrained(0)
      }
    }
    lane.word(Fields.nextGeneration).storeRelaxed(nextGeneration)
    if account.isAnchored {
      lane.word(Fields.nextSequence).storeRelaxed(account.nextSequence)
      for cause in 0..<4 {
        lane.word(Fields.losses + 8 * cause).storeRelaxed(account.losses.counts[cause])
      }
    }
    lane.word(Fields.quarantined).storeRelaxed(0)
    lane.word(Fields.flushServed).storeRelaxed(lane.word(Fields.flushRequested).loadRelaxed())
    corruption = nil
    lane.resetQueues()
    submit = lane.submitConsumer()
    free = lane.freeProducer()
  }
}
