// The agent's side of a lane: records into the active ring, each published by one release store.
//
//     write ──▶ room in the active ring? ── yes ─▶ fill, header, commit
//                 │ no, or somebody asked for something
//                 ▼
//               LaneWriter+Rings.swift: flush, mark, next ring, or a counted loss
//
// Belongs to one thread of the agent, which claimed the lane's slot. Never blocks, never waits for
// the controller: with no room and no spare ring the newest record is dropped and counted.
//
// The hot state is a plain copyable struct inside, for the reason that `RingWriterCore` gives.

public import MemoryInterface

/// What a lane's writer needs from the process it runs in.
public protocol LaneHost<Memory> {
  /// The memory of the lanes.
  associatedtype Memory: SharedMemory
  /// Wakes the controller, which sleeps or is about to. Must not block.
  func wakeController()
  /// The checksum of a ring at its seal; zero where the region's kind needs none.
  func sealChecksum(of ring: SealedRing<Memory>) -> UInt64
  /// Serves flush `number` in the thread's lane of the other kind, by `LaneWriter.serveBeside`;
  /// `false` if it has to be tried again.
  func serveBeside(_ kind: LaneKind, flush number: UInt64) -> Bool
}

extension LaneHost {
  /// The thread has no lane but this one.
  @inlinable public func serveBeside(_ kind: LaneKind, flush number: UInt64) -> Bool { true }
  /// No checksum: memory that does not outlive a power cut needs none.
  @inlinable public func sealChecksum(of ring: SealedRing<Memory>) -> UInt64 { 0 }
}

/// A ring at its seal: what the checksum covers.
@frozen public struct SealedRing<Memory: SharedMemory> {
  /// The memory it stands in.
  public let memory: Memory
  /// Lane number, ring index, slot epoch, generation, first sequence, committed bytes.
  public let identity: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
  /// The lane's losses when the ring was activated.
  public let losses: LossCounts
  /// Where its records begin, in bytes of the memory.
  public let recordsOffset: Int
  /// Bytes of records.
  public let byteCount: Int

  /// Makes it of its parts, for a checksum that is written for another form of the same memory.
  @inlinable public init(
    memory: Memory, identity: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64),
    losses: LossCounts, recordsOffset: Int, byteCount: Int
  ) {
    self.memory = memory
    self.identity = identity
    self.losses = losses
    self.recordsOffset = recordsOffset
    self.byteCount = byteCount
  }
}

/// The answer to an attempt to write into a lane.
@frozen public enum LaneWriteOutcome: Equatable, Sendable {
  /// The record is in the ring, and survives the death of this process.
  case written
  /// It was dropped, and counted.
  case lost(LossCause)
}

/// The answer to an attempt to reserve space in a lane.
@frozen public enum LaneReserveOutcome: Equatable, Sendable {
  /// Space for one record; `commit` or `cancel` it before anything else.
  case reserved(RecordReservation)
  /// The attempt was dropped, and counted.
  case lost(LossCause)
}

/// What every write touches.
@frozen @usableFromInline struct LaneWriterCore<Memory: SharedMemory> {
  /// Where the lane begins, in bytes of the memory: one offset, from which its words are computed
  /// at no cost, where handles would each be loaded.
  @usableFromInline let laneOffset: Int
  /// Where the active ring's records begin, in bytes of the memory.
  @usableFromInline var recordsOffset: Int
  /// Where the next record goes, in bytes of the active ring.
  @usableFromInline var position: UInt64
  /// Up to here a record needs no look at anything but requests. Equal to `position` while losses
  /// are pending or no ring is active; never further than a post-roll may reach.
  @usableFromInline var runEnd: UInt64
  /// The last flush that this lane and the one beside it have served.
  @usableFromInline var flushSeen: UInt64
  @usableFromInline var marksSeen: UInt64
}

/// What only the slow path touches.
@frozen @usableFromInline struct LaneWriterState<Memory: SharedMemory> {
  @usableFromInline let lane: Lane<Memory>
  @usableFromInline let slotEpoch: UInt64
  @usableFromInline var submit: LaneQueueProducer<Memory>
  @usableFromInline var free: LaneQueueConsumer<Memory>
  @usableFromInline let wakeFlag: WakeFlag<Memory>
  /// The active ring, or −1 while there is none.
  @usableFromInline var activeIndex: Int
  @usableFromInline var activeGeneration: UInt64
  @usableFromInline var activeFirstSequence: UInt64
  @usableFromInline var activeLosses: LossCounts
  @usableFromInline var nextGeneration: UInt64
  /// The lane's losses that a ring's header or a loss record tells of; and whether there are more.
  @usableFromInline var toldLosses: LossCounts
  @usableFromInline var hasUntoldLosses: Bool
  /// The history: a list through the headers of its rings, oldest first.
  @usableFromInline var oldestRetained: Int
  @usableFromInline var youngestRetained: Int
  @usableFromInline var retainedCount: Int
  /// What the active ring holds is marked: it is submitted, not recycled.
  @usableFromInline var isMarked: Bool
  /// While marked: the attempt at which the post-roll ends.
  @usableFromInline var postRollEnd: UInt64
  /// The queues cannot be honest ones: nothing is written any more.
  @usableFromInline var isBroken: Bool
}

/// The agent's side of a lane. Wait-free. Belongs to one thread of one process.
@frozen public struct LaneWriter<Memory: SharedMemory, Host: LaneHost>: ~Copyable
where Host.Memory == Memory {
  /// The memory that records stand in: `storePayload` within a reservation.
  public let memory: Memory
  @usableFromInline var core: LaneWriterCore<Memory>
  @usableFromInline var state: LaneWriterState<Memory>
  @usableFromInline let host: Host

  /// The number of the next attempt: attempts of this lane so far, all its owners together.
  ///
  /// Counts an attempt from its reservation on. Relaxed: only this writer stores it.
  @inlinable public var sequence: UInt64 { word(LaneLayout.Lane.nextSequence).loadRelaxed() }

  /// A word of the lane.
  @inlinable @inline(__always)
  func word(_ field: Int) -> Memory.Word { memory.word(at: core.laneOffset &+ field) }

  /// The committed position of the active ring.
  @inlinable @inline(__always)
  var committed: Memory.Word {
    memory.word(
      at: core.recordsOffset &- LaneLayout.Ring.records &+ LaneLayout.Ring.committed)
  }

  /// The largest payload of one record, in bytes.
  @inlinable public var maximumPayload: Int { state.lane.geometry.maximumPayload }

  /// Reserves space for a record with up to `byteCount` bytes of payload.
  ///
  /// Counts as an attempt. Until `commit` or `cancel`, every other write of this lane is nested,
  /// and dropped. A nested call, from a signal handler of the same thread, touches nothing of the
  /// writer but counters in shared memory.
  @inlinable @inline(__always)
  public mutating func tryReserve(byteCount: Int) -> LaneReserveOutcome {
    // Relaxed: only this thread and its signal handlers touch it.
    let busy = word(LaneLayout.Lane.busy)
    if busy.loadRelaxed() != 0 {
      return .lost(LaneWriter.loseNested(memory, laneOffset: core.laneOffset))
    }
    busy.storeRelaxed(1)
    // Before anything of the record: counters can be one off after a kill, sequences cannot.
    // Relaxed: only this writer stores it; the release of `committed` orders it before the record.
    let nextSequence = word(LaneLayout.Lane.nextSequence)
    nextSequence.storeRelaxed(nextSequence.loadRelaxed() &+ 1)
    let size = RecordHeader.recordByteCount(payload: byteCount)
    // Relaxed: requests carry no data here; `serve` acquires the marks.
    let asked =
      (word(LaneLayout.Lane.flushRequested).loadRelaxed() ^ core.flushSeen)
      | (word(LaneLayout.Lane.marks).loadRelaxed() ^ core.marksSeen)
    // As unsigned, so that a negative count leads to the slow path, which refuses it.
    if asked != 0 || UInt64(bitPattern: Int64(byteCount)) > UInt64(UInt32.max)
      || size > core.runEnd &- core.position
    {
      if let cause = prepare(byteCount: byteCount) { return .lost(cause) }
    }
    return .reserved(
      RecordReservation(
        payloadOffset: core.recordsOffset &+ Int(truncatingIfNeeded: core.position)
          &+ RecordHeader.byteCount,
        byteCount: byteCount))
  }

  /// Publishes the reserved record with its first `byteCount` bytes as payload (all by default).
  ///
  /// When this returns, the record survives the death of this process at any later instruction.
  @inlinable @inline(__always)
  public mutating func commit(
    _ reservation: RecordReservation, type: UInt16, flags: UInt16 = 0, byteCount: Int? = nil
  ) {
    let payload = byteCount ?? reservation.byteCount
    precondition(
      payload >= 0 && payload <= reservation.byteCount, "a commit stays within its reservation")
    let header = RecordHeader(byteCount: payload, type: type, flags: flags)
    memory.storePayload(header.word, at: reservation.payloadOffset &- RecordHeader.byteCount)
    core.position &+= RecordHeader.recordByteCount(payload: payload)
    // Pairs with `LaneRing.loadCommitted`: without the release a reader of the active ring, or
    // recovery after a kill, could see the position before the record.
    committed.storeRelease(core.position, .laneCommit)
    // After everything of this write, for the signal handlers of this thread.
    word(LaneLayout.Lane.busy).storeRelease(0, .laneLeave)
  }

  /// Takes an attempt back: as if it had never been made.
  @inlinable public mutating func cancel(_ reservation: RecordReservation) {
    // Relaxed, as in `tryReserve`.
    let nextSequence = word(LaneLayout.Lane.nextSequence)
    nextSequence.storeRelaxed(nextSequence.loadRelaxed() &- 1)
    word(LaneLayout.Lane.busy).storeRelease(0, .laneLeave)
  }

  /// Writes a record in place: `fill` stores its payload at the offset that it is given.
  @inlinable @inline(__always)
  public mutating func write(
    type: UInt16, byteCount: Int, _ fill: (Memory, _ payloadOffset: Int) -> Void
  ) -> LaneWriteOutcome {
    switch tryReserve(byteCount: byteCount) {
    case .lost(let cause): return .lost(cause)
    case .reserved(let reservation):
      fill(memory, reservation.payloadOffset)
      commit(reservation, type: type)
      return .written
    }
  }

  /// Writes a record that begins with a counter value; `fill` stores the payload behind it.
  ///
  /// - Parameter byteCount: bytes of payload without the counter value.
  @inlinable @inline(__always)
  public mutating func write(
    type: UInt16, timestamp: UInt64, byteCount: Int,
    _ fill: (Memory, _ payloadOffset: Int) -> Void
  ) -> LaneWriteOutcome {
    switch tryReserve(byteCount: byteCount &+ 8) {
    case .lost(let cause): return .lost(cause)
    case .reserved(let reservation):
      memory.storePayload(timestamp, at: reservation.payloadOffset)
      fill(memory, reservation.payloadOffset &+ 8)
      commit(reservation, type: type, flags: RecordHeader.timestamped)
      return .written
    }
  }

  /// A write in the middle of a write: counted, and nothing else touched. Static, since a call on
  /// the writer itself would first copy all of it.
  @inlinable @inline(never)
  static func loseNested(_ memory: Memory, laneOffset: Int) -> LossCause {
    _ = memory.fetchAdd(
      1, at: laneOffset + LaneLayout.Lane.nestedLosses, .relaxed, .laneCount)
    return .nestedWrite
  }
}

extension LaneWriter where Memory: AddressableMemory {
  /// Writes a record with a copy of `payload`.
  @inlinable @inline(__always)
  public mutating func write(
    type: UInt16, copying payload: UnsafeRawBufferPointer
  ) -> LaneWriteOutcome {
    write(type: type, byteCount: payload.count) { memory, offset in
      memory.copyPayload(from: payload, to: offset)
    }
  }
}
