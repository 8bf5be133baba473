// What a ring holds that is not in the output yet, and what that makes of the lane's account.

public import MemoryInterface

extension LaneReader {
  /// Records of a ring that were checked and go to the output together.
  @frozen @usableFromInline struct Portion {
    @usableFromInline let generation: UInt64
    @usableFromInline let slotEpoch: UInt64
    @usableFromInline let recordsOffset: Int
    @usableFromInline let startOffset: Int
    @usableFromInline let byteCount: Int
    @usableFromInline let firstSequence: UInt64
    @usableFromInline let recordCount: UInt64
    /// The lane's account once they are in the output.
    @usableFromInline let account: LaneAccount
    /// What stopped the walk before the committed position.
    @usableFromInline let damage: LaneCorruption?

    @inlinable init(
      generation: UInt64, slotEpoch: UInt64, recordsOffset: Int, startOffset: Int, byteCount: Int,
      firstSequence: UInt64, recordCount: UInt64, account: LaneAccount, damage: LaneCorruption?
    ) {
      self.generation = generation
      self.slotEpoch = slotEpoch
      self.recordsOffset = recordsOffset
      self.startOffset = startOffset
      self.byteCount = byteCount
      self.firstSequence = firstSequence
      self.recordCount = recordCount
      self.account = account
      self.damage = damage
    }
  }

  /// Checks a ring up to its committed position, every length, and skips what is in the output.
  ///
  /// Changes nothing: the account moves when the output has accepted. Linear in the records.
  @inlinable func examine(
    _ ring: LaneRing<Memory>, index: Int, generation: UInt64, _ committed: Int,
    acceptingPrefix: Bool = false
  ) throws(LaneCorruption) -> Portion {
    var account = accountSoFar
    // Relaxed: the generation, acquired before, orders them. Loaded once.
    let first = ring.word(LaneLayout.Ring.firstSequence).loadRelaxed()
    let slotEpoch = ring.word(LaneLayout.Ring.slotEpoch).loadRelaxed()
    let records = LaneRecords(
      memory: lane.memory, offset: ring.recordsOffset, byteCount: committed, firstSequence: first)
    var position = 0
    if committed == 0 {
      // No record, no claim: a kill within `activate` leaves a former generation over a first
      // sequence number that is not its own.
    } else if cursorGeneration == generation, cursorOffset <= committed {
      position = cursorOffset
    } else if !account.isAnchored || Int64(bitPattern: first &- account.nextSequence) >= 0 {
      guard account.skip(to: first, losses: ring.loadLosses()) else {
        throw .sequence(ring: index, first: first, expected: account.nextSequence)
      }
    } else {
      // A predecessor wrote some of it: what the output has is not written again.
      var sequence = first
      while position < committed, sequence != account.nextSequence {
        let (item, next) = try records.item(at: position)
        sequence &+= item.attempts
        position = next
        guard Int64(bitPattern: account.nextSequence &- sequence) >= 0 else {
          throw .sequence(ring: index, first: first, expected: account.nextSequence)
        }
      }
    }
    let start = position
    let firstSequence = account.nextSequence
    var recordCount: UInt64 = 0
    var damage: LaneCorruption?
    while position < committed {
      let item: LaneRecords<Memory>.Item
      let next: Int
      do throws(LaneCorruption) { (item, next) = try records.item(at: position) } catch {
        guard acceptingPrefix else { throw error }
        damage = error
        break
      }
      account.nextSequence &+= item.attempts
      switch item {
      case .record: recordCount &+= 1
      case .losses(let losses): account.losses.add(losses)
      }
      position = next
    }
    account.drained &+= recordCount
    return Portion(
      generation: generation, slotEpoch: slotEpoch, recordsOffset: ring.recordsOffset,
      startOffset: start, byteCount: position - start, firstSequence: firstSequence,
      recordCount: recordCount, account: account, damage: damage)
  }

  /// Where the output asks for it, brings a sealed ring to the disk before its frame is written.
  ///
  /// Ring and header first, and only when they are there, the word that says so: a single call over
  /// both would order nothing, since the kernel writes pages as it likes.
  @inlinable func synchronise<Output: LaneOutput>(
    _ ring: LaneRing<Memory>, _ portion: Portion, into output: inout Output
  ) throws(Output.Failure) where Output.Memory == Memory {
    let end = LaneLayout.Ring.records + portion.startOffset + portion.byteCount
    guard try output.synchronise(offset: ring.offset, byteCount: end) else { return }
    // Relaxed: read after a power cut only, and from the disk.
    ring.word(LaneLayout.Ring.syncedGeneration).storeRelaxed(portion.generation)
    _ = try output.synchronise(offset: ring.offset, byteCount: LaneLayout.Ring.records)
  }

  /// Hands a portion to the output; the account moves when it was accepted.
  @inlinable mutating func emit<Output: LaneOutput>(
    _ portion: Portion, into output: inout Output
  ) throws(Output.Failure) where Output.Memory == Memory {
    try portion.write(of: lane, into: &output)
    accountSoFar = portion.account
    cursorGeneration = portion.generation
    cursorOffset = portion.startOffset + portion.byteCount
    drainedBytes &+= UInt64(portion.byteCount)
    storeMetrics()
  }

  @inlinable mutating func countRing() {
    drainedRings &+= 1
    lane.word(LaneLayout.Lane.drainedRings).storeRelaxed(drainedRings)
  }

  /// Relaxed: metrics, with one writer. The account itself lives in the output.
  @inlinable func storeMetrics() {
    typealias Fields = LaneLayout.Lane
    lane.word(Fields.drainedRecords).storeRelaxed(accountSoFar.drained)
    lane.word(Fields.drainedBytes).storeRelaxed(drainedBytes)
    lane.word(Fields.overwrittenRecords).storeRelaxed(accountSoFar.overwritten)
    lane.word(Fields.inFlightRecords).storeRelaxed(accountSoFar.inFlight)
  }
}

extension LaneRecords.Item {
  /// Sequence numbers that it stands for.
  @inlinable var attempts: UInt64 {
    switch self {
    case .record: 1
    case .losses(let losses): losses.total
    }
  }
}
