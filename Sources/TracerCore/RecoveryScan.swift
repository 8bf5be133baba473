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
  /// Bytes at the beginning of the memory that hold something. Lanes and rings that begin behind
  /// are not looked at: a copy of a file that was cut short costs what the file has.
  public let byteCount: Int

  /// Prepares to recover; reads nothing yet.
  public init(_ lanes: Lanes<Memory>, rule: RecoveryRule<Memory>, byteCount: Int = .max) {
    self.lanes = lanes
    self.rule = rule
    self.byteCount = byteCount
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
    guard lane.offset < byteCount else { return recovery }
    var rings = rings(of: lane)
    for index in rings.indices where isCandidate(lane, &rings[index]) {
      try recover(lane, &rings[index], &recovery, into: &output)
    }
    recovery.rings = rings
    let first = recovery.account.nextSequence
    if finish(lane, end, &recovery) {
      try lane.write(recovery.account, since: first, into: &output)
    }
    return recovery
  }

  /// The headers of all rings, in order of first sequence numbers.
  @usableFromInline func rings(of lane: Lane<Memory>) -> [RecoveredRing] {
    (0..<lane.geometry.ringCount).prefix { lane.ring($0).offset < byteCount }
      .map { look(at: lane, ring: $0) }
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
    try portion.write(of: lane, into: &output)
    recovery.account = portion.account
    recovery.resident &+= portion.recordCount
    found.recordCount = portion.recordCount
    found.verdict = .recovered
    if let damage = portion.damage { found.verdict = .damaged(damage) }
    var start = portion.account
    start.nextSequence = portion.firstSequence
    start.losses = ring.loadLosses()
    start.drained &-= portion.recordCount
    noteHole(from: before, to: start, &recovery)
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
    from before: LaneAccount, to start: LaneAccount, _ recovery: inout LaneRecovery
  ) {
    guard before.isAnchored, let hole = LaneHole(from: before, to: start) else { return }
    recovery.holes.append(hole)
  }

  /// Accounts for attempts after the last record; whether there were any.
  @usableFromInline func finish(
    _ lane: Lane<Memory>, _ end: RecoveryEnd, _ recovery: inout LaneRecovery
  ) -> Bool {
    // Relaxed: the writer is gone, or this is a snapshot. After the rings, so that it is no less
    // than what they hold.
    let attempts = lane.word(LaneLayout.Lane.nextSequence).loadRelaxed()
    recovery.attempts = attempts
    let before = recovery.account
    guard end != .open else { return false }
    let losses = lane.loadLosses()
    if !before.isAnchored {
      recovery.account = LaneAccount(beginningAt: attempts, losses: losses)
    }
    recovery.account.finish(at: attempts, losses: losses, diedInWrite: end == .died)
    // Of a lane that nobody ever used there is nothing to say.
    guard recovery.account != before, attempts > 0 else { return false }
    noteHole(from: before, to: recovery.account, &recovery)
    return true
  }
}
