// The controller's pass over a whole region: all thread slots, both lanes of each.
//
//     settle every slot ──▶ rounds: one ring of each lane ──▶ … until a round finds nothing
//       │ retired, or its owner is dead: reclaim both lanes, free the slot
//       │ claimed: its lanes take part in the rounds
//
// Rounds of one ring each, so that a lane that is always full does not starve the others, and
// bounded by the largest pool, so that a pass ends however fast the agents write.
//
// Belongs to one thread of one process, and there is one such process at a time: `ControllerSeat`.
// What needs the system is injected: the output, whether a process lives, how to sleep.

public import MemoryInterface

/// Knows whether the owner of a thread slot lives.
public protocol LivenessJudge: ~Copyable {
  /// Whether the process is *proved* to be dead: all its stores are in memory. A judge in doubt
  /// answers `false`.
  ///
  /// - Parameters:
  ///   - owner: the number of its process; from shared memory, any number.
  ///   - start: when it started; zero where the owner has not come to say so yet.
  mutating func isDead(owner: UInt32, start: UInt64) -> Bool
}

/// What a pass did.
public struct LanePass: Equatable, Sendable {
  /// Rings drained and given back, and active rings read in part.
  public var rings = 0
  /// Thread slots freed: of threads that left, and of the dead.
  public var reclaimedSlots = 0
  /// Of them, slots whose owner had died.
  public var deadOwners = 0
  /// Rings that held something other than records, found when a slot was reclaimed.
  public var damagedRings = 0
  /// Lanes in quarantine now.
  public var quarantinedLanes = 0
  /// Slots claimed by a living owner.
  public var attachedThreads = 0

  /// A pass that did nothing.
  public init() {}

  /// Nothing was found to do: time to sleep.
  public var isIdle: Bool { rings == 0 && reclaimedSlots == 0 }

  /// Takes another pass on top.
  public mutating func add(_ other: LanePass) {
    rings += other.rings
    reclaimedSlots += other.reclaimedSlots
    deadOwners += other.deadOwners
    damagedRings += other.damagedRings
    quarantinedLanes = other.quarantinedLanes
    attachedThreads = other.attachedThreads
  }
}

/// A lane's reader with what the pass remembers of it.
@frozen @usableFromInline struct LaneSeat<Memory: SharedMemory>: ~Copyable {
  @usableFromInline var reader: LaneReader<Memory>
  /// The served flush that the last pass saw.
  @usableFromInline var servedSeen: UInt64
  /// The state of the lane's slot that the last pass saw.
  @usableFromInline var slotSeen: UInt64

  @inlinable init(reader: consuming LaneReader<Memory>) {
    self.reader = reader
    servedSeen = 0
    slotSeen = 0
  }
}

/// The controller's side of all lanes of a region. Belongs to one thread of one process.
@frozen public struct LaneController<Memory: SharedMemory>: ~Copyable {
  /// The lanes.
  public let lanes: Lanes<Memory>
  /// Readers by `LaneIdentifier.number`: private memory of this process.
  @usableFromInline let seats: UnsafeMutablePointer<LaneSeat<Memory>>
  @usableFromInline let ownsSeats: Bool
  @usableFromInline let slots: ThreadSlots<Memory>
  @usableFromInline let mostRounds: Int
  /// Where the next round begins: each pass one further.
  @usableFromInline var firstSlot = 0

  /// Takes over all lanes, also those a predecessor died over. The caller has the seat.
  ///
  /// - Parameter account: what the output holds of a lane already; see `LaneReader`.
  public init(_ lanes: Lanes<Memory>, resuming account: (LaneIdentifier) -> LaneAccount) {
    self.init(lanes, seats: nil, resuming: account)
  }

  /// As the other, with room for the readers that somebody else frees: a modelled process is
  /// abandoned where it stands and must own nothing.
  package init(
    _ lanes: Lanes<Memory>, seats given: UnsafeMutableRawPointer?,
    resuming account: (LaneIdentifier) -> LaneAccount
  ) {
    self.lanes = lanes
    slots = lanes.slots
    mostRounds = max(lanes.geometry.index.ringCount, lanes.geometry.detail.ringCount)
    let count = lanes.geometry.threadSlots * LaneKind.allCases.count
    ownsSeats = given == nil
    seats =
      given?.bindMemory(to: LaneSeat<Memory>.self, capacity: count) ?? .allocate(capacity: count)
    for number in 0..<count {
      let lane = lanes.lane(number / 2, number % 2 == 0 ? .index : .detail)
      (seats + number).initialize(
        to: LaneSeat(reader: LaneReader(lane, resuming: account(lane.identifier))))
    }
    // A predecessor may have died asleep. A takeover starts awake.
    lanes.wakeFlag.reset()
  }

  /// Bytes that the readers of all lanes of a region take.
  package static func seatByteCount(_ geometry: LanesGeometry) -> Int {
    geometry.threadSlots * LaneKind.allCases.count * MemoryLayout<LaneSeat<Memory>>.stride
  }

  deinit {
    guard ownsSeats else { return }
    seats.deinitialize(count: lanes.geometry.threadSlots * LaneKind.allCases.count)
    seats.deallocate()
  }

  @inlinable func seat(_ slot: Int, _ kind: LaneKind) -> UnsafeMutablePointer<LaneSeat<Memory>> {
    seats + (2 * slot + Int(kind.rawValue))
  }

  /// What became of every attempt of a lane so far.
  public func account(of lane: LaneIdentifier) -> LaneAccount {
    seats[Int(lane.number)].reader.account
  }

  /// Why a lane is in quarantine, if it is.
  public func quarantine(of lane: LaneIdentifier) -> LaneCorruption? {
    seats[Int(lane.number)].reader.quarantine
  }

  /// Drains what is submitted, and reclaims the slots of threads that have left or died.
  ///
  /// A corrupt lane goes into quarantine; the others go on. Wait-free but for the output: at most
  /// as many rings of each lane as its pool has.
  ///
  /// - Throws: what the output threw; the ring it refused stays where it is.
  @inlinable public mutating func drain<Judge: LivenessJudge & ~Copyable, Output: LaneOutput>(
    judge: inout Judge, into output: inout Output
  ) throws(Output.Failure) -> LanePass where Output.Memory == Memory {
    var pass = LanePass()
    for slot in 0..<slots.count {
      try settle(slot, judge: &judge, into: &output, &pass)
    }
    for _ in 0..<mostRounds {
      let ringsBefore = pass.rings
      for step in 0..<slots.count {
        let slot = (firstSlot + step) % slots.count
        // Acquired for nothing here: a slot that retires meanwhile is drained by the next pass.
        guard slots.state(of: slot).phase == .claimed else { continue }
        try drainOne(seat(slot, .index), into: &output, &pass)
        try drainOne(seat(slot, .detail), into: &output, &pass)
      }
      if pass.rings == ringsBefore { break }
    }
    firstSlot = (firstSlot + 1) % slots.count
    return pass
  }

  /// Takes one ring of a lane, if there is one.
  @inlinable func drainOne<Output: LaneOutput>(
    _ seat: UnsafeMutablePointer<LaneSeat<Memory>>, into output: inout Output,
    _ pass: inout LanePass
  ) throws(Output.Failure) where Output.Memory == Memory {
    if seat.pointee.reader.quarantine != nil { return }
    do throws(LaneDrainError<Output.Failure>) {
      if try seat.pointee.reader.drainNext(into: &output) { pass.rings += 1 }
    } catch {
      switch error {
      case .quarantined: pass.quarantinedLanes += 1
      case .output(let failure): throw failure
      }
    }
  }

  /// Judges a slot's owner: reclaims what has ended, counts what lives.
  @inlinable mutating func settle<Judge: LivenessJudge & ~Copyable, Output: LaneOutput>(
    _ slot: Int, judge: inout Judge, into output: inout Output, _ pass: inout LanePass
  ) throws(Output.Failure) where Output.Memory == Memory {
    let judged = slots.state(of: slot)
    var state = judged
    if judged.phase == .claimed,
      judge.isDead(owner: judged.owner, start: slots.ownerStart(of: slot))
    {
      // Once more: it may have left before it died, and then its history is not wanted.
      state = slots.state(of: slot)
      if state == judged {
        pass.deadOwners += 1
        return try reclaim(slot, state, after: .died, into: &output, &pass)
      }
    }
    switch state.phase {
    case .free, nil: return
    case .retired: try reclaim(slot, state, after: .retired, into: &output, &pass)
    case .claimed:
      pass.attachedThreads += 1
      for kind in LaneKind.allCases {
        let seat = seat(slot, kind)
        if seat.pointee.reader.quarantine != nil { pass.quarantinedLanes += 1 }
        seat.pointee.servedSeen = seat.pointee.reader.flushServed
        seat.pointee.slotSeen = state.word
      }
    }
  }

  /// Drains and accounts for both lanes of an ended thread, then frees its slot.
  @inlinable func reclaim<Output: LaneOutput>(
    _ slot: Int, _ state: ThreadSlotState, after end: LaneEnd, into output: inout Output,
    _ pass: inout LanePass
  ) throws(Output.Failure) where Output.Memory == Memory {
    for kind in LaneKind.allCases {
      let damaged = try seat(slot, kind).pointee.reader.reclaim(after: end, into: &output)
      pass.damagedRings += damaged
    }
    slots.free(slot, judged: state)
    pass.reclaimedSlots += 1
  }
}
