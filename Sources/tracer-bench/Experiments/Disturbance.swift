// What happens to the workers of a torture from outside, at random moments: they are stopped and
// continued, moved to another CPU, given another priority, and memory gets short for a moment.
//
// The bench does it, not the workers: so it hits them between any two instructions.

import CPlatform
import Glibc
import Harness

struct Disturbance {
  private var random: SplitMix64
  private let cpus: [Int]
  private(set) var stops = 0
  private(set) var moves = 0
  private(set) var priorityChanges = 0
  private(set) var refusedPriorityChanges = 0
  private var pressure: MemoryPressure

  /// Nice values from 0 to this: low enough to be passed over for long, high enough that nobody
  /// starves into what looks like a stuck pair.
  private static let maximumNice: UInt64 = 10

  init(seed: UInt64, announce: (String) -> Void) throws(PlacementError) {
    random = SplitMix64(seed: seed)
    cpus = try Placement.allowedCPUs().numbers
    pressure = MemoryPressure(seed: seed &+ 1, announce: announce)
  }

  /// One disturbance; nobody is stopped any more when it returns.
  mutating func step(_ workers: [WorkerProcess]) throws {
    let worker = workers[Int(random.next() % UInt64(workers.count))]
    switch random.next() % 4 {
    case 0:
      let cpu = cpus[Int(random.next() % UInt64(cpus.count))]
      // A refusal (a worker that just ended, a CPU taken away) leaves it where it is.
      if platform_move_process(worker.processIdentifier, Int32(cpu)) == 0 { moves += 1 }
    case 1:
      let nice = Int32(random.next() % (Disturbance.maximumNice + 1))
      if platform_set_nice(worker.processIdentifier, nice) == 0 {
        priorityChanges += 1
      } else {
        refusedPriorityChanges += 1
      }
    default:
      worker.signal(SIGSTOP)
      // Up to 3 ms.
      usleep(UInt32(random.next() % 3_000))
      worker.signal(SIGCONT)
      stops += 1
    }
    try pressure.step()
  }

  /// Nanoseconds of peace until the next disturbance: up to 10 ms.
  mutating func nextPause() -> UInt64 { random.next() % 10_000_000 }

  var metrics: [MetricResult] {
    [
      MetricResult("stops", unit: "stops", value: Double(stops)),
      MetricResult("moves", unit: "moves", value: Double(moves)),
      MetricResult("priorityChanges", unit: "changes", value: Double(priorityChanges)),
      MetricResult("memoryPressure", unit: "MiB", value: Double(pressure.mebibytes)),
    ]
  }

  /// What could not be done, in words.
  var notes: [String] {
    var notes: [String] = []
    if refusedPriorityChanges > 0 {
      notes.append("\(refusedPriorityChanges) priority changes were refused: no permission")
    }
    if let reason = pressure.skipReason { notes.append(reason) }
    return notes
  }
}

/// Worker processes that touch much memory for a moment, one after the other.
private struct MemoryPressure {
  private var random: SplitMix64
  private var worker: WorkerProcess?
  private var nextStart: UInt64
  private(set) var skipReason: String?
  /// Touched so far, over all.
  private(set) var mebibytes = 0

  /// Touched at once at most, in MiB.
  private static let maximum: UInt64 = 256
  /// What must be free, in MiB: four times as much, since others live here as well.
  private static let required = 4 * Int(maximum)
  /// Between two of them: long enough that the touching is over.
  private static let intervalNanoseconds: UInt64 = 1_500_000_000

  init(seed: UInt64, announce: (String) -> Void) {
    random = SplitMix64(seed: seed)
    nextStart = MonotonicTime.nanoseconds() + MemoryPressure.intervalNanoseconds
    guard let free = SystemMemory.availableByteCount.map({ $0 >> 20 }) else {
      skipReason = "no memory pressure: the kernel does not say how much memory is free"
      return
    }
    if free < MemoryPressure.required {
      skipReason =
        "no memory pressure: \(free) MiB are free and \(MemoryPressure.required) MiB are required"
    }
    if let skipReason { announce(skipReason) }
  }

  /// Starts the next one if it is due.
  mutating func step() throws(WorkerError) {
    guard skipReason == nil, MonotonicTime.nanoseconds() >= nextStart else { return }
    nextStart = MonotonicTime.nanoseconds() + MemoryPressure.intervalNanoseconds
    // The one before has ended by now, or ends here.
    worker = nil
    let size = 1 + random.next() % MemoryPressure.maximum
    worker = try WorkerProcess.start(name: "memory pressure") { _ in
      platform_touch_memory(size << 20) == 0 ? 0 : 1
    }
    mebibytes += Int(size)
  }
}
