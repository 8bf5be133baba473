// Reads what is left in the lanes of a region, whoever of its peers died, in whatever order.
//
// Read-only, and made for a private copy of the memory: nothing is pushed, freed or marked as
// drained, so that it can be repeated, also after it was killed itself. The queues are not
// believed: a process may have died between any two of its stores. Every ring is judged by its own
// header, in order of first sequence numbers; what cannot be believed ends that ring and no other.
// All that stands in memory is untrusted: each word is loaded once and checked, and no work
// exceeds the size of the rings.
//
//     same boot      every executed store is there: generation and committed position decide,
//                    rings that were drained are skipped
//     another boot   any page may be older than any other: only the checksum at the seal decides,
//                    and no drained generation is believed

public import MemoryInterface

/// What a ring is judged by.
public enum RecoveryRule<Memory: SharedMemory> {
  /// The memory is as the last executed store left it.
  case committed
  /// The memory went through a power cut: a ring counts if it is sealed with this checksum.
  case sealed((SealedRing<Memory>) -> UInt64)
}

/// A read-only recovery of lanes. Belongs to one thread.
public struct RecoveryScan<Memory: SharedMemory> {
  /// The lanes, as a rule in a private copy.
  public let lanes: Lanes<Memory>
  /// What a ring is judged by.
  public let rule: RecoveryRule<Memory>

  /// Prepares to recover; reads nothing yet.
  public init(_ lanes: Lanes<Memory>, rule: RecoveryRule<Memory>) {
    self.lanes = lanes
    self.rule = rule
  }

  /// Hands out everything that is left in one lane, in sequence, and accounts for it.
  ///
  /// Linear in the bytes of its rings. What the output has by `account` is not handed out again;
  /// `LaneAccount.beginningAnywhere` where there is no output.
  ///
  /// - Throws: what the output threw; beginning again with the output's account is safe.
  @inlinable public func recover<Output: LaneOutput>(
    _ identifier: LaneIdentifier, resuming account: LaneAccount, end: RecoveryEnd,
    into output: inout Output
  ) throws(Output.Failure) -> LaneRecovery where Output.Memory == Memory {
    let lane = lanes.lane(identifier.slot, identifier.kind)
    var recovery = LaneRecovery(identifier, account)
    var rings = rings(of: lane)
    for index in rings.indices where isCandidate(lane, &rings[index]) {
      try recover(lane, &rings[index], &recovery, into: &output)
    }
    recovery.rings = rings
    if let frame = finish(lane, end, &recovery) {
      try output.write(
        frame,
        LaneRecords(
          memory: lane.memory, offset: lane.offset, byteCount: 0,
          firstSequence: frame.firstSequence))
    }
    return recovery
  }

  /// The headers of all rings, in order of first sequence numbers.
  @usableFromInline func rings(of lane: Lane<Memory>) -> [RecoveredRing] {
    (0..<lane.geometry.ringCount).map { look(at: lane, ring: $0) }
      .sorted { ($0.firstSequence, $0.generation) < ($1.firstSequence, $1.generation) }
  }

  /// Reads a ring's header.
  private func look(at lane: Lane<Memory>, ring index: Int) -> RecoveredRing {
    let ring = lane.ring(index)
    // First, and acquired: what is loaded after it is of this use or a later one.
    let generation = ring.loadGeneration()
    // Relaxed: the generation orders it.
    let first = ring.word(LaneLayout.Ring.firstSequence).loadRelaxed()
    return RecoveredRing(
      index: index, generation: generation, firstSequence: first, state: ring.state,
      committed: ring.loadCommitted(ringByteCount: lane.geometry.ringByteCount))
  }

  /// Whether there is something in the ring to be believed; if there is and it cannot be had, says
  /// why not.
  @usableFromInline func isCandidate(
    _ lane: Lane<Memory>, _ ring: inout RecoveredRing
  ) -> Bool {
    switch rule {
    case .committed: guard ring.state != .free else { return false }
    case .sealed: guard ring.generation != 0 else { return false }
    }
    guard let committed = ring.committed else {
      ring.verdict = .refused(.committed(ring: ring.index))
      return false
    }
    // No record, no claim: a kill within `activate` leaves a former generation over a first
    // sequence number that is not its own.
    guard committed > 0 else { return false }
    if case .sealed(let checksum) = rule {
      if let verdict = judgeSeal(lane, ring, committed, checksum) {
        ring.verdict = verdict
        return false
      }
    }
    return true
  }

  /// Recovers one ring, as far as it can be believed.
  @inlinable func recover<Output: LaneOutput>(
    _ lane: Lane<Memory>, _ found: inout RecoveredRing, _ recovery: inout LaneRecovery,
    into output: inout Output
  ) throws(Output.Failure) where Output.Memory == Memory {
    guard let committed = found.committed else { return }
    let ring = lane.ring(found.index)
    let before = recovery.account
    // A reader of this account and of nothing else: it takes nothing from the queues.
    let reader = LaneReader(lane, resuming: before)
    let portion: LaneReader<Memory>.Portion
    do throws(LaneCorruption) {
      portion = try reader.examine(
        ring, index: found.index, generation: found.generation, committed, acceptingPrefix: true)
    } catch {
      found.verdict = .refused(error)
      return
    }
    if portion.byteCount > 0 {
      let frame = LaneFrame(
        lane: lane.identifier, slotEpoch: portion.slotEpoch, generation: portion.generation,
        firstSequence: portion.firstSequence, recordCount: portion.recordCount,
        byteCount: portion.byteCount, account: portion.account)
      try output.write(
        frame,
        LaneRecords(
          memory: lane.memory, offset: portion.recordsOffset + portion.startOffset,
          byteCount: portion.byteCount, firstSequence: portion.firstSequence))
    }
    recovery.account = portion.account
    recovery.resident &+= portion.recordCount
    found.recordCount = portion.recordCount
    found.verdict = .recovered
    if let damage = portion.damage { found.verdict = .damaged(damage) }
    noteHole(from: before, to: portion.firstSequence, ring.loadLosses(), &recovery)
  }

  /// After a power cut: why a ring does not count, or `nil`.
  private func judgeSeal(
    _ lane: Lane<Memory>, _ found: RecoveredRing, _ committed: Int,
    _ checksum: (SealedRing<Memory>) -> UInt64
  ) -> RingVerdict? {
    let ring = lane.ring(found.index)
    guard ring.loadSealedGeneration() == found.generation else { return .unsealed }
    // Relaxed, both: what is wrong here, the checksum tells.
    let epoch = ring.word(LaneLayout.Ring.slotEpoch).loadRelaxed()
    let stored = ring.word(LaneLayout.Ring.checksum).loadRelaxed()
    let computed = checksum(
      SealedRing(
        memory: lane.memory,
        identity: (
          lane.identifier.number, UInt64(found.index), epoch, found.generation,
          found.firstSequence, UInt64(committed)
        ),
        losses: ring.loadLosses(), recordsOffset: ring.recordsOffset, byteCount: committed))
    return stored == computed ? nil : .checksumMismatch
  }

  /// Notes the numbers between what was known and the first that a ring brings.
  @usableFromInline func noteHole(
    from before: LaneAccount, to first: UInt64, _ losses: LossCounts,
    _ recovery: inout LaneRecovery
  ) {
    guard before.isAnchored, first != before.nextSequence else { return }
    recovery.holes.append(
      LaneHole(
        firstSequence: before.nextSequence, count: first &- before.nextSequence,
        losses: losses.since(before.losses)))
  }

  /// Accounts for attempts after the last record: a frame without records, if there were any.
  @usableFromInline func finish(
    _ lane: Lane<Memory>, _ end: RecoveryEnd, _ recovery: inout LaneRecovery
  ) -> LaneFrame? {
    // Relaxed: the writer is gone, or this is a snapshot. After the rings, so that it is no less
    // than what they hold.
    let attempts = lane.word(LaneLayout.Lane.nextSequence).loadRelaxed()
    recovery.attempts = attempts
    let before = recovery.account
    guard end != .open else { return nil }
    let losses = lane.loadLosses()
    recovery.account.anchor(at: attempts, losses: losses)
    recovery.account.finish(at: attempts, losses: losses, diedInWrite: end == .died)
    // Of a lane that nobody ever used there is nothing to say.
    guard recovery.account != before, attempts > 0 else { return nil }
    noteHole(from: before, to: attempts, recovery.account.losses, &recovery)
    return LaneFrame(
      lane: lane.identifier, slotEpoch: 0, generation: 0, firstSequence: before.nextSequence,
      recordCount: 0, byteCount: 0, account: recovery.account)
  }
}

extension LaneAccount {
  /// Begins an account that saw no ring: everything attempted and not lost became of it before.
  fileprivate mutating func anchor(at end: UInt64, losses lossesAtEnd: LossCounts) {
    guard !isAnchored else { return }
    // More losses than attempts: nothing of it can be believed, and numbers decide.
    let lost = lossesAtEnd.total <= end ? lossesAtEnd : LossCounts()
    self = LaneAccount()
    nextSequence = end
    losses = lost
    unaccounted = end &- lost.total
  }
}
