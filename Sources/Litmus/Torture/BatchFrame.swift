// The frame of a test that runs in batches: resets, rendezvous, draws, tally. Run by every process
// of a test, in catalogue and litmus files alike.
//
//   each batch:   reset ─▶ meet ─▶ (skew) run all instances ─▶ meet ─▶ tally a share
//
// No barrier stands between instances: two per batch of 256 cost under one percent. Where
// instances of different processes lie (dense words, a quarter line, a line each), who resets
// what, and how much later one process starts, are drawn anew for each batch from the seed: which
// of them shows a weak outcome depends on processor and test. A batch's instances are tallied
// once each, so that every weak outcome counted is a distinct one.

import CPlatform
import Harness
import HardwareMemory

/// Where the locations and results of a batch stand.
struct TortureBatch {
  let region: TortureRegion
  /// Bytes from an instance to the next, at one location.
  var stride: Int

  var firstLocation: Int { region.layout.firstLocation }
  var results: Int { region.layout.results }
}

/// One process of a test that runs in batches.
protocol BatchWorker {
  /// The width of a location.
  var wordBytes: Int { get }
  /// Whether outcomes show what is in memory at the end.
  var showsLocations: Bool { get }
  /// Gives a location of some instances its initial value.
  func reset(_ batch: TortureBatch, location: Int, instances: Range<Int>)
  /// Runs every instance, beginning with `start`.
  func run(_ batch: TortureBatch, start: Int)
  /// Counts the outcomes of some instances.
  mutating func tally(_ batch: TortureBatch, instances: Range<Int>)
  /// Writes what was counted.
  func report(to region: TortureRegion)
}

/// One process's run of batches.
struct BatchFrame {
  private let region: TortureRegion
  private let process: Int
  private let processes: Int
  private var random: LitmusRandom
  private var meeting: TortureMeeting
  /// This process's share of every batch.
  private let share: Range<Int>

  /// Every n-th batch is timed.
  private static let timedBatches: UInt64 = 64
  /// Process 0 looks at the clock after so many batches: each takes microseconds where all have a
  /// CPU, and much longer where they take turns.
  private var batchesPerLook: UInt64
  /// A batch that takes longer is one of loops that wait: the clock is looked at after each.
  private static let slowBatchNanoseconds: UInt64 = 1_000_000

  init(_ region: TortureRegion, process: Int) {
    self.region = region
    self.process = process
    processes = region.layout.processes
    // The same draws in every process: nothing about a batch needs to be agreed upon.
    random = LitmusRandom(seed: region.control(TortureLayout.Control.seed))
    meeting = TortureMeeting(region, process: process)
    batchesPerLook = region.control(TortureLayout.Control.spins) != 0 ? 16 : 1
    let instances = TortureLayout.instances
    share = process * instances / processes..<(process + 1) * instances / processes
  }

  /// Runs batches until process 0 says stop.
  mutating func run(_ worker: inout some BatchWorker) {
    let stop = TortureStop(region)
    let strides = [worker.wordBytes, worker.wordBytes, 16, TortureLayout.lineBytes]
    var batch = TortureBatch(region: region, stride: worker.wordBytes)
    var number: UInt64 = 0
    var runTime: UInt64 = 0
    while true {
      let drawn = random.next()
      // Mostly dense: two in eight a quarter line, one in eight a line.
      batch.stride = strides[[0, 0, 0, 1, 1, 2, 2, 3][Int(drawn & 7)]]
      reset(worker, batch, drawn)
      meeting.wait()
      let last = stop.step
      if last != 0, number >= last { break }
      skew(drawn)
      let start = drawn >> 16 & 3 == 0 ? Int(drawn >> 18 & 15) * process : 0
      let isTimed = number % Self.timedBatches == 0
      let before = isTimed ? MonotonicTime.nanoseconds() : 0
      worker.run(batch, start: start)
      if isTimed {
        let time = MonotonicTime.nanoseconds() - before
        runTime += time * Self.timedBatches
        if time > Self.slowBatchNanoseconds { batchesPerLook = 1 }
      }
      meeting.wait()
      worker.tally(batch, instances: share)
      // What is tallied must not be reset by somebody who is further on already.
      if worker.showsLocations { meeting.wait() }
      number += 1
      if process == 0, last == 0, number % batchesPerLook == 0 {
        stop.decide(
          at: number + 1, iterations: (number + 1) * UInt64(TortureLayout.instances))
      }
    }
    worker.report(to: region)
    region.setCount(
      TortureLayout.Counts.iterations, number * UInt64(share.count), of: process)
    region.setCount(TortureLayout.Counts.runNanoseconds, runTime, of: process)
    region.setCount(TortureLayout.Counts.totalNanoseconds, stop.elapsed, of: process)
  }

  private func reset(_ worker: some BatchWorker, _ batch: TortureBatch, _ drawn: UInt64) {
    for location in 0..<region.layout.locations {
      if drawn >> 3 & 1 != 0 {
        worker.reset(batch, location: location, instances: share)
      } else if (location + Int(drawn >> 4 & 1)) % processes == process {
        // Whole locations: their lines begin in one process's cache.
        worker.reset(batch, location: location, instances: 0..<TortureLayout.instances)
      }
    }
  }

  /// One process starts a little later.
  private func skew(_ drawn: UInt64) {
    guard Int(drawn >> 5 & 7) == process else { return }
    for _ in 0..<drawn >> 8 & 127 { platform_compiler_barrier() }
  }
}
