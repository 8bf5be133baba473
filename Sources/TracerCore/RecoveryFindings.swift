// What a recovery says besides records: what became of each ring, and where numbers are missing.

/// How the lane's writer stands when its rings are read.
@frozen public enum RecoveryEnd: Sendable {
  /// It may be writing: what is read is a snapshot, and what follows the last record is open.
  case open
  /// It left, or its slot is free.
  case left
  /// It died, possibly in the middle of an attempt.
  case died
}

/// What became of one ring.
public enum RingVerdict: Equatable, Sendable {
  /// Never used, empty, or drained already.
  case nothing
  /// Its records are recovered, all of them.
  case recovered
  /// Its records are recovered up to damage.
  case damaged(LaneCorruption)
  /// Nothing of it can be believed.
  case refused(LaneCorruption)
  /// After a power cut: it was never sealed.
  case unsealed
  /// After a power cut: its bytes are not those that were sealed.
  case checksumMismatch

  /// Whether something of the ring could not be had.
  public var isLoss: Bool {
    switch self {
    case .nothing, .recovered: false
    case .damaged, .refused, .unsealed, .checksumMismatch: true
    }
  }
}

/// One ring as recovery found it.
public struct RecoveredRing: Equatable, Sendable {
  /// Its place in the pool.
  public var index: Int
  /// The use it is in.
  public var generation: UInt64
  /// The number of its first attempt.
  public var firstSequence: UInt64
  /// Where its header says that it stands.
  public var state: LaneRingState
  /// Bytes of complete records by its header; `nil` if no honest agent could have stored it.
  public var committed: Int?
  /// Records handed out.
  public var recordCount: UInt64 = 0
  /// What became of it.
  public var verdict = RingVerdict.nothing
}

/// What recovery found in one lane.
public struct LaneRecovery: Equatable, Sendable {
  /// The lane.
  public var lane: LaneIdentifier
  /// What became of every attempt, this recovery included.
  public var account: LaneAccount
  /// Attempts of the lane by its own counter.
  public var attempts: UInt64
  /// Records handed out.
  public var resident: UInt64 = 0
  /// Its rings, in order of first sequence numbers.
  public var rings: [RecoveredRing] = []
  /// Its holes between rings and behind the last, in order.
  public var holes: [LaneHole] = []

  /// A lane of which nothing was read yet.
  @usableFromInline init(_ lane: LaneIdentifier, _ account: LaneAccount) {
    self.lane = lane
    self.account = account
    attempts = 0
  }

  /// Rings of which not everything could be had.
  public var damagedRings: Int { rings.count { $0.verdict.isLoss } }

  /// The loss identity, where the writer is gone: every attempt is accounted for.
  public var isComplete: Bool {
    LaneInvariant.everyAttemptAccountedFor(account) && account.nextSequence == attempts
  }
}
