// One ring of a lane: its header's words and the two transitions that reorder nothing.
//
//            activate              seal                 (queues)
//     FREE ───────────▶ ACTIVE ───────────▶ SUBMITTED or RETAINED …
//
// The state is read off four generations, each stored by one side:
//
//     generation = drained                       FREE
//     generation ≠ drained, sealed ≠ generation  ACTIVE
//     sealed = generation, submitted ≠ it        RETAINED
//     submitted = generation, drained ≠ it       SUBMITTED, or being drained
//
// A ring is filled from empty and never wraps; `committed` counts bytes of it.

public import MemoryInterface

/// What a ring's header says about where it stands. A description for people and recovery: never
/// a proof of ownership, which only the queues and a proof of death give.
public enum LaneRingState: UInt8, Sendable {
  /// Empty, on the free queue or about to be.
  case free
  /// Being filled by the agent.
  case active
  /// Full, in the agent's history.
  case retained
  /// Handed over to the controller.
  case submitted
}

/// One ring of a lane in shared memory.
@frozen public struct LaneRing<Memory: SharedMemory> {
  @usableFromInline let memory: Memory
  @usableFromInline let offset: Int

  @inlinable init(_ memory: Memory, at offset: Int) {
    self.memory = memory
    self.offset = offset
  }

  @inlinable func word(_ field: Int) -> Memory.Word { memory.word(at: offset + field) }

  /// Where its records begin, in bytes of the memory.
  @inlinable var recordsOffset: Int { offset + LaneLayout.Ring.records }

  /// Agent: begins a new use of a ring it owns, in the order that a kill at any place survives.
  ///
  /// The fence keeps whatever the new use stores behind the reset: otherwise a kill may leave an
  /// old committed position over new bytes. Readers acquire the generation and look at the
  /// committed position only afterwards.
  @inlinable func activate(
    generation: UInt64, firstSequence: UInt64, losses: LossCounts, slotEpoch: UInt64
  ) {
    typealias Ring = LaneLayout.Ring
    // Relaxed: the fence, and the release of the generation, order it.
    word(Ring.committed).storeRelaxed(0)
    // Acts on the order in which stores survive a kill; pairs with whoever recovers.
    memory.fence(.sequentiallyConsistent, .laneRecycle)
    // Relaxed: the release of the generation orders them.
    word(Ring.firstSequence).storeRelaxed(firstSequence)
    for cause in 0..<4 { word(Ring.losses + 8 * cause).storeRelaxed(losses.counts[cause]) }
    word(Ring.slotEpoch).storeRelaxed(slotEpoch)
    // Pairs with `loadGeneration`.
    word(Ring.generation).storeRelease(generation, .laneActivate)
  }

  /// Agent: ends the filling. The checksum first, the generation last.
  @inlinable func seal(generation: UInt64, checksum: UInt64) {
    word(LaneLayout.Ring.checksum).storeRelaxed(checksum)
    // Pairs with `loadSealedGeneration`.
    word(LaneLayout.Ring.sealedGeneration).storeRelease(generation, .laneSeal)
  }

  /// Pairs with `activate`. First, before anything else of the header is believed.
  @inlinable public func loadGeneration() -> UInt64 {
    word(LaneLayout.Ring.generation).loadAcquire(.laneActivate)
  }

  /// Pairs with `seal`.
  @inlinable public func loadSealedGeneration() -> UInt64 {
    word(LaneLayout.Ring.sealedGeneration).loadAcquire(.laneSeal)
  }

  /// Bytes of complete records; `nil` if no honest agent could have stored it. Pairs with
  /// `LaneWriter.commit`. Loaded once: whoever calls this works with the copy.
  @inlinable func loadCommitted(ringByteCount: Int) -> Int? {
    let committed = word(LaneLayout.Ring.committed).loadAcquire(.laneCommit)
    guard committed <= UInt64(ringByteCount), committed % 8 == 0 else { return nil }
    return Int(committed)
  }

  /// The losses of the lane when the ring was activated.
  @inlinable func loadLosses() -> LossCounts {
    var losses = LossCounts()
    for cause in 0..<4 {
      // Relaxed: the generation, acquired before, orders it.
      losses.counts[cause] = word(LaneLayout.Ring.losses + 8 * cause).loadRelaxed()
    }
    return losses
  }

  /// Controller: this use of the ring is in the output. Pairs with `loadDrained`.
  @inlinable func storeDrained(_ generation: UInt64) {
    word(LaneLayout.Ring.drainedGeneration).storeRelease(generation, .laneDrained)
  }

  /// The use that was drained last. Pairs with `storeDrained` of a predecessor.
  @inlinable public func loadDrained() -> UInt64 {
    word(LaneLayout.Ring.drainedGeneration).loadAcquire(.laneDrained)
  }

  /// The use of which records and header are on the disk, under a sync policy: what whoever reads
  /// after a power cut is told. Relaxed: read from the disk, or by the controller that stored it.
  package func loadSynced() -> UInt64 {
    word(LaneLayout.Ring.syncedGeneration).loadRelaxed()
  }

  /// Where the header says that the ring stands.
  public var state: LaneRingState {
    let generation = loadGeneration()
    if loadDrained() == generation { return .free }
    if loadSealedGeneration() != generation { return .active }
    // Relaxed: a description.
    let submitted = word(LaneLayout.Ring.submittedGeneration).loadRelaxed()
    return submitted == generation ? .submitted : .retained
  }
}
