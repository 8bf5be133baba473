// Numbers of a lane without a record, and what became of them: told by the accounts on both sides.
//
//     account so far │ hole │ first number of the next frame
//
// For whoever recovers lanes or reads an output back. Values only; any thread. Accounts come from
// outside: whatever they say, the parts of a hole add up to its length.

public import MemoryInterface

/// A stretch of sequence numbers between frames for which there is no record.
public struct LaneHole: Equatable, Sendable {
  /// Its first number.
  public var firstSequence: UInt64
  /// How many numbers.
  public var count: UInt64
  /// What was lost of it, by cause.
  public var losses: LossCounts
  /// What was overwritten in the history, or stands in a damaged ring.
  public var overwritten: UInt64
  /// Attempts during which the writer died.
  public var inFlight: UInt64
  /// What went elsewhere before the output began.
  public var before: UInt64
  /// What was drained and is not in the output.
  public var missing: UInt64

  /// Makes a hole of its parts.
  public init(
    firstSequence: UInt64, count: UInt64, losses: LossCounts = LossCounts(),
    overwritten: UInt64 = 0, inFlight: UInt64 = 0, before: UInt64 = 0, missing: UInt64 = 0
  ) {
    self.firstSequence = firstSequence
    self.count = count
    self.losses = losses
    self.overwritten = overwritten
    self.inFlight = inFlight
    self.before = before
    self.missing = missing
  }

  /// What lies between two accounts of a lane with no record between them; `nil` if nothing does.
  ///
  /// - Parameter known: `nil` where the output has nothing of the lane yet.
  public init?(from known: LaneAccount?, to account: LaneAccount) {
    let known = known?.isAnchored == true ? known : nil
    let start = known ?? LaneAccount()
    let count = account.nextSequence &- start.nextSequence
    guard Int64(bitPattern: count) > 0 else { return nil }
    self.init(firstSequence: start.nextSequence, count: count)
    var rest = count
    func take(_ after: UInt64, _ before: UInt64) -> UInt64 {
      let part = min(after &- before, rest)
      rest -= part
      return part
    }
    for cause in 0..<4 {
      losses.counts[cause] = take(account.losses.counts[cause], start.losses.counts[cause])
    }
    overwritten = take(account.overwritten, start.overwritten)
    inFlight = take(account.inFlight, start.inFlight)
    before = take(account.unaccounted, start.unaccounted)
    if known == nil { before &+= rest } else { missing = rest }
  }

  /// What lies between an account and the frame that comes next; `nil` if nothing does.
  ///
  /// Linear in the records of a frame that has a hole before it.
  public init?<Memory: SharedMemory>(
    from known: LaneAccount?, to frame: LaneFrame, _ records: LaneRecords<Memory>
  ) {
    var start = frame.account
    // A frame without records accounts for numbers before its own account.
    if records.byteCount > 0 { start.nextSequence = frame.firstSequence }
    guard start.nextSequence != known?.nextSequence ?? 0 else { return nil }
    start.drained &-= frame.recordCount
    start.losses = frame.account.losses.since(records.losses())
    self.init(from: known, to: start)
  }
}

extension LaneRecords {
  /// The losses that stand among the records.
  public func losses() -> LossCounts {
    var losses = LossCounts()
    var position = 0
    while position < byteCount {
      guard let (item, next) = try? item(at: position) else { break }
      if case .losses(let found) = item { losses.add(found) }
      position = next
    }
    return losses
  }
}
