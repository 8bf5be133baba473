// What torture runs: a test in one of its forms. Made in the parent, run in forked workers.

import HardwareMemory

/// How a test is run.
public enum TortureMode: String, CaseIterable, Sendable, Codable {
  /// Batches of instances, each with locations of its own; two meetings a batch.
  case batch
  /// Rounds over the same locations, none waiting for another; every store writes a new value, so
  /// that each round of one process can be held against each round of the others (Melissaris,
  /// Markakis, Shaw, Martonosi: PerpLE, MICRO 2020).
  case perpetual
}

/// A test in the form in which workers run it.
protocol TortureKernel: Sendable {
  /// The name of the test, for errors.
  var test: String { get }
  var mode: TortureMode { get }
  var layout: TortureLayout { get }
  /// Words of a record behind its count.
  var wordsPerRecord: Int { get }
  /// The whole life of one process of the test.
  func work(_ process: Int, in region: TortureRegion)
  /// Adds a record to what was seen.
  func add(count: UInt64, words: [UInt64], to slice: inout TortureSlice)
}

extension TortureKernel {
  var processes: Int { layout.processes }
}
