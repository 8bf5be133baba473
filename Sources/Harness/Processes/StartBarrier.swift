// A barrier between processes in shared memory, used again and again.
//
// The last to arrive resets the count and advances the generation, which the others watch. They
// spin where every worker has a CPU of its own; else they yield, for a spinning waiter would keep
// the one it waits for from running. A worker that never arrives is the parent's business: it has
// a deadline and kills all.

public import HardwareMemory

import CPlatform
import Glibc
import MemoryInterface

/// A reusable barrier for a fixed number of processes or threads. Blocking.
public struct StartBarrier {
  /// Bytes of shared memory a barrier takes, zeroed at first: two cache lines, so that arrivals do
  /// not disturb the watched generation.
  public static let byteCount = 128
  private static let arrivals = 0
  private static let generation = 64

  private let memory: HardwareMemory
  private let participants: UInt64
  private let spins: Bool

  /// The barrier at offset zero of `memory`.
  ///
  /// - Parameter availableCPUs: How many CPUs the participants have among them.
  public init(memory: HardwareMemory, participants: Int, availableCPUs: Int) {
    precondition(participants > 0, "a barrier without participants")
    self.memory = memory
    self.participants = UInt64(participants)
    self.spins = availableCPUs >= participants
  }

  /// Waits until all participants have arrived.
  public func wait() {
    guard participants > 1 else { return }
    let generation = memory.word(at: StartBarrier.generation)
    // Relaxed: only the last to arrive changes it, and that cannot happen before this arrival.
    let before = generation.loadRelaxed()
    // Pairs with itself: the last arrival acquires what all earlier ones released.
    let earlier = memory.fetchAdd(1, at: StartBarrier.arrivals, .acquireRelease, .barrierArrive)
    if earlier + 1 == participants {
      // Relaxed: the release below publishes it before anyone can arrive again.
      memory.word(at: StartBarrier.arrivals).storeRelaxed(0)
      // Pairs with the load below; without it a waiter might start on stale data.
      generation.storeRelease(before &+ 1, .barrierOpen)
      return
    }
    while generation.loadAcquire(.barrierOpen) == before {
      if spins { platform_pause() } else { sched_yield() }
    }
  }
}
