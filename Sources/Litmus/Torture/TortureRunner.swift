// Runs a litmus test between processes, or threads, over one region.

import Glibc
import Harness
import HardwareMemory
import MemoryInterface

/// Who runs the processes of a litmus test.
public enum TortureActors: String, Sendable, Codable {
  /// Forked processes.
  case processes
  /// Threads of one process, for comparison.
  case threads
}

/// What was seen in one run.
public struct TortureSlice: Sendable {
  /// Outcomes with their counts: in batches each instance counts once; in perpetual form no round
  /// counts twice for one outcome.
  var outcomes: [LitmusState: UInt64] = [:]
  /// In perpetual form: all rounds of process 0 that are in a frame with the outcome.
  var frames: [LitmusState: UInt64] = [:]
  /// Instances whose outcome is in no table: too many different ones.
  public var overflow: UInt64 = 0
  /// Instances in which a waiting loop was given up.
  public var abandoned: UInt64 = 0
  /// From before the first worker was started until the last had ended, in seconds.
  public var seconds = 0.0
  /// The share of the workers' own time spent in the test's accesses, from a sample of batches.
  public var runShare = 0.0
  /// Instances run to their end, or rounds.
  public var iterations: UInt64 = 0
}

/// Runs litmus tests on this machine. Only in a process that has started no thread.
public struct TortureRunner: Sendable {
  /// The CPUs to use; process n is pinned to CPU n of these where there are enough.
  public var cpus: [Int]
  /// Who runs the test.
  public var actors = TortureActors.processes
  /// Ends a run after this many instances.
  public var maximumIterations = UInt64.max

  /// Runs on these CPUs.
  public init(cpus: [Int]) { self.cpus = cpus }

  /// Whether every process of a test has a CPU of its own. Otherwise nobody spins, processes are
  /// not pinned, and an outcome that was not seen says nothing.
  func hasCPUs(for kernel: any TortureKernel) -> Bool { kernel.processes <= cpus.count }

  /// How much longer than asked a run may take before its workers are killed: a batch of waiting
  /// loops on a busy machine takes seconds.
  private static let graceSeconds = 60.0

  /// Runs a test for a time (wall clock), over one kind of region.
  func run(
    _ kernel: any TortureKernel, over backing: TortureBacking, seconds: Double, seed: UInt64
  ) throws -> TortureSlice {
    let start = MonotonicTime.nanoseconds()
    let layout = kernel.layout
    let mapping = try backing.map(byteCount: layout.byteCount)
    let region = TortureRegion(memory: mapping.memory, address: mapping.address, layout: layout)
    let control = [
      TortureLayout.Control.maximumIterations: maximumIterations,
      TortureLayout.Control.durationNanoseconds: UInt64(seconds * 1e9),
      TortureLayout.Control.seed: seed,
      TortureLayout.Control.spins: hasCPUs(for: kernel) ? 1 : 0,
    ]
    for (offset, value) in control { region.memory.storePayload(value, at: offset) }
    let pinned = hasCPUs(for: kernel) ? cpus : nil
    var workers: [WorkerProcess] = []
    switch actors {
    case .processes:
      for process in 0..<kernel.processes {
        workers.append(
          try WorkerProcess.start(name: "\(kernel.test) P\(process)", cpu: pinned?[process]) { _ in
            kernel.work(process, in: region)
            return 0
          })
      }
    case .threads:
      workers.append(
        try WorkerProcess.start(name: "\(kernel.test) threads") { _ in
          try TortureThreads.run(kernel, in: region, cpus: pinned)
        })
    }
    let deadline = UInt64((seconds + Self.graceSeconds) * 1e9)
    for worker in workers {
      let status = try worker.waitForExit(deadlineNanoseconds: deadline)
      guard status == .exited(0) else { throw WorkerError.died(worker: worker.name, status) }
    }
    var slice = Self.read(region, kernel)
    slice.seconds = Double(MonotonicTime.nanoseconds() - start) * 1e-9
    withExtendedLifetime(mapping.byteCount) {}
    return slice
  }

  private static func read(_ region: TortureRegion, _ kernel: any TortureKernel) -> TortureSlice {
    typealias Counts = TortureLayout.Counts
    var slice = TortureSlice()
    var running: UInt64 = 0
    var total: UInt64 = 0
    for process in 0..<kernel.processes {
      slice.iterations += region.count(Counts.iterations, of: process)
      slice.abandoned += region.count(Counts.abandoned, of: process)
      slice.overflow += region.count(Counts.overflow, of: process)
      running += region.count(Counts.runNanoseconds, of: process)
      total += region.count(Counts.totalNanoseconds, of: process)
      let size = 8 * (1 + kernel.wordsPerRecord)
      for record in 0..<Int(region.count(Counts.records, of: process)) {
        let words = stride(from: 0, to: size, by: 8).map {
          region.count(Counts.firstRecord + record * size + $0, of: process)
        }
        kernel.add(count: words[0], words: Array(words[1...]), to: &slice)
      }
    }
    slice.iterations -= slice.abandoned
    slice.runShare = total > 0 ? Double(running) / Double(total) : 0
    return slice
  }
}
