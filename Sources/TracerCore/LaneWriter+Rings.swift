// The slow path of a lane's writer: from one ring to the next, flush, marks, and counted losses.
//
// Runs once per ring, or when somebody asked for something, or when there is no room. A spare is
// taken *first*: without one the active ring stays where it is, full, and the newest record is
// dropped. The agent never takes from the submit queue and never gives to the free queue.

public import MemoryInterface

extension LaneWriter {
  /// Makes room for the current attempt; the cause if there is none, the attempt then being over.
  @inlinable @inline(never)
  mutating func prepare(byteCount: Int) -> LossCause? {
    // The current attempt has taken its number already.
    let number = sequence &- 1
    var submitted = serve(number)
    let cause = makeRoom(byteCount: byteCount, number, &submitted)
    if let cause {
      lose(cause)
    } else {
      if state.hasUntoldLosses { writeLossRecord() }
      core.runEnd = runEnd(from: number, byteCount: byteCount)
    }
    if submitted { announce() }
    return cause
  }

  /// Sees to it that a record fits into the active ring, or says why it cannot.
  @inlinable @inline(__always)
  mutating func makeRoom(
    byteCount: Int, _ number: UInt64, _ submitted: inout Bool
  ) -> LossCause? {
    if state.isBroken { return .quarantined }
    guard UInt(bitPattern: byteCount) <= UInt(bitPattern: maximumPayload) else {
      return .tooLarge
    }
    if fits(RecordHeader.recordByteCount(payload: byteCount)) { return nil }
    return nextRing(number, &submitted)
  }

  /// Up to where records need no look at anything but requests, the one that is being prepared
  /// included: the ring's end, or as far as empty records would reach before the attempt at which
  /// a post-roll ends.
  @inlinable func runEnd(from number: UInt64, byteCount: Int) -> UInt64 {
    let ringEnd = UInt64(state.lane.geometry.ringByteCount)
    guard state.isMarked else { return ringEnd }
    let attempts = number < state.postRollEnd ? min(state.postRollEnd &- number, ringEnd) : 0
    let reach = max(
      attempts &* UInt64(RecordHeader.byteCount),
      RecordHeader.recordByteCount(payload: byteCount))
    return min(ringEnd, core.position &+ reach)
  }

  /// Whether a record fits into the active ring, with a loss record before it if one is due.
  @inlinable @inline(__always)
  func fits(_ size: UInt64) -> Bool {
    guard state.activeIndex >= 0 else { return false }
    let needed = state.hasUntoldLosses ? size &+ RecordHeader.lossByteCount : size
    return needed <= UInt64(state.lane.geometry.ringByteCount) &- core.position
  }

  /// Stores the losses not told yet at this place. They show together with the record behind them.
  @inlinable mutating func writeLossRecord() {
    let header = RecordHeader(
      byteCount: RecordHeader.lossPayloadByteCount, type: 0, flags: RecordHeader.loss)
    let losses = state.lane.loadLosses()
    let untold = losses.since(state.toldLosses)
    let start = core.recordsOffset &+ Int(truncatingIfNeeded: core.position)
    memory.storePayload(header.word, at: start)
    for cause in 0..<4 {
      memory.storePayload(untold.counts[cause], at: start &+ 8 &+ 8 &* cause)
    }
    core.position &+= RecordHeader.lossByteCount
    state.toldLosses = losses
    state.hasUntoldLosses = false
  }

  /// Ends the current attempt as a loss.
  @inlinable @inline(__always)
  mutating func lose(_ cause: LossCause) {
    // Relaxed: a metric with one writer; `nextSequence` was stored before and is what counts.
    let count = word(LaneLayout.Lane.losses &+ 8 &* Int(cause.rawValue))
    count.storeRelaxed(count.loadRelaxed() &+ 1)
    state.hasUntoldLosses = true
    core.runEnd = core.position
    word(LaneLayout.Lane.busy).storeRelease(0, .laneLeave)
  }

  /// The active ring is full, or there is none: goes to the next one, or says why it cannot.
  @inlinable @inline(__always)
  mutating func nextRing(_ number: UInt64, _ submitted: inout Bool) -> LossCause? {
    if state.activeIndex >= 0, state.lane.identifier.kind == .detail, !state.isMarked {
      return retainAndContinue(number)
    }
    guard let spare = takeSpare() else { return refusal }
    if state.activeIndex >= 0 {
      submitActive()
      submitted = true
      if state.isBroken { return .quarantined }
    }
    activate(spare, firstSequence: number)
    return nil
  }

  /// Why there is no spare ring.
  @inlinable @inline(__always) var refusal: LossCause {
    // Relaxed: a flag without data.
    if state.isBroken || word(LaneLayout.Lane.quarantined).loadRelaxed() != 0 {
      return .quarantined
    }
    return state.isMarked ? .noSpareWhileMarked : .noSpareRing
  }

  /// Detail, unmarked: the active ring joins the history; a spare follows while the history may
  /// grow, else its oldest ring is recycled. A flight recorder with no race and no controller.
  @inlinable @inline(never)
  mutating func retainAndContinue(_ number: UInt64) -> LossCause? {
    let wanted = state.retainedCount < state.lane.geometry.historyRings ? takeSpare() : nil
    sealActive()
    if state.retainedCount == 0 {
      state.oldestRetained = state.activeIndex
    } else {
      // Relaxed: only this writer reads it.
      state.lane.ring(state.youngestRetained).word(LaneLayout.Ring.nextRetained)
        .storeRelaxed(UInt64(state.activeIndex))
    }
    state.youngestRetained = state.activeIndex
    state.retainedCount += 1
    state.activeIndex = -1
    if let wanted {
      activate(wanted, firstSequence: number)
      return nil
    }
    guard let oldest = takeOldestRetained() else { return refusal }
    activate(oldest, firstSequence: number)
    // Relaxed: a metric with one writer.
    let recycled = word(LaneLayout.Lane.recycledRings)
    recycled.storeRelaxed(recycled.loadRelaxed() &+ 1)
    return nil
  }

  /// Takes the oldest ring out of the history. The list stands in shared memory: what cannot be
  /// an index ends the use of the lane.
  @inlinable mutating func takeOldestRetained() -> Int? {
    guard state.retainedCount > 0 else { return nil }
    let oldest = state.oldestRetained
    state.retainedCount -= 1
    if state.retainedCount > 0 {
      // Relaxed: only this writer stores it.
      let next = state.lane.ring(oldest).word(LaneLayout.Ring.nextRetained).loadRelaxed()
      guard next < UInt64(state.lane.geometry.ringCount) else {
        state.isBroken = true
        return nil
      }
      state.oldestRetained = Int(next)
    }
    return oldest
  }

  /// Takes a spare ring off the free queue, if the controller has returned one.
  @inlinable @inline(__always)
  mutating func takeSpare() -> Int? {
    if state.isBroken { return nil }
    do throws(RingCorruption) {
      guard let ticket = try state.free.peek() else { return nil }
      guard ticket.index < UInt64(state.lane.geometry.ringCount) else {
        state.isBroken = true
        return nil
      }
      state.free.advance()
      return Int(ticket.index)
    } catch {
      state.isBroken = true
      return nil
    }
  }

  /// Makes a ring that this writer owns the active one, empty before the attempt of that number.
  @inlinable @inline(never)
  mutating func activate(_ index: Int, firstSequence: UInt64) {
    let ring = state.lane.ring(index)
    let losses = state.lane.loadLosses()
    let generation = state.nextGeneration
    state.nextGeneration &+= 1
    // Relaxed: the release of the ring's generation orders it, so that no generation is reused.
    word(LaneLayout.Lane.nextGeneration).storeRelaxed(state.nextGeneration)
    ring.activate(
      generation: generation, firstSequence: firstSequence, losses: losses,
      slotEpoch: state.slotEpoch)
    // A hint for people and recovery; the release only keeps it behind what it hints at.
    word(LaneLayout.Lane.activeRing).storeRelease(UInt64(index), .laneActivate)
    state.activeIndex = index
    state.activeGeneration = generation
    state.activeFirstSequence = firstSequence
    state.activeLosses = losses
    state.toldLosses = losses
    state.hasUntoldLosses = false
    core.recordsOffset = ring.recordsOffset
    core.position = 0
    // `prepare` knows how far a run may go.
    core.runEnd = 0
  }

  /// Ends the filling of the active ring.
  @inlinable mutating func sealActive() {
    let ring = state.lane.ring(state.activeIndex)
    // What readers see: a loss record that no record followed is not part of it. Relaxed: own.
    let committed = committed.loadRelaxed()
    let checksum = host.sealChecksum(
      of: SealedRing(
        memory: memory,
        identity: (
          state.lane.identifier.number, UInt64(state.activeIndex), state.slotEpoch,
          state.activeGeneration, state.activeFirstSequence, committed
        ),
        losses: state.activeLosses, recordsOffset: core.recordsOffset,
        byteCount: Int(truncatingIfNeeded: min(committed, core.position))))
    ring.seal(generation: state.activeGeneration, checksum: checksum)
  }

  /// Seals the active ring and hands it over.
  @inlinable @inline(never)
  mutating func submitActive() {
    sealActive()
    submit(RingTicket(index: UInt64(state.activeIndex), generation: state.activeGeneration))
    state.activeIndex = -1
    core.runEnd = core.position
  }

  /// Hands a sealed ring over.
  @inlinable mutating func submit(_ ticket: RingTicket) {
    // Relaxed: the queue's release orders it.
    state.lane.ring(Int(ticket.index)).word(LaneLayout.Ring.submittedGeneration)
      .storeRelaxed(ticket.generation)
    if !state.submit.push(ticket) { state.isBroken = true }
    let submitted = word(LaneLayout.Lane.submittedRings)
    submitted.storeRelaxed(submitted.loadRelaxed() &+ 1)
  }

  /// Wakes the controller if it sleeps. Only where rings were handed over: never per record.
  @inlinable func announce() {
    let host = host
    state.wakeFlag.wakeIfSleeping { host.wakeController() }
  }
}
