// A catalogue test in perpetual form over the hardware.
//
//   each lap, for each process one stretch:   meet ─▶ rounds, each process at its own pace, logged
//   then:                                     meet ─▶ process p counts the frames of stretch p
//
// No location is ever reset: round n of the whole run stores n + 1, and what a round reads says
// which rounds of the others it saw. `PerpetualCount` says what a frame is.

import Harness
import HardwareMemory

/// A catalogue test whose rounds run without a barrier between them.
struct CataloguePerpetual: TortureKernel {
  /// Rounds between two meetings: some hundred microseconds, so that a meeting costs nothing, and
  /// logs that the second-level cache holds.
  static let rounds = 8192

  let entry: LitmusCatalogue.Entry
  let form: PerpetualForm

  init?(_ entry: LitmusCatalogue.Entry) {
    guard let form = entry.perpetual else { return nil }
    self.entry = entry
    self.form = form
  }

  var test: String { entry.name }
  var mode: TortureMode { .perpetual }
  private var registers: Int { form.reads.reduce(0) { $0 + $1.count } }
  private var stretchBytes: Int { registers * Self.rounds * 8 }
  var layout: TortureLayout {
    TortureLayout(
      processes: entry.processes, locations: entry.locations,
      resultBytes: entry.processes * stretchBytes)
  }
  /// The values of the registers, a bit each; all frames beside the disjoint ones.
  var wordsPerRecord: Int { 2 }

  func work(_ process: Int, in region: TortureRegion) {
    let stop = TortureStop(region)
    var meeting = TortureMeeting(region, process: process)
    var tallies = [PerpetualTally](repeating: PerpetualTally(), count: 1 << registers)
    var lap: UInt64 = 0
    var runTime: UInt64 = 0
    while true {
      meeting.wait()
      let last = stop.step
      if last != 0, lap >= last { break }
      let before = MonotonicTime.nanoseconds()
      for stretch in 0..<processes {
        run(process, stretch: stretch, lap: lap, region)
        meeting.wait()
      }
      runTime += MonotonicTime.nanoseconds() - before
      let first = firstRound(stretch: process, lap: lap)
      for outcome in tallies.indices {
        let count = PerpetualCount(
          form, outcome: outcome, rounds: Self.rounds, firstRound: first, memory: region.memory,
          log: region.layout.results + process * stretchBytes)
        tallies[outcome].frames += count.frames(disjoint: false)
        tallies[outcome].disjoint += count.frames(disjoint: true)
      }
      lap += 1
      if process == 0, last == 0 {
        stop.decide(at: lap + 1, iterations: (lap + 1) * UInt64(Self.rounds * processes))
      }
    }
    region.setRecords(
      tallies.enumerated().map { [$1.disjoint, UInt64($0), $1.frames] }, of: process)
    region.setCount(TortureLayout.Counts.iterations, lap * UInt64(Self.rounds), of: process)
    region.setCount(TortureLayout.Counts.runNanoseconds, runTime, of: process)
    region.setCount(TortureLayout.Counts.totalNanoseconds, stop.elapsed, of: process)
  }

  private func firstRound(stretch: Int, lap: UInt64) -> UInt64 {
    (lap * UInt64(processes) + UInt64(stretch)) * UInt64(Self.rounds)
  }

  private func run(_ process: Int, stretch: Int, lap: UInt64, _ region: TortureRegion) {
    let earlier = form.reads[..<process].reduce(0) { $0 + $1.count }
    entry.runRounds(
      LitmusRounds(
        memory: region.memory, process: process, first: region.layout.firstLocation,
        pitch: TortureLayout.pitch, start: firstRound(stretch: stretch, lap: lap),
        count: Self.rounds,
        log: region.layout.results + stretch * stretchBytes + earlier * Self.rounds * 8,
        registers: form.reads[process].count))
  }

  func add(count: UInt64, words: [UInt64], to slice: inout TortureSlice) {
    guard words[1] > 0 else { return }
    let state = LitmusState(values: (0..<registers).map { Int(words[0] >> UInt64($0) & 1) })
    slice.outcomes[state, default: 0] += count
    slice.frames[state, default: 0] += words[1]
  }
}

private struct PerpetualTally {
  var frames: UInt64 = 0
  var disjoint: UInt64 = 0
}
