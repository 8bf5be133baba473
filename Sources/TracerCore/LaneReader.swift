// The controller's side of a lane: takes submitted rings, drains them in place, gives them back.
//
//     peek ─▶ check ─▶ output ─▶ drained ─▶ push free ─▶ advance submit
//
// In this order, so that a successor can tell at whatever instant this process dies: an entry
// still at the front of the submit queue was not given back yet, or only just (`isSettling`).
//
// The agent is not trusted: what stands in its words is loaded once, checked and used as a copy.
// Corruption puts the lane, and no other, into quarantine. Belongs to one thread.

public import MemoryInterface

/// Why a drain stopped.
public enum LaneDrainError<Failure: Error>: Error {
  /// The lane is in quarantine, from now on or already.
  case quarantined(LaneCorruption)
  /// The output refused; the ring stays where it is.
  case output(Failure)
}

extension LaneDrainError: Equatable where Failure: Equatable {}

/// The controller's side of a lane. Belongs to one thread of one process.
///
/// At most one exists for a lane at any time; a successor makes its own only after proof of the
/// predecessor's death.
@frozen public struct LaneReader<Memory: SharedMemory>: ~Copyable {
  /// The lane.
  public let lane: Lane<Memory>
  @usableFromInline var accountSoFar: LaneAccount
  @usableFromInline var corruption: LaneCorruption?
  @usableFromInline var submit: LaneQueueConsumer<Memory>
  @usableFromInline var free: LaneQueueProducer<Memory>
  /// Where in a ring that was read while active the account stands.
  @usableFromInline var cursorGeneration: UInt64 = .max
  @usableFromInline var cursorOffset = 0
  /// The entry that a predecessor may have been at when it died.
  @usableFromInline let inheritedPosition: UInt64
  @usableFromInline var drainedRings: UInt64
  @usableFromInline var drainedBytes: UInt64

  /// Attaches to a lane, also to one whose predecessor died in the middle of anything.
  ///
  /// - Parameter account: that of the last frame in the output; `beginningAnywhere` without one.
  public init(_ lane: Lane<Memory>, resuming account: LaneAccount = LaneAccount()) {
    self.lane = lane
    accountSoFar = account
    submit = lane.submitConsumer()
    inheritedPosition = submit.position
    free = lane.freeProducer()
    // Relaxed: only controllers store them; taking over acquired what the predecessor did.
    drainedRings = lane.word(LaneLayout.Lane.drainedRings).loadRelaxed()
    drainedBytes = lane.word(LaneLayout.Lane.drainedBytes).loadRelaxed()
  }

  /// What became of every attempt so far.
  @inlinable public var account: LaneAccount { accountSoFar }

  /// Why the lane is in quarantine, if it is.
  @inlinable public var quarantine: LaneCorruption? { corruption }

  /// Takes one submitted ring, writes its records to the output and gives it back; `false` if none
  /// is submitted. The agent is never waited for.
  @inlinable public mutating func drainNext<Output: LaneOutput>(
    into output: inout Output
  ) throws(LaneDrainError<Output.Failure>) -> Bool where Output.Memory == Memory {
    if let quarantine { throw .quarantined(quarantine) }
    let ticket: RingTicket
    do throws(LaneCorruption) {
      guard let front = try nextTicket() else { return false }
      ticket = front
    } catch { throw .quarantined(enterQuarantine(error)) }

    let index = Int(ticket.index)
    let ring = lane.ring(index)
    if !isSettling(ring, ticket) {
      let portion: Portion
      do throws(LaneCorruption) {
        let committed = try checkSubmitted(ring, ticket)
        portion = try examine(ring, index: index, generation: ticket.generation, committed)
      } catch { throw .quarantined(enterQuarantine(error)) }
      do throws(Output.Failure) {
        try synchronise(ring, portion, into: &output)
        try emit(portion, into: &output)
      } catch { throw refusal(error) }
      ring.storeDrained(ticket.generation)
      countRing()
    }
    // The last ring pushed is this one if, and only if, a predecessor died in between.
    if free.latest != ticket, !free.push(ticket) {
      throw .quarantined(enterQuarantine(.freeQueueFull))
    }
    submit.advance()
    return true
  }

  /// Whether a predecessor drained this ring and died before it took the entry off the queue.
  @inlinable func isSettling(_ ring: LaneRing<Memory>, _ ticket: RingTicket) -> Bool {
    submit.position == inheritedPosition && ring.loadDrained() == ticket.generation
  }

  /// The front of the submit queue, with an index that exists.
  @inlinable func nextTicket() throws(LaneCorruption) -> RingTicket? {
    let front: RingTicket?
    do throws(RingCorruption) { front = try submit.peek() } catch { throw .queue(error) }
    guard let front else { return nil }
    guard front.index < UInt64(lane.geometry.ringCount) else { throw .ringIndex(front.index) }
    return front
  }

  /// Checks that the agent owned the ring in this generation and sealed it; returns its length.
  @inlinable func checkSubmitted(
    _ ring: LaneRing<Memory>, _ ticket: RingTicket
  ) throws(LaneCorruption) -> Int {
    let generation = ring.loadGeneration()
    let sealed = ring.loadSealedGeneration()
    // Generations only grow: one that was drained cannot be submitted again.
    guard generation == ticket.generation, sealed == generation, ring.loadDrained() < generation
    else {
      throw .generation(
        ring: Int(ticket.index), submitted: ticket.generation, found: generation, sealed: sealed)
    }
    guard let committed = ring.loadCommitted(ringByteCount: lane.geometry.ringByteCount) else {
      throw .committed(ring: Int(ticket.index))
    }
    return committed
  }

  /// Index lane: reads what the active ring holds so far; `false` if there is nothing new.
  ///
  /// Call it when `drainNext` has nothing. The ring is found by its generation: `activeRingIndex`
  /// is a hint, behind which the agent may be preempted. Records read here are not read again when
  /// the ring is submitted.
  @inlinable public mutating func drainActive<Output: LaneOutput>(
    into output: inout Output
  ) throws(LaneDrainError<Output.Failure>) -> Bool where Output.Memory == Memory {
    precondition(lane.identifier.kind == .index, "the agent recycles rings of a detail lane")
    if let quarantine { throw .quarantined(quarantine) }
    guard let (index, generation) = oldestUndrained() else { return false }
    let ring = lane.ring(index)
    let portion: Portion
    do throws(LaneCorruption) {
      // After the generation: the position is then of this generation or a later state of it.
      guard let committed = ring.loadCommitted(ringByteCount: lane.geometry.ringByteCount) else {
        throw .committed(ring: index)
      }
      let found = try examine(ring, index: index, generation: generation, committed)
      // A hole that losses do not explain: the ring before this one was activated behind the
      // scan. It is on the submit queue by now, and comes first.
      if found.account.overwritten != accountSoFar.overwritten { return false }
      portion = found
    } catch { throw .quarantined(enterQuarantine(error)) }
    guard portion.byteCount > 0 else { return false }
    do throws(Output.Failure) { try emit(portion, into: &output) } catch { throw refusal(error) }
    return true
  }

  /// The ring in use for longest, by generation.
  @inlinable func oldestUndrained() -> (index: Int, generation: UInt64)? {
    var oldest: (index: Int, generation: UInt64)?
    for index in 0..<lane.geometry.ringCount {
      let ring = lane.ring(index)
      let generation = ring.loadGeneration()
      if generation == ring.loadDrained() { continue }
      if let oldest, oldest.generation <= generation { continue }
      oldest = (index, generation)
    }
    return oldest
  }

  /// Whether a flush requested by `Lane.requestFlush` is served: everything written before the
  /// writer saw the request is on the submit queue.
  @inlinable public func isFlushServed(_ number: UInt64) -> Bool {
    Int64(bitPattern: flushServed &- number) >= 0
  }

  /// The last flush that the writer has served.
  @inlinable var flushServed: UInt64 {
    // Pairs with `LaneWriter.serveFlush`.
    lane.word(LaneLayout.Lane.flushServed).loadAcquire(.flushServed)
  }

  /// Whether `drainNext` would find something: a ring, or a corrupt queue.
  @inlinable var hasSubmitted: Bool {
    if quarantine != nil { return false }
    do throws(RingCorruption) { return try submit.peek() != nil } catch { return true }
  }

  /// What an error of the output means: one that found the records corrupt speaks of the lane.
  @inlinable mutating func refusal<Failure: Error>(_ error: Failure) -> LaneDrainError<Failure> {
    guard let corruption = error as? LaneCorruption else { return .output(error) }
    return .quarantined(enterQuarantine(corruption))
  }

  /// The lane is not followed any further; its agent's writes are lost and counted.
  @inlinable mutating func enterQuarantine(_ corruption: LaneCorruption) -> LaneCorruption {
    self.corruption = corruption
    // Relaxed: a flag without data.
    lane.word(LaneLayout.Lane.quarantined).storeRelaxed(1)
    return corruption
  }
}
