// A look at a ring by somebody who does not drain it, while the agent may be writing to it, seal
// it, recycle it and begin anew: whole records of one use of the ring, or nothing.
//
//     reader                                  agent, if it recycles meanwhile
//       generation  (acquire)                   committed ← 0
//       committed   (acquire)                   fence
//       copy, word by word                      generation  (release)
//       fence       (acquire)                   bytes of new records
//       committed   (acquire)  has not shrunk   committed   (release)
//       generation             is the same
//
// If a copied word is of a later use, the agent's fence came before it, and the reader's fence
// makes the reset visible: the second look finds `committed` at zero, or at a position of the
// later use, and then, acquired by it, the later generation. Looking at the generation first would
// miss a ring that is recycled between the two looks. (A sequence lock: Boehm, "Can Seqlocks Get
// Along With Programming Language Memory Models?", MSPC 2012.)
//
// Any thread of any process that may read the region. Nothing is stored into it.

public import MemoryInterface

extension SyncEdge {
  /// The reader's fence between its copy of a live ring and its second look.
  @inlinable public static var laneSnapshot: SyncEdge { SyncEdge(60) }
}

/// The table of edges of snapshots.
public let snapshotSyncEdges: [SyncEdgeDescription] = [
  SyncEdgeDescription(
    .laneSnapshot, name: "laneSnapshot", releasingSide: "LaneRing.activate (fence)",
    acquiringSide: "LaneRingSnapshot.take (fence)",
    protects: "the second look comes after the copy: without it, a copy of two uses is accepted")
]

/// Where a ring is looked at from outside: in memory, or through a file. In the order that
/// `LaneRingSnapshot.take` calls for it.
public protocol LaneRingSource {
  /// The use that the ring is in; an acquiring load.
  mutating func loadGeneration() -> UInt64
  /// Bytes of complete records, unchecked; an acquiring load.
  mutating func loadCommitted() -> UInt64
  /// Copies header and records up to a position.
  mutating func copy(committed: Int)
  /// An acquire fence: `laneSnapshot`.
  mutating func fence()
}

/// What was copied of a ring.
public struct LaneRingSnapshot: Equatable, Sendable {
  /// The use of the ring that the copy is of.
  public let generation: UInt64
  /// Bytes of complete records in it.
  public let committed: Int

  /// Copies a ring that may be written to; `nil` if it moved on meanwhile, or is corrupt.
  ///
  /// Looks twice, at most `attempts` times: an agent that is faster than the copy is not waited
  /// for.
  public static func take<Source: LaneRingSource>(
    from source: inout Source, ringByteCount: Int, attempts: Int = 4
  ) -> LaneRingSnapshot? {
    for _ in 0..<attempts {
      let generation = source.loadGeneration()
      let committed = source.loadCommitted()
      guard committed <= UInt64(ringByteCount), committed % 8 == 0 else { return nil }
      source.copy(committed: Int(committed))
      // Pairs with the fence of `LaneRing.activate`.
      source.fence()
      // In this order: see above.
      guard source.loadCommitted() >= committed, source.loadGeneration() == generation else {
        continue
      }
      return LaneRingSnapshot(generation: generation, committed: Int(committed))
    }
    return nil
  }
}

/// A ring in shared memory, copied word by word into another memory of the same layout.
public struct LaneRingCopier<Memory: SharedMemory, Destination: SharedMemory>: LaneRingSource {
  let ring: LaneRing<Memory>
  let destination: Destination
  let destinationOffset: Int

  /// Pairs with `LaneRing.activate`.
  public func loadGeneration() -> UInt64 { ring.loadGeneration() }

  /// Pairs with `LaneWriter.commit`.
  public func loadCommitted() -> UInt64 {
    ring.word(LaneLayout.Ring.committed).loadAcquire(.laneCommit)
  }

  /// Relaxed: the fence and the second look tell whether the words belong together.
  public func copy(committed: Int) {
    for offset in stride(from: 0, to: LaneLayout.Ring.records + committed, by: 8) {
      destination.storePayload(ring.word(offset).loadRelaxed(), at: destinationOffset + offset)
    }
  }

  /// Before the second look.
  public func fence() { ring.memory.fence(.acquire, .laneSnapshot) }
}

extension Lane {
  /// Copies one ring, header and records, into another memory at `destinationOffset`; `nil` if it
  /// moved on meanwhile or is corrupt, and then what stands there means nothing.
  ///
  /// Linear in the ring's records. The copy's committed position and generation are those that
  /// were found to belong together.
  public func snapshotRing<Destination: SharedMemory>(
    _ index: Int, into destination: Destination, at destinationOffset: Int
  ) -> LaneRingSnapshot? {
    var copier = LaneRingCopier(
      ring: ring(index), destination: destination, destinationOffset: destinationOffset)
    guard
      let snapshot = LaneRingSnapshot.take(from: &copier, ringByteCount: geometry.ringByteCount)
    else { return nil }
    // What was copied of them may be a moment younger.
    destination.storePayload(
      UInt64(snapshot.committed), at: destinationOffset + LaneLayout.Ring.committed)
    destination.storePayload(
      snapshot.generation, at: destinationOffset + LaneLayout.Ring.generation)
    return snapshot
  }
}
