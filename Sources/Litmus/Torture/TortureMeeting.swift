// Where the processes of a test meet: twice for a batch of instances, never between instances.
//
// Each process announces its arrival on a line of its own and reads those of the others: no
// read-modify-write, so that a meeting costs one exchange of lines. It spins only where each
// process has a processor; else it yields.

import CPlatform
import Glibc
import Harness
import HardwareMemory
import MemoryInterface

/// One process's side of the meetings.
struct TortureMeeting {
  private let memory: HardwareMemory
  private let process: Int
  private let processes: Int
  private let spins: Bool
  private var phase: UInt64 = 0

  init(_ region: TortureRegion, process: Int) {
    memory = region.memory
    self.process = process
    processes = region.layout.processes
    spins = region.control(TortureLayout.Control.spins) != 0
  }

  private func line(of process: Int) -> HardwareWord {
    memory.word(at: TortureLayout.Control.meetings + process * TortureLayout.lineBytes)
  }

  /// Waits until all processes have come this far. Blocking.
  mutating func wait() {
    phase += 1
    // Pairs with the load below, at every other process: results and resets made before a meeting
    // are seen after it. Without it a batch might start over locations not yet reset.
    line(of: process).storeRelease(phase, .litmusMeeting)
    for other in 0..<processes where other != process {
      while line(of: other).loadAcquire(.litmusMeeting) < phase {
        if spins { platform_pause() } else { sched_yield() }
      }
    }
  }
}

/// When a run ends: process 0 decides, all read it after a meeting.
struct TortureStop {
  private let region: TortureRegion
  private let start: UInt64
  private let maximumIterations: UInt64
  private let duration: UInt64

  init(_ region: TortureRegion) {
    self.region = region
    start = MonotonicTime.nanoseconds()
    maximumIterations = region.control(TortureLayout.Control.maximumIterations)
    duration = region.control(TortureLayout.Control.durationNanoseconds)
  }

  var elapsed: UInt64 { MonotonicTime.nanoseconds() - start }

  /// The step before which all stop; 0: not decided. Read after a meeting.
  // Relaxed: the meeting orders it.
  var step: UInt64 { region.memory.word(at: TortureLayout.Control.stop).loadRelaxed() }

  /// Ends the run with this step, if it is time. Only process 0 calls it, before a meeting.
  func decide(at step: UInt64, iterations: UInt64) {
    guard iterations >= maximumIterations || elapsed >= duration else { return }
    region.memory.word(at: TortureLayout.Control.stop).storeRelaxed(step)
  }
}
