// The sleeping flag: how a consumer goes to sleep without missing what a producer just published.
//
//     consumer                            producer
//       flag ← 1                            publish (position, counter, …)
//       fence  ───────────┐   ┌───────────  fence
//       look again        └─X─┘             flag?  1: wake
//       sleep                                      0: nothing
//
// Store buffering (Dekker) shape: each side stores, then looks at what the other stored. With a
// sequentially consistent fence on both sides at least one of them sees the other: either the
// consumer's second look finds what was published, or the producer finds the flag. Any weaker
// fence, on either side, loses a wake-up.
//
// Only the consumer clears the flag, and *before* it scans: what is published after the clearing
// is announced again. The producer calls `wakeIfSleeping` after every publication that somebody
// may wait for, off the record path. How to sleep and to wake is injected (eventfd, semaphore).

public import MemoryInterface

extension SyncEdge {
  /// The producer's fence, between its publication and its look at the flag.
  @inlinable public static var wakeAnnounce: SyncEdge { SyncEdge(3) }
  /// The consumer's fence, between its flag and its second look.
  @inlinable public static var wakeSleep: SyncEdge { SyncEdge(4) }
}

/// The table of edges of the sleeping flag.
public let wakeSyncEdges: [SyncEdgeDescription] = [
  SyncEdgeDescription(
    .wakeAnnounce, name: "wakeAnnounce",
    releasingSide: "WakeFlag.wakeIfSleeping (fence)", acquiringSide: "WakeFlag.sleep (fence)",
    protects: "the publication precedes the look at the flag: without it, a lost wake-up"),
  SyncEdgeDescription(
    .wakeSleep, name: "wakeSleep",
    releasingSide: "WakeFlag.sleep (fence)", acquiringSide: "WakeFlag.wakeIfSleeping (fence)",
    protects: "the flag precedes the second look: without it, a lost wake-up"),
]

/// The sleeping flag of one consumer in shared memory.
///
/// `sleep` belongs to the consumer's thread; `wakeIfSleeping` may be called by any producer.
@frozen public struct WakeFlag<Memory: SharedMemory> {
  @usableFromInline let memory: Memory
  @usableFromInline let flag: Memory.Word

  /// The flag whose word stands at `offset`; zero when nobody sleeps.
  @inlinable public init(_ memory: Memory, at offset: Int) {
    self.memory = memory
    flag = memory.word(at: offset)
  }

  /// Producer: wakes the consumer if it sleeps or is about to. Call it after publishing.
  ///
  /// Wait-free but for what `wake` does.
  @inlinable public func wakeIfSleeping(_ wake: () -> Void) {
    // Pairs with the fence of `sleep`: orders our publication before our look at the flag.
    memory.fence(.sequentiallyConsistent, .wakeAnnounce)
    // Relaxed: the fence orders it; the flag carries no data.
    if flag.loadRelaxed() != 0 { wake() }
  }

  /// Consumer: sleeps unless `isReady` finds something when asked again. Blocking.
  ///
  /// - Parameters:
  ///   - isReady: looks at everything that a producer publishes.
  ///   - wait: blocks until somebody wakes; may return early.
  @inlinable public func sleep(unless isReady: () -> Bool, _ wait: () -> Void) {
    // Relaxed: the fence orders it. Only the consumer stores the flag.
    flag.storeRelaxed(1)
    // Pairs with the fence of `wakeIfSleeping`: orders our flag before our second look.
    memory.fence(.sequentiallyConsistent, .wakeSleep)
    if !isReady() { wait() }
    // Before the caller scans again. A producer that still sees 1 wakes once too often: harmless.
    flag.storeRelaxed(0)
  }

  /// A consumer that takes over from a dead one starts awake.
  @inlinable public func reset() { flag.storeRelaxed(0) }
}

extension WakeFlag: Sendable where Memory: Sendable, Memory.Word: Sendable {}
