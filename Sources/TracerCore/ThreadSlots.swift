// Which thread owns which lanes: slots claimed by compare-and-swap, off the record path.
//
//              claim (agent)            retire (agent)
//     FREE ───────────────▶ CLAIMED ───────────────▶ RETIRED
//      ▲                       │ proof of death          │
//      └───────────────────────┴── reclaim, epoch + 1 ◀──┘  (controller)
//
// State, owner and epoch are one word, so that a claim names its owner at once: whoever dies right
// after it leaves a slot that says whose it was. What a process is, and whether it lives, is the
// caller's knowledge (`TracerShm`); here an owner is a number.

public import MemoryInterface

/// What a thread slot's word says.
@frozen public struct ThreadSlotState: Equatable, Sendable {
  /// Where the slot stands between two owners.
  @frozen public enum Phase: UInt64, Sendable {
    /// Nobody's.
    case free = 0
    /// A thread's.
    case claimed = 1
    /// Left by its thread; the controller drains it.
    case retired = 2
  }

  /// The word as it stands in memory: epoch in the upper half, owner above two bits of phase.
  public let word: UInt64

  /// Takes a word from memory.
  public init(word: UInt64) { self.word = word }

  /// Composes a state. The owner has 30 bits; process numbers of Linux have 22.
  public init(phase: Phase, owner: UInt32, epoch: UInt64) {
    precondition(owner < 1 << 30, "an owner's number has 30 bits")
    word = epoch << 32 | UInt64(owner) << 2 | phase.rawValue
  }

  /// Where the slot stands; `nil` where nobody honest stored it.
  public var phase: Phase? { Phase(rawValue: word & 3) }
  /// The number of the owner's process.
  public var owner: UInt32 { UInt32(truncatingIfNeeded: word >> 2) & 0x3FFF_FFFF }
  /// How often the slot was freed, modulo 2^32.
  public var epoch: UInt64 { word >> 32 }
}

/// A thread's right to the lanes of a slot, from `claim` to `retire`.
@frozen public struct ThreadSlotClaim: Equatable, Sendable {
  /// The slot.
  public let slot: Int
  /// Its state since the claim.
  public let state: ThreadSlotState

  package init(slot: Int, state: ThreadSlotState) {
    self.slot = slot
    self.state = state
  }
}

/// The answer to a claim.
public enum ThreadSlotOutcome: Equatable, Sendable {
  /// The slot's lanes belong to the caller's thread.
  case claimed(ThreadSlotClaim)
  /// As many threads trace as there are slots.
  case noneFree
  /// The region is about to be destroyed.
  case closing
}

/// The thread slots of a region. Any thread of any process may hold one.
@frozen public struct ThreadSlots<Memory: SharedMemory> {
  @usableFromInline let memory: Memory
  let geometry: LanesGeometry

  private func word(_ slot: Int, _ field: Int) -> Memory.Word {
    memory.word(at: geometry.slotOffset(slot) + field)
  }

  /// How many there are.
  public var count: Int { geometry.threadSlots }

  /// Claims a slot for the calling thread. Lock-free; one look at each slot.
  ///
  /// - Parameters:
  ///   - owner: the number of the calling process, below 2^30.
  ///   - ownerStart: when that process started: with the number it is never reused.
  ///   - thread: the thread's number, for people.
  public func claim(owner: UInt32, ownerStart: UInt64, thread: UInt64) -> ThreadSlotOutcome {
    let closing = memory.word(at: LaneLayout.Control.closing)
    // Relaxed: an early answer; the look that counts comes after the claim.
    if closing.loadRelaxed() != 0 { return .closing }
    for slot in 0..<geometry.threadSlots {
      let offset = geometry.slotOffset(slot) + LaneLayout.Slot.state
      // Relaxed: the exchange looks again, and acquires.
      let found = ThreadSlotState(word: memory.word(at: offset).loadRelaxed())
      guard found.phase == .free else { continue }
      let mine = ThreadSlotState(phase: .claimed, owner: owner, epoch: found.epoch)
      // Acquires what the last owner's controller left: pairs with `free`. The fence behind it
      // does so too; this one is for the thread sanitizer, which knows no fences.
      let claimed = memory.compareExchange(
        at: offset, expected: found.word, desired: mine.word, .acquire, .slotState)
      guard claimed.exchanged else { continue }
      // Pairs with the fence of `close`: the claim precedes the look at `closing`, or the
      // destroyer could miss this thread, and this thread the destroyer.
      memory.fence(.sequentiallyConsistent, .slotClaim)
      if closing.loadRelaxed() != 0 {
        // Nothing was written: the slot goes back as it was.
        memory.word(at: offset).storeRelease(found.word, .slotState)
        return .closing
      }
      // Relaxed: for whoever judges the owner's life, which takes zero for "not known yet".
      word(slot, LaneLayout.Slot.ownerStart).storeRelaxed(ownerStart)
      word(slot, LaneLayout.Slot.threadIdentifier).storeRelaxed(thread)
      word(slot, LaneLayout.Slot.wakerAcknowledged).storeRelaxed(0)
      return .claimed(ThreadSlotClaim(slot: slot, state: mine))
    }
    return .noneFree
  }

  /// Leaves a slot: its lanes are the controller's from here on. After `LaneWriter.leave` of both.
  public func retire(_ claim: ThreadSlotClaim) {
    let retired = ThreadSlotState(
      phase: .retired, owner: claim.state.owner, epoch: claim.state.epoch)
    // Pairs with `state`.
    word(claim.slot, LaneLayout.Slot.state).storeRelease(retired.word, .slotState)
  }

  /// Who owns a slot now. Pairs with `retire`: what the thread stored is visible if it has left.
  public func state(of slot: Int) -> ThreadSlotState {
    ThreadSlotState(word: word(slot, LaneLayout.Slot.state).loadAcquire(.slotState))
  }

  /// When the owner's process started; zero where it has not said so yet.
  public func ownerStart(of slot: Int) -> UInt64 {
    // Relaxed: a hint; a process that cannot be told dead is taken to live.
    word(slot, LaneLayout.Slot.ownerStart).loadRelaxed()
  }

  /// The owner's thread, for people.
  public func threadIdentifier(of slot: Int) -> UInt64 {
    word(slot, LaneLayout.Slot.threadIdentifier).loadRelaxed()
  }

  /// Owner: this process can wake the controller by the waker of this token.
  public func acknowledgeWaker(_ token: UInt64, slot: Int) {
    // Relaxed: it only lengthens the steps in which the controller sleeps.
    word(slot, LaneLayout.Slot.wakerAcknowledged).storeRelaxed(token)
  }

  /// Controller: by which waker the owner can wake it; zero for none.
  public func acknowledgedWaker(of slot: Int) -> UInt64 {
    word(slot, LaneLayout.Slot.wakerAcknowledged).loadRelaxed()
  }

  /// Controller: frees a slot both lanes of which are reclaimed. Last of all, and idempotent.
  ///
  /// - Parameter state: what the controller judged: retired, or claimed by a dead owner. A slot
  ///   that moved on since is left alone.
  public func free(_ slot: Int, judged state: ThreadSlotState) {
    // Relaxed: only the controller leaves these states.
    guard self.word(slot, LaneLayout.Slot.state).loadRelaxed() == state.word else { return }
    word(slot, LaneLayout.Slot.ownerStart).storeRelaxed(0)
    word(slot, LaneLayout.Slot.threadIdentifier).storeRelaxed(0)
    let freed = ThreadSlotState(phase: .free, owner: 0, epoch: state.epoch &+ 1)
    // Pairs with `claim`: the lanes are ready before the slot is.
    word(slot, LaneLayout.Slot.state).storeRelease(freed.word, .slotState)
  }

  /// Destroyer: lets no thread in any more; returns whether all slots are free.
  ///
  /// `false`: somebody owns a slot, or was about to; drain, reclaim and call again.
  public func close() -> Bool {
    // Relaxed: the fence orders it.
    memory.word(at: LaneLayout.Control.closing).storeRelaxed(1)
    // Pairs with the fence of `claim`.
    memory.fence(.sequentiallyConsistent, .slotClose)
    for slot in 0..<geometry.threadSlots where state(of: slot).phase != .free { return false }
    return true
  }

  /// Destroyer: lets threads in again.
  public func reopen() { memory.word(at: LaneLayout.Control.closing).storeRelaxed(0) }

  /// Counts an attempt of a thread without a slot, outside of every lane's identity.
  @inlinable public func countSlotlessAttempt() {
    _ = memory.fetchAdd(1, at: LaneLayout.Control.slotlessAttempts, .relaxed, .laneCount)
  }

  /// Attempts of threads without a slot. A metric.
  public var slotlessAttempts: UInt64 {
    memory.word(at: LaneLayout.Control.slotlessAttempts).loadRelaxed()
  }
}

extension ThreadSlots: Sendable where Memory: Sendable {}
