// Runs a compiled litmus test between processes, or threads, over one region.

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
  /// Outcomes with their counts; each instance of a test counts once.
  var outcomes: [LitmusState: UInt64] = [:]
  /// Instances whose outcome is in no table: too many different ones.
  public var overflow: UInt64 = 0
  /// Instances in which a waiting loop was given up.
  public var abandoned: UInt64 = 0
  /// From before the first worker was started until the last had ended, in seconds.
  public var seconds = 0.0
  /// The share of the workers' own time spent in the test's accesses, from a sample of batches.
  public var runShare = 0.0

  /// Instances run to their end.
  public var iterations: UInt64 { outcomes.values.reduce(overflow, +) }
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
  public func hasCPUs(for kernel: LitmusKernel) -> Bool {
    kernel.program.file.processes.count <= cpus.count
  }

  /// How much longer than asked a run may take before its workers are killed: a batch of waiting
  /// loops on a busy machine takes seconds.
  private static let graceSeconds = 60.0

  /// Runs a test for a time (wall clock), over one kind of region.
  public func run(
    _ kernel: LitmusKernel, over backing: TortureBacking, seconds: Double, seed: UInt64
  ) throws -> TortureSlice {
    let file = kernel.program.file
    let count = file.processes.count
    let start = MonotonicTime.nanoseconds()
    let mapping = try backing.map(
      byteCount: TortureRuntime.regionBytes(
        processes: count, locations: file.locations.count, terms: kernel.program.terms.count))
    let memory = mapping.memory
    let control = [
      TortureRuntime.Control.maximumBatches: maximumIterations / UInt64(TortureRuntime.instances),
      TortureRuntime.Control.durationNanoseconds: UInt64(seconds * 1e9),
      TortureRuntime.Control.seed: seed,
      TortureRuntime.Control.spins: hasCPUs(for: kernel) ? 1 : 0,
    ]
    for (word, value) in control { memory.storePayload(value, at: 8 * word) }
    let entry = kernel.entry
    let region = UnsafeMutableRawPointer(bitPattern: mapping.address)!
    let pinned = hasCPUs(for: kernel) ? cpus : nil
    var workers: [WorkerProcess] = []
    switch actors {
    case .processes:
      for process in 0..<count {
        workers.append(
          try WorkerProcess.start(name: "\(file.name) P\(process)", cpu: pinned?[process]) { _ in
            entry(region, Int32(process))
          })
      }
    case .threads:
      workers.append(
        try WorkerProcess.start(name: "\(file.name) threads") { _ in
          try TortureThreads.run(entry, region, count: count, cpus: pinned)
        })
    }
    let deadline = UInt64((seconds + Self.graceSeconds) * 1e9)
    for worker in workers {
      let status = try worker.waitForExit(deadlineNanoseconds: deadline)
      guard status == .exited(0) else { throw WorkerError.died(worker: worker.name, status) }
    }
    var slice = Self.read(memory, kernel.program)
    slice.seconds = Double(MonotonicTime.nanoseconds() - start) * 1e-9
    withExtendedLifetime(mapping.byteCount) {}
    return slice
  }

  private static func read(_ memory: HardwareMemory, _ program: LitmusProgram) -> TortureSlice {
    var slice = TortureSlice()
    var running: UInt64 = 0
    var total: UInt64 = 0
    for process in program.file.processes.indices {
      let base = TortureRuntime.pageBytes + process * TortureRuntime.countsBytesPerProcess
      func word(_ index: Int) -> UInt64 { memory.loadPayload(at: base + 8 * index) }
      slice.abandoned += word(TortureRuntime.Counts.abandoned)
      slice.overflow += word(TortureRuntime.Counts.overflow)
      running += word(TortureRuntime.Counts.runNanoseconds)
      total += word(TortureRuntime.Counts.totalNanoseconds)
      let terms = program.terms.count
      let size = 1 + max(terms, 1)
      for record in 0..<Int(word(TortureRuntime.Counts.outcomes)) {
        let first = TortureRuntime.Counts.records + record * size
        let values = (0..<terms).map { Int(Int64(bitPattern: word(first + 1 + $0))) }
        slice.outcomes[LitmusState(values: values), default: 0] += word(first)
      }
    }
    slice.runShare = total > 0 ? Double(running) / Double(total) : 0
    return slice
  }
}
