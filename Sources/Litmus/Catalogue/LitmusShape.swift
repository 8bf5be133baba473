// A litmus test as Swift code over any shared memory: the very function runs on the model and,
// specialised, on the hardware.
//
// A shape is a type; its orders are type parameters. Over `HardwareMemory` the compiler makes one
// loop of each process of each test, with bare loads and stores inside; one call through a closure
// starts a batch, none an instance.

import CPlatform
import HardwareMemory
import MemoryInterface

/// What a process of a test read; registers that it has not are zero.
struct LitmusRegisters {
  var r0: UInt64 = 0
  var r1: UInt64 = 0
  var r2: UInt64 = 0

  @inline(__always) init(_ r0: UInt64 = 0, _ r1: UInt64 = 0, _ r2: UInt64 = 0) {
    self.r0 = r0
    self.r1 = r1
    self.r2 = r2
  }
}

/// A litmus test, written once.
protocol LitmusShape: SendableMetatype {
  static var processes: Int { get }
  static var locations: Int { get }
  /// How rounds of the test can run without any barrier between them; `nil` where they cannot.
  static var perpetual: PerpetualForm? { get }
  /// All that process number `process` does.
  static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters
}

extension LitmusShape {
  static var locations: Int { 2 }
  static var perpetual: PerpetualForm? { nil }
}

/// Who stores and who loads which location, in a test in which each location is stored once, with
/// `LitmusCells.one`, and nothing else depends on values: such a test can run in perpetual form.
struct PerpetualForm: Sendable {
  /// The process that stores each location.
  let writers: [Int]
  /// For each process, the locations that its registers are loaded from.
  let reads: [[Int]]
}

/// A batch of instances, as one process of a test runs it.
struct LitmusBatch {
  let memory: HardwareMemory
  let process: Int
  /// Where x of instance 0 stands, bytes to the next instance, and to the next location.
  let first: Int
  let stride: Int
  let pitch: Int
  /// Where this process's results go, a word for each instance.
  let results: Int
  /// The instance to begin with.
  let start: Int
}

/// Rounds of a perpetual test, as one process runs them.
struct LitmusRounds {
  let memory: HardwareMemory
  let process: Int
  let first: Int
  let pitch: Int
  /// The number of the first round.
  let start: UInt64
  let count: Int
  /// Where the registers are logged: `count` words of the first, then of the second.
  let log: Int
  let registers: Int
}

extension LitmusShape {
  /// Runs a batch; see `OutcomeKey` for what is kept.
  static func runBatch(_ batch: LitmusBatch) {
    // With a constant in each, so that only one process's code is in the loop.
    switch batch.process {
    case 0: runInstances(of: 0, batch)
    case 1: runInstances(of: 1, batch)
    case 2: runInstances(of: 2, batch)
    default: runInstances(of: 3, batch)
    }
  }

  @inline(__always)
  private static func runInstances(of process: Int, _ batch: LitmusBatch) {
    for step in 0..<TortureLayout.instances {
      let instance = (step &+ batch.start) & (TortureLayout.instances - 1)
      let cells = LitmusCells(
        memory: batch.memory, first: batch.first &+ instance &* batch.stride, pitch: batch.pitch,
        round: 0)
      let registers = run(process, on: cells)
      batch.memory.storePayload(
        OutcomeKey.packed(registers), at: batch.results &+ 8 &* instance)
      platform_compiler_barrier()
    }
  }

  /// Runs rounds of a perpetual test.
  static func runRounds(_ rounds: LitmusRounds) {
    switch rounds.process {
    case 0: runRounds(of: 0, rounds)
    case 1: runRounds(of: 1, rounds)
    case 2: runRounds(of: 2, rounds)
    default: runRounds(of: 3, rounds)
    }
  }

  @inline(__always)
  private static func runRounds(of process: Int, _ rounds: LitmusRounds) {
    let second = rounds.log &+ 8 &* rounds.count
    for round in 0..<rounds.count {
      let cells = LitmusCells(
        memory: rounds.memory, first: rounds.first, pitch: rounds.pitch,
        round: rounds.start &+ UInt64(truncatingIfNeeded: round))
      let registers = run(process, on: cells)
      if rounds.registers > 0 {
        rounds.memory.storePayload(registers.r0, at: rounds.log &+ 8 &* round)
      }
      if rounds.registers > 1 {
        rounds.memory.storePayload(registers.r1, at: second &+ 8 &* round)
      }
      platform_compiler_barrier()
    }
  }
}
