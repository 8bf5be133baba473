// Where everything of a torture stands in its region.
//
//   control page │ counts of each process │ results │ locations of all instances
//
// The control page holds the stop, the limits and a line for each process's arrivals. Results are
// the kernel's own: registers of a batch, or logs of rounds.

import HardwareMemory

/// The parts of the region that a test is run over.
struct TortureLayout: Sendable {
  /// Instances per batch: the dense layout then keeps a batch in the first-level cache, where the
  /// rate of weak outcomes was best (tried: 64, 128, 256, 1,024). A power of two.
  static let instances = 256
  /// Sizes in bytes.
  static let lineBytes = 64
  static let pageBytes = 4096
  static let countsBytesPerProcess = 64 * 1024
  /// From a location to the next: one line more than its instances need at most, so that their
  /// sets in the caches differ.
  static let pitch = (instances + 1) * lineBytes

  let processes: Int
  let locations: Int
  let resultBytes: Int

  /// Words of the control page.
  enum Control {
    static let stop = 0
    static let maximumIterations = 8
    static let durationNanoseconds = 16
    static let seed = 24
    static let spins = 32
    /// A line for each process from here.
    static let meetings = 512
  }

  /// Words of a process's counts, in bytes from their start.
  enum Counts {
    static let iterations = 0
    static let abandoned = 8
    static let overflow = 16
    static let records = 24
    static let runNanoseconds = 32
    static let totalNanoseconds = 40
    /// From here: for each outcome its count, and words that the kernel knows.
    static let firstRecord = 64
  }

  func counts(of process: Int) -> Int {
    Self.pageBytes + process * Self.countsBytesPerProcess
  }
  var results: Int { counts(of: processes) }
  var firstLocation: Int {
    (results + resultBytes + Self.pageBytes - 1) / Self.pageBytes * Self.pageBytes
  }
  var byteCount: Int {
    (firstLocation + locations * Self.pitch + Self.pageBytes - 1) / Self.pageBytes
      * Self.pageBytes
  }
}

/// A region as a worker sees it.
struct TortureRegion: Sendable {
  let memory: HardwareMemory
  /// The same place as a number, for compiled litmus tests.
  let address: UInt
  let layout: TortureLayout

  func control(_ offset: Int) -> UInt64 { memory.loadPayload(at: offset) }

  func setCount(_ word: Int, _ value: UInt64, of process: Int) {
    memory.storePayload(value, at: layout.counts(of: process) + word)
  }

  func count(_ word: Int, of process: Int) -> UInt64 {
    memory.loadPayload(at: layout.counts(of: process) + word)
  }

  /// Writes the records of a process: each a count and words of the kernel.
  func setRecords(_ records: [[UInt64]], of process: Int) {
    setCount(TortureLayout.Counts.records, UInt64(records.count), of: process)
    for (index, word) in records.joined().enumerated() {
      setCount(TortureLayout.Counts.firstRecord + 8 * index, word, of: process)
    }
  }
}
