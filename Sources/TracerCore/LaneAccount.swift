// The loss identity of a lane, kept to the record by whoever drains it.
//
//     attempts = drained + lost + overwritten + in flight (+ before the account began)
//
// Sequence numbers decide, counters only divide: a hole between two rings is as long as its
// sequence numbers say; what the ring headers' losses explain of it was lost, and the rest was
// overwritten in the history.

/// What became of every attempt up to `nextSequence`.
@frozen public struct LaneAccount: Equatable, Sendable {
  /// Attempts below this number are accounted for.
  public var nextSequence: UInt64 = 0
  /// Records handed to the output.
  public var drained: UInt64 = 0
  /// Losses that took a sequence number, by cause.
  public var losses = LossCounts()
  /// Records of a detail lane's history that nobody marked in time.
  public var overwritten: UInt64 = 0
  /// Attempts during which the agent died: one per death at most.
  public var inFlight: UInt64 = 0
  /// Attempts before this account began.
  public var unaccounted: UInt64 = 0
  /// Whether `nextSequence` is known: else the first ring seen sets it.
  @usableFromInline var isAnchored = true

  /// The account of a lane nothing was attempted in yet.
  @inlinable public init() {}

  /// The account of a controller that comes without its predecessor's output: it begins with the
  /// first ring it sees.
  public static var beginningAnywhere: LaneAccount {
    var account = LaneAccount()
    account.isAnchored = false
    return account
  }

  /// The account of an output that begins at `end`: what was attempted and not lost went elsewhere.
  public init(beginningAt end: UInt64, losses lossesAtEnd: LossCounts) {
    // More losses than attempts: nothing of it can be believed, and numbers decide.
    let lost = lossesAtEnd.total <= end ? lossesAtEnd : LossCounts()
    nextSequence = end
    losses = lost
    unaccounted = end &- lost.total
  }

  /// The sum of all that became of attempts.
  @inlinable public var total: UInt64 {
    drained &+ losses.total &+ overwritten &+ inFlight &+ unaccounted
  }

  /// Takes over at a ring's first sequence number. `false` if the ring's header contradicts what
  /// is known: fewer losses than before, or more than there were attempts.
  @inlinable mutating func skip(to first: UInt64, losses atStart: LossCounts) -> Bool {
    if !isAnchored {
      self = LaneAccount()
      nextSequence = first
      losses = atStart
      unaccounted = first &- atStart.total
      return true
    }
    let hole = first &- nextSequence
    let lost = atStart.since(losses)
    // Each by itself: a sum could wrap around.
    var explained: UInt64 = 0
    for cause in 0..<4 {
      guard lost.counts[cause] <= hole &- explained else { return false }
      explained += lost.counts[cause]
    }
    nextSequence = first
    losses = atStart
    overwritten &+= hole &- explained
    return true
  }

  /// Accounts for what was attempted after the last ring, the lane's writer being gone.
  ///
  /// - Parameters:
  ///   - end: the lane's `nextSequence`.
  ///   - lossesAtEnd: the lane's loss counters. After a kill they may be one off; then the
  ///     sequence numbers decide.
  ///   - diedInWrite: whether the writer was killed, possibly within an attempt.
  @inlinable mutating func finish(at end: UInt64, losses lossesAtEnd: LossCounts, diedInWrite: Bool)
  {
    let trailing = end &- nextSequence
    // Behind what was drained: only a corrupt agent stores that.
    guard isAnchored, Int64(bitPattern: trailing) >= 0 else { return }
    var rest = trailing
    let lost = lossesAtEnd.since(losses)
    for cause in 0..<4 {
      let count = min(lost.counts[cause], rest)
      losses.counts[cause] &+= count
      rest -= count
    }
    if diedInWrite, rest > 0 {
      inFlight &+= 1
      rest -= 1
    }
    overwritten &+= rest
    nextSequence = end
  }
}

/// Properties of lanes that hold at every step of every execution.
public enum LaneInvariant {
  /// The loss identity: every attempt is drained, lost, overwritten, or was in flight at a death.
  public static func everyAttemptAccountedFor(_ account: LaneAccount) -> Bool {
    account.nextSequence == account.total
  }

  /// Every ring has one owner: it stands on one queue, or is the writer's, or is being drained.
  /// The lists hold ring indices; together they hold each of `ringCount` rings exactly once.
  public static func everyRingHasOneOwner(_ owners: [[Int]], ringCount: Int) -> Bool {
    owners.joined().sorted() == Array(0..<ringCount)
  }
}
