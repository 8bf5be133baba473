// n pairs of processes at once, each through round after round of rings drawn at random, while
// the bench stops, moves and reprioritises them; every record is verified. Finds what measuring
// never does: a full ring while the peer is stopped in the middle of an operation.

import HardwareMemory
import Harness
import TracerCore
import TracerShm

struct StressExperiment {
  var backings: [Backing]
  /// What rounds are drawn from.
  var kinds = TortureKind.allCases
  var pairCount: Int
  var seconds: Double
  var seed: UInt64
  var spoiledMessage: UInt64?

  /// A worker's last words.
  private struct Account: BitwiseCopyable {
    var records: UInt64 = 0
    var rounds: UInt64 = 0
    var report = SliceReport()
  }

  /// The two workers of a pair and what they share.
  private final class RunningPair {
    let pair: TorturePair
    let region: SharedRegion
    let boardMapping: Mapping
    var board: TortureBoard { TortureBoard(boardMapping.memory) }
    var workers: [WorkerProcess] = []
    var id: String { "stress/\(pair.backing.rawValue)/rings/pair\(pair.index)" }
    var parameters: [(name: String, value: Parameter)] {
      [("backing", .text(pair.backing.rawValue)), ("pairSeed", .text("\(pair.seed)"))]
    }

    init(_ pair: TorturePair, factory: RegionFactory) throws {
      self.pair = pair
      region = try factory.make(pair.backing, byteCount: RingRound.regionByteCount)
      boardMapping = try Mapping(descriptor: nil, byteCount: TortureBoard.byteCount)
    }

    /// The plan of the round that a side is in, for people.
    func plan(of place: TorturePlace) -> String {
      "round \(place.round) of seed \(pair.seed): \(pair.plan(round: place.round).text)"
    }
  }

  /// Between two looks at the pairs while they drain.
  private static let lookNanoseconds: UInt64 = 100_000_000

  /// Runs all pairs; `announce` is told each pair before it starts.
  func run(
    factory: RegionFactory, progress: Progress, announce: (String) -> Void
  ) throws -> TortureOutcome {
    var pairs: [RunningPair] = []
    for index in 0..<pairCount {
      let pair = TorturePair(
        index: index, backing: backings[index % backings.count], runSeed: seed,
        kinds: kinds)
      announce("pair \(index): \(pair.backing.rawValue), seed \(pair.seed)")
      let running = try RunningPair(pair, factory: factory)
      pairs.append(running)
    }
    let start = MonotonicTime.nanoseconds()
    for pair in pairs { try self.start(pair) }
    var disturbance = try Disturbance(seed: seed ^ Pattern.multiplier, announce: announce)
    var watch = StuckWatch(pairs.map(\.board))
    let end = start + UInt64(seconds * 1e9)
    var results: [CaseResult] = []
    do throws(Finding) {
      try disturb(pairs, until: end, &disturbance, &watch, progress)
      for pair in pairs { pair.board.requestFinish() }
      for pair in pairs {
        results.append(try finish(pair, among: pairs, &watch, disturbance))
      }
      return TortureOutcome(results: results)
    } catch {
      switch error {
      case .failed(let error): throw error
      case .wrong(let index, let text):
        let pair = pairs[index]
        let seconds = Double(MonotonicTime.nanoseconds() - start) / 1e9
        return TortureOutcome(
          results: [],
          finding: TortureFinding(
            caseID: pair.id, parameters: pair.parameters, text: text, seconds: seconds))
      }
    }
  }

  /// How a run ends early.
  private enum Finding: Error {
    /// The index of the pair, and what is wrong.
    case wrong(Int, String)
    case failed(any Error)
  }

  private func start(_ running: RunningPair) throws {
    let pair = running.pair
    let memory = running.region.payload
    let board = running.board
    let spoiled = spoiledMessage
    running.workers.append(
      try WorkerProcess.start(name: "stress producer \(pair.index)") { worker in
        var account = Account()
        account.records = try TortureTraffic.produce(
          pair, memory: memory, board: board, spoiledMessage: spoiled)
        try worker.send(account)
        return 0
      })
    running.workers.append(
      try WorkerProcess.start(name: "stress consumer \(pair.index)") { worker in
        var account = Account()
        do {
          if let bad = try TortureTraffic.consume(
            pair, memory: memory, board: board, records: &account.records,
            rounds: &account.rounds)
          {
            account.report = SliceReport(bad)
          }
        } catch let error as RingCorruption { account.report = SliceReport(error) }
        try worker.send(account)
        return 0
      })
  }

  /// Disturbs random workers until the time is up; ends at once where one has something to say.
  private func disturb(
    _ pairs: [RunningPair], until end: UInt64, _ disturbance: inout Disturbance,
    _ watch: inout StuckWatch, _ progress: Progress
  ) throws(Finding) {
    let workers = pairs.flatMap(\.workers)
    while MonotonicTime.nanoseconds() < end {
      do {
        try disturbance.step(workers)
        if let index = try WorkerProcess.waitForAny(
          of: workers, deadlineNanoseconds: disturbance.nextPause())
        {
          // Nobody speaks before the end unless something is wrong.
          try hear(pairs[index / 2], isProducer: index % 2 == 0)
        }
      } catch let finding as Finding {
        throw finding
      } catch { throw .failed(error) }
      try check(&watch, pairs)
      let left = Double(end - min(end, MonotonicTime.nanoseconds())) / 1e9
      progress.show("stress, \(workers.count) processes", 1 - left / seconds)
    }
  }

  private func check(_ watch: inout StuckWatch, _ pairs: [RunningPair]) throws(Finding) {
    guard let index = watch.stuckIndex() else { return }
    let pair = pairs[index]
    let memory = pair.region.payload
    // Relaxed: a look for people.
    let write = memory.word(at: RingHeader.writePosition).loadRelaxed()
    let read = memory.word(at: RingHeader.readPosition).loadRelaxed()
    throw .wrong(
      pair.pair.index,
      "STUCK: no progress of \(pair.id) for \(StuckWatch.limitNanoseconds / 1_000_000_000) s "
        + "although nobody is stopped: \(pair.board.standing); the ring says written to \(write), "
        + "read to \(read) (\(pair.plan(of: pair.board.producer)))")
  }

  /// Takes a worker's last words; anything wrong in them is thrown.
  @discardableResult
  private func hear(_ pair: RunningPair, isProducer: Bool) throws(Finding) -> Account {
    let account: Account
    do throws(WorkerError) {
      account = try pair.workers[isProducer ? 0 : 1].receive(
        placeholder: Account(), deadlineNanoseconds: StuckWatch.limitNanoseconds)
    } catch {
      // A worker that the processor or a check of the library ended has met wrong data, too.
      guard case .died(_, .signalled) = error else { throw .failed(error) }
      throw .wrong(pair.pair.index, "\(error) (\(pair.plan(of: pair.board.consumer)))")
    }
    if let text = account.report.wrongData {
      throw .wrong(
        pair.pair.index,
        "WRONG DATA in \(pair.id) (\(pair.plan(of: pair.board.consumer))): "
          + "first bad record: \(text)")
    }
    return account
  }

  private func finish(
    _ pair: RunningPair, among pairs: [RunningPair], _ watch: inout StuckWatch,
    _ disturbance: Disturbance
  ) throws(Finding) -> CaseResult {
    // The consumer first: its producer waits for room for ever if it found a bad record.
    while true {
      do throws(SystemError) {
        if try WorkerProcess.waitForAny(
          of: [pair.workers[1]], deadlineNanoseconds: StressExperiment.lookNanoseconds) != nil
        {
          break
        }
      } catch { throw .failed(error) }
      try check(&watch, pairs)
    }
    let consumer = try hear(pair, isProducer: false)
    let producer = try hear(pair, isProducer: true)
    guard producer.records == consumer.records else {
      throw .wrong(
        pair.pair.index,
        "WRONG DATA in \(pair.id): \(producer.records) records written, \(consumer.records) read")
    }
    return CaseResult(
      id: pair.id, experiment: "stress",
      parameters: pair.parameters + [("seed", .text("\(seed)"))],
      records: consumer.records,
      metrics: [
        MetricResult("verified", unit: "records", value: Double(consumer.records)),
        MetricResult("rounds", unit: "rounds", value: Double(consumer.rounds)),
      ] + disturbance.metrics,
      notes: disturbance.notes,
      group: "stress", member: "pair \(pair.pair.index), \(pair.pair.backing.rawValue)")
  }
}
