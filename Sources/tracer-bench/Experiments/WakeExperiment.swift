// The sleeping flag under torture, over every region kind and both means of waking, one pair at a
// time: the window that a missing fence leaves open is some tens of nanoseconds wide and needs two
// CPUs that really run at once.

import Glibc
import HardwareMemory
import Harness
import TracerShm

struct WakeExperiment {
  var backings: [Backing]
  var seconds: Double
  var seed: UInt64

  /// What the workers report; one message for both, since the bench waits for either.
  private struct Account: BitwiseCopyable {
    var wakes: UInt64 = 0
    var counts = WakeCounts()
  }

  /// One combination of what is tortured, and what has come of it so far.
  private struct Variant {
    var backing: Backing
    var usesSemaphore: Bool
    var counts = WakeCounts()
    var wakes: UInt64 = 0
    var stops = 0
    var seconds = 0.0
    var means: String { usesSemaphore ? "semaphore" : "eventfd" }
    var id: String { "stress/\(backing.rawValue)/wake/\(means)" }
    var parameters: [(name: String, value: Parameter)] {
      [("backing", .text(backing.rawValue)), ("means", .text(means))]
    }
  }

  /// The longest time with one pair: long enough that starting costs nothing, short enough that
  /// every variant has its turn soon.
  private static let longestSlice = 0.5
  /// Workers answer within this time, or they are stuck.
  private static let answerNanoseconds: UInt64 = 5_000_000_000

  func run(factory: RegionFactory, progress: Progress) throws -> TortureOutcome {
    var variants = backings.flatMap { backing in
      [false, true].map { Variant(backing: backing, usesSemaphore: $0) }
    }
    let slice = min(WakeExperiment.longestSlice, seconds / Double(variants.count))
    var random = SplitMix64(seed: seed)
    // Pinned apart where there are two CPUs.
    let cpus = try? Placement.defaultPair()
    let start = MonotonicTime.nanoseconds()
    var elapsed = 0.0
    var turn = 0
    repeat {
      let index = turn % variants.count
      if let text = try run(
        &variants[index], seconds: slice, cpus: cpus, random: &random, factory: factory)
      {
        let found = Double(MonotonicTime.nanoseconds() - start) / 1e9
        return TortureOutcome(
          results: [],
          finding: TortureFinding(
            caseID: variants[index].id, parameters: variants[index].parameters, text: text,
            seconds: found))
      }
      turn += 1
      elapsed = Double(MonotonicTime.nanoseconds() - start) / 1e9
      progress.show("wake", elapsed / seconds)
      // Every variant once, whatever the time.
    } while elapsed < seconds || turn < variants.count
    return TortureOutcome(results: variants.map(result))
  }

  /// What the two workers of a slice share.
  private final class Slice {
    let region: SharedRegion
    let boardMapping: Mapping
    let means: WakeMeans
    var board: WakeBoard { WakeBoard(boardMapping.memory) }

    init(_ variant: Variant, factory: RegionFactory) throws {
      region = try factory.make(variant.backing, byteCount: WakeTraffic.regionByteCount)
      boardMapping = try Mapping(descriptor: nil, byteCount: WakeBoard.byteCount)
      means = try WakeMeans.make(semaphore: variant.usesSemaphore)
    }

    deinit { means.close() }
  }

  /// One slice of one variant; what is wrong, if anything is.
  private func run(
    _ variant: inout Variant, seconds: Double, cpus: (producer: Int, consumer: Int)?,
    random: inout SplitMix64, factory: RegionFactory
  ) throws -> String? {
    let slice = try Slice(variant, factory: factory)
    defer { withExtendedLifetime(slice) {} }
    let (memory, board, means) = (slice.region.payload, slice.board, slice.means)
    let draw = random.next()
    let starts: [UInt64] = [0, 1 << 32 &- 1024, 0 &- 1024]
    try WakeTraffic.format(memory, startingAt: starts[Int(draw % UInt64(starts.count))])
    let producer = try WorkerProcess.start(name: "wake producer", cpu: cpus?.producer) { worker in
      var account = Account()
      account.wakes = try WakeTraffic.produce(memory, board: board, means: means, seed: draw)
      try worker.send(account)
      return 0
    }
    let consumer = try WorkerProcess.start(name: "wake consumer", cpu: cpus?.consumer) { worker in
      var account = Account()
      account.counts = try WakeTraffic.consume(memory, board: board, means: means)
      try worker.send(account)
      return 0
    }
    let start = MonotonicTime.nanoseconds()
    try disturb([producer, consumer], &variant, seconds: seconds, &random)
    board.requestFinish()
    guard let counts = try WakeExperiment.answer(consumer)?.counts else {
      return stuck(variant, "consumer", board)
    }
    variant.counts.add(counts)
    if let text = failure(of: variant, counts) { return text }
    guard let wakes = try WakeExperiment.answer(producer)?.wakes else {
      return stuck(variant, "producer", board)
    }
    variant.wakes += wakes
    variant.seconds += Double(MonotonicTime.nanoseconds() - start) / 1e9
    return nil
  }

  /// A worker's last words; `nil` if there are none.
  private static func answer(_ worker: WorkerProcess) throws -> Account? {
    guard
      try WorkerProcess.waitForAny(of: [worker], deadlineNanoseconds: answerNanoseconds) != nil
    else { return nil }
    return try worker.receive(placeholder: Account(), deadlineNanoseconds: answerNanoseconds)
  }

  private func stuck(_ variant: Variant, _ side: String, _ board: WakeBoard) -> String {
    "STUCK in \(variant.id): the \(side) does not come to its end, "
      + "\(board.announced) records announced, \(board.consumed) consumed"
  }

  /// Stops and continues either side until the time is up or one of them has something to say.
  private func disturb(
    _ workers: [WorkerProcess], _ variant: inout Variant, seconds: Double,
    _ random: inout SplitMix64
  ) throws {
    let end = MonotonicTime.nanoseconds() + UInt64(seconds * 1e9)
    while MonotonicTime.nanoseconds() < end {
      // Up to 20 ms in peace: the two have to meet.
      if try WorkerProcess.waitForAny(
        of: workers, deadlineNanoseconds: random.next() % 20_000_000) != nil
      {
        return
      }
      let worker = workers[Int(random.next() % 2)]
      worker.signal(SIGSTOP)
      usleep(UInt32(random.next() % 1_000))
      worker.signal(SIGCONT)
      variant.stops += 1
    }
  }

  private func failure(of variant: Variant, _ counts: WakeCounts) -> String? {
    if counts.lostRecord != 0 {
      return "LOST WAKE-UP in \(variant.id) after \(variant.counts.sleeps) sleeps: the consumer "
        + "sleeps at record \(counts.lostRecord - 1), which was published and announced"
    }
    if counts.bad.isBad {
      let bad = BadMessage(
        sequence: counts.records, wordIndex: 0, expected: counts.bad.expected,
        found: counts.bad.found)
      return "WRONG DATA in \(variant.id): first bad record: \(bad.text)"
    }
    return nil
  }

  private func result(_ variant: Variant) -> CaseResult {
    CaseResult(
      id: variant.id, experiment: "stress",
      parameters: variant.parameters + [("seed", .text("\(seed)"))],
      records: variant.counts.records,
      metrics: [
        MetricResult(
          "sleeps", unit: "sleeps/s", value: Double(variant.counts.sleeps) / variant.seconds),
        MetricResult("slept", unit: "sleeps", value: Double(variant.counts.sleeps)),
        MetricResult("blocked", unit: "sleeps", value: Double(variant.counts.blocks)),
        MetricResult("wakes", unit: "wakes", value: Double(variant.wakes)),
        MetricResult("verified", unit: "records", value: Double(variant.counts.records)),
        MetricResult("stops", unit: "stops", value: Double(variant.stops)),
      ],
      group: "wake", member: "\(variant.backing.rawValue), \(variant.means)")
  }
}
