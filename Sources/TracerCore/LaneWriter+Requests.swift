// What others ask of a lane's writer: flush, mark, and the end of the thread.
//
// Requests are monotone counters, compared with what the writer has seen. They are honoured at the
// next write, or when the owner calls `flush()` or `leave()`. A flush concerns a thread: whichever
// of its lanes is written to first serves it in both.

public import MemoryInterface

extension LaneWriter {
  /// Looks at all requests before the attempt `number`; returns whether there is something to
  /// announce: rings handed over, or a flush served, which somebody may wait for.
  @inlinable @inline(__always)
  mutating func serve(_ number: UInt64) -> Bool {
    if state.isBroken { return false }
    var submitted = false
    if state.lane.identifier.kind == .detail { submitted = serveMarks(number) }
    // Relaxed: a request carries no data.
    let requested = word(LaneLayout.Lane.flushRequested).loadRelaxed()
    if requested != core.flushSeen, serveFlush(requested, number, &submitted),
      host.serveBeside(state.lane.identifier.kind, flush: requested)
    {
      core.flushSeen = requested
    }
    return submitted
  }

  /// Serves flush `requested` in this lane, once; `false` if there is no spare ring.
  @inlinable mutating func serveFlush(
    _ requested: UInt64, _ number: UInt64, _ submitted: inout Bool
  ) -> Bool {
    let served = word(LaneLayout.Lane.flushServed)
    // Relaxed: this thread stored it. Not only equal: the lane beside this one may have brought a
    // number that this one's request does not show yet.
    if Int64(bitPattern: served.loadRelaxed() &- requested) >= 0 { return true }
    guard handOverActive(number, &submitted) else { return false }
    // Pairs with `LaneReader.isFlushServed`: the rings are on the queue before.
    served.storeRelease(requested, .flushServed)
    submitted = true
    return true
  }

  /// The thread's other lane serves flush `flush`: so does this one, with whatever else is asked.
  /// `false` if it has to be tried again: there is no spare ring, or a write is under way here, in
  /// the middle of which a signal handler writes there. Announces what it hands over: the other
  /// lane may have done its part, and announced it, at an earlier write.
  @inlinable public mutating func serveBeside(flush: UInt64) -> Bool {
    if state.isBroken { return true }
    // Relaxed: only this thread and its signal handlers touch it.
    if word(LaneLayout.Lane.busy).loadRelaxed() != 0 { return false }
    word(LaneLayout.Lane.busy).storeRelaxed(1)
    let number = sequence
    var submitted = false
    if state.lane.identifier.kind == .detail { submitted = serveMarks(number) }
    let isServed = serveFlush(flush, number, &submitted)
    if isServed { core.flushSeen = flush }
    word(LaneLayout.Lane.busy).storeRelease(0, .laneLeave)
    if submitted { announce() }
    return isServed || state.isBroken
  }

  /// Marks: the history goes first, in order; then whatever is written up to the post-roll.
  @inlinable mutating func serveMarks(_ number: UInt64) -> Bool {
    var submitted = false
    // Pairs with `Lane.mark`.
    let marks = word(LaneLayout.Lane.marks).loadAcquire(.laneMark)
    if marks != core.marksSeen {
      core.marksSeen = marks
      while let oldest = takeOldestRetained() {
        // Relaxed: this writer stored it.
        let generation = state.lane.ring(oldest).word(LaneLayout.Ring.generation).loadRelaxed()
        submit(RingTicket(index: UInt64(oldest), generation: generation))
        submitted = true
      }
      state.isMarked = true
      // Whoever serves this outside of a write leaves it to the next one how far it may run.
      core.runEnd = core.position
      state.postRollEnd = number &+ UInt64(state.lane.geometry.postRecords)
      // Relaxed: a metric.
      word(LaneLayout.Lane.marksServed).storeRelaxed(marks)
    }
    // Without a spare the ring stays marked, and this is tried again at the next write.
    if state.isMarked, number >= state.postRollEnd, handOverActive(number, &submitted) {
      state.isMarked = false
    }
    return submitted
  }

  /// Submits the active ring if it holds records that are to be submitted, and goes on in a spare;
  /// `false` if there is none. Empty rings are skipped.
  @inlinable mutating func handOverActive(_ number: UInt64, _ submitted: inout Bool) -> Bool {
    let isWanted = state.lane.identifier.kind == .index || state.isMarked
    guard isWanted, state.activeIndex >= 0, core.position > 0 else { return true }
    guard let spare = takeSpare() else { return false }
    submitActive()
    submitted = true
    activate(spare, firstSequence: number)
    return true
  }

  /// Submits what the active ring of an index lane, or of a marked detail lane, holds, and honours
  /// all requests; `false` if there is no spare ring, or a write is under way. Wait-free.
  @inlinable public mutating func flush() -> Bool {
    // Relaxed: only this thread and its signal handlers touch it.
    if word(LaneLayout.Lane.busy).loadRelaxed() != 0 { return false }
    word(LaneLayout.Lane.busy).storeRelaxed(1)
    let number = sequence
    var submitted = serve(number)
    let done = handOverActive(number, &submitted)
    word(LaneLayout.Lane.busy).storeRelease(0, .laneLeave)
    if submitted { announce() }
    return done && !state.isBroken
  }

  /// The thread leaves: submits what is to be submitted. No spare is needed for that.
  ///
  /// Retire the slot afterwards: `ThreadSlots.retire`.
  @inlinable public consuming func leave() {
    word(LaneLayout.Lane.busy).storeRelaxed(1)
    var submitted = serve(sequence)
    let isWanted = state.lane.identifier.kind == .index || state.isMarked
    if isWanted, !state.isBroken, state.activeIndex >= 0, core.position > 0 {
      submitActive()
      submitted = true
    }
    // Relaxed: a hint.
    word(LaneLayout.Lane.activeRing).storeRelaxed(.max)
    // Whoever waits for a flush finds it served: nothing is left. Pairs as in `serveFlush`.
    word(LaneLayout.Lane.flushServed)
      .storeRelease(word(LaneLayout.Lane.flushRequested).loadRelaxed(), .flushServed)
    word(LaneLayout.Lane.busy).storeRelease(0, .laneLeave)
    if submitted { announce() }
  }
}

extension Lane {
  /// The agent's side. The caller has claimed the lane's slot, and calls this once per claim.
  ///
  /// - Parameters:
  ///   - slotEpoch: the epoch of the claim.
  ///   - sleepingOffset: where the controller's sleeping flag stands, in bytes of the memory.
  public func makeWriter<Host: LaneHost>(
    slotEpoch: UInt64, sleepingOffset: Int = LaneLayout.Control.sleeping, host: Host
  ) -> LaneWriter<Memory, Host> where Host.Memory == Memory {
    LaneWriter(self, slotEpoch: slotEpoch, sleepingOffset: sleepingOffset, host: host)
  }
}

extension LaneWriter {
  init(_ lane: Lane<Memory>, slotEpoch: UInt64, sleepingOffset: Int, host: Host) {
    typealias Fields = LaneLayout.Lane
    memory = lane.memory
    self.host = host
    // Relaxed, here and below: the claim of the slot acquired what its last owner stored.
    core = LaneWriterCore(
      laneOffset: lane.offset, recordsOffset: lane.ring(0).recordsOffset, position: 0, runEnd: 0,
      flushSeen: lane.word(Fields.flushServed).loadRelaxed(),
      marksSeen: lane.word(Fields.marks).loadRelaxed())
    state = LaneWriterState(
      lane: lane, slotEpoch: slotEpoch, submit: lane.submitProducer(), free: lane.freeConsumer(),
      wakeFlag: WakeFlag(lane.memory, at: sleepingOffset), activeIndex: -1, activeGeneration: 0,
      activeFirstSequence: 0, activeLosses: LossCounts(),
      nextGeneration: max(1, lane.word(Fields.nextGeneration).loadRelaxed()),
      toldLosses: lane.loadLosses(), hasUntoldLosses: false, oldestRetained: 0, youngestRetained: 0,
      retainedCount: 0, isMarked: false, postRollEnd: 0, isBroken: false)
    // Marks made while nobody owned the lane find nothing to keep. Relaxed: a metric.
    lane.word(Fields.marksServed).storeRelaxed(core.marksSeen)
    if let spare = takeSpare() { activate(spare, firstSequence: sequence) }
  }
}
