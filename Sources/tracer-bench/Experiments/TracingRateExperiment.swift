// How many events a second one thread can trace to a file while a controller drains, and what is
// lost on the way: over several kinds of region, one after the other.

import Glibc
import HardwareMemory
import Harness
import TracerCore
import TracerShm

struct TracingRateExperiment {
  /// Where the trace goes.
  enum Target: String {
    /// A file in memory, rotated.
    case tmpfs
    /// One file on a disk, of bounded size, the time until the disk has it included.
    case disk
  }
  /// How the thread goes about it.
  enum Pace: Equatable {
    /// As fast as it can.
    case flatOut
    case eventsPerSecond(Double)

    var name: String { self == .flatOut ? "flatOut" : "paced" }
  }

  var backings: [Backing]
  var target: Target
  var pace: Pace
  var seconds: Double
  /// The folder that stands for the disk.
  var folder: String
  /// The event to write wrong.
  var spoiledEvent: UInt64?

  /// Rings of the index lane. At a steady rate 64 MiB in all: at 35 M events/s a controller may stay
  /// away for 60 ms, longer than a busy machine lets it wait. Flat out no pool suffices: 16 MiB,
  /// which the third-level cache holds.
  private var ringCount: Int { pace == .flatOut ? 64 : 256 }
  private static let ringByteCount = 256 << 10
  /// Files of a rotation in memory: two of them are kept, a third is begun before one goes.
  private static let rotateByteCount = 64 << 20
  /// What is written to a disk at most: more than its own cache, and no more than a quarter of
  /// what is free.
  private static let mostDiskBytes = UInt64(1) << 30
  private static let freeShare = UInt64(4)
  /// Below this there is nothing to measure.
  private static let leastDiskBytes = UInt64(16) << 20
  /// Workers that have said nothing for so long are stuck.
  private static let answerNanoseconds: UInt64 = 60_000_000_000

  private var geometry: LanesGeometry {
    do {
      return try LanesGeometry(
        threadSlots: 1,
        index: .index(
          ringCount: ringCount, ringByteCount: TracingRateExperiment.ringByteCount),
        detail: .detail(ringCount: 2, ringByteCount: 4096, historyRings: 1, postRecords: 0))
    } catch { preconditionFailure("the geometry is valid: \(error)") }
  }

  var title: String {
    let place = target == .tmpfs ? "a rotated file in memory" : "a file on disk"
    let speed =
      switch pace {
      case .flatOut: "flat out"
      case .eventsPerSecond(let rate): "at \(Format.figure(rate, unit: "records/s"))"
      }
    return "one thread to \(place), \(speed)"
  }

  /// Measures every kind once; fails with exit code 3 if an event is wrong or unaccounted for.
  func run(
    placement: PairPlacement, clock: CounterClock, factory: RegionFactory, progress: Progress
  ) throws -> [CaseResult] {
    try backings.enumerated().map { index, backing in
      progress.show(title, Double(index) / Double(backings.count))
      return try measure(backing, placement, clock, factory)
    }
  }

  /// What may be written to the disk.
  private func diskBudget() throws(BenchError) -> UInt64 {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else {
      throw .operation("\(folder): \(SystemError("statvfs"))")
    }
    let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    let budget = min(
      TracingRateExperiment.mostDiskBytes, free / TracingRateExperiment.freeShare)
    guard budget >= TracingRateExperiment.leastDiskBytes else {
      throw .operation("\(folder): \(free >> 20) MiB are free, too few to trace to")
    }
    return budget
  }

  /// What the two sides of one run found.
  private struct Outcome {
    var traced = TracedCounts()
    var drain = DrainCounts()
    var seconds: Double {
      Double(max(drain.endNanoseconds, traced.endNanoseconds) - traced.startNanoseconds) * 1e-9
    }
  }

  private func measure(
    _ backing: Backing, _ placement: PairPlacement, _ clock: CounterClock, _ factory: RegionFactory
  ) throws -> CaseResult {
    let region = try factory.makeLanes(
      backing, geometry: geometry, waking: .eventfd)
    let scratch = try ScratchFolder(in: target == .tmpfs ? "/dev/shm" : folder)
    var destination = TraceDestination(path: scratch.path("trace"))
    if target == .tmpfs {
      destination.rotateByteCount = TracingRateExperiment.rotateByteCount
    } else {
      destination.mostBytes = try diskBudget()
      destination.isSynchronised = true
    }
    var load = TracedLoad(ticks: clock.ticks(nanoseconds: UInt64(seconds * 1e9)))
    if case .eventsPerSecond(let rate) = pace {
      load.ticksPerEvent = clock.ticksPerNanosecond * 1e9 / rate
    }
    if let spoiledEvent { load.spoiledEvent = spoiledEvent }
    let found = try trace(region, load, destination, placement)
    let id = "tracing/\(backing.rawValue)/rate/\(target.rawValue)/\(pace.name)"
    try check(found, id: id, path: destination.path)
    scratch.remove()
    let limit =
      target == .disk
      ? try RawDiskWrite.bytesPerSecond(
        byteCount: found.drain.writtenBytes, block: TracingRateExperiment.ringByteCount,
        folder: folder, cpu: placement.consumer)
      : nil
    return result(backing, id, found, limit: limit)
  }

  /// One run: the controller first, so that the pool is never full before it looks.
  private func trace(
    _ region: TracerRegion, _ load: TracedLoad, _ destination: TraceDestination,
    _ placement: PairPlacement
  ) throws -> Outcome {
    let mapping = try Mapping(descriptor: nil, byteCount: TracingBoard.byteCount)
    let board = TracingBoard(mapping.memory)
    let deadline = TracingRateExperiment.answerNanoseconds + UInt64(seconds * 1e9)
    let drain = try WorkerProcess.start(name: "controller", cpu: placement.consumer) { worker in
      let counts = try TracingDrain.run(region, destination, board) { try worker.send(UInt64(1)) }
      try worker.send(counts)
      return 0
    }
    _ = try drain.receive(placeholder: UInt64(0), deadlineNanoseconds: deadline)
    let traced = try WorkerProcess.start(name: "traced thread", cpu: placement.producer) { worker in
      try worker.send(try TracedThread.run(region, load, board))
      return 0
    }
    var outcome = Outcome()
    outcome.traced = try traced.receive(placeholder: outcome.traced, deadlineNanoseconds: deadline)
    board.requestFinish()
    outcome.drain = try drain.receive(placeholder: outcome.drain, deadlineNanoseconds: deadline)
    withExtendedLifetime(mapping) {}
    return outcome
  }

  /// Every event seen right, every attempt accounted for, and the trace reads back.
  private func check(_ found: Outcome, id: String, path: String) throws {
    let (traced, drain) = (found.traced, found.drain)
    if let bad = drain.bad { throw BenchError.wrongData("WRONG DATA in \(id): \(bad.text)") }
    guard drain.accounted == traced.attempts, drain.lost == traced.lost, drain.other == 0,
      drain.drained == traced.attempts &- traced.lost, drain.checked == drain.drained,
      !drain.isQuarantined
    else {
      throw BenchError.wrongData(
        "UNACCOUNTED in \(id): \(traced.attempts) events attempted, \(traced.lost) of them refused; "
          + "accounted for \(drain.accounted): \(drain.drained) drained, \(drain.lost) lost, "
          + "\(drain.other) otherwise, \(drain.checked) seen"
          + (drain.isQuarantined ? ", in quarantine" : ""))
    }
    let failure: String?
    do {
      failure = try TraceReadBack.failure(
        path: path, end: traced.attempts, expected: target == .disk ? drain.drained : nil)
    } catch { throw BenchError.operation("\(error)") }
    if let failure { throw BenchError.wrongData("WRONG DATA in \(id): \(failure)") }
  }

  private func result(
    _ backing: Backing, _ id: String, _ found: Outcome, limit: Double?
  ) -> CaseResult {
    let seconds = found.seconds
    let written = Double(found.traced.endNanoseconds - found.traced.startNanoseconds) * 1e-9
    return CaseResult(
      id: id, experiment: "tracing",
      parameters: [
        ("backing", .text(backing.rawValue)), ("target", .text(target.rawValue)),
        ("pace", .text(pace.name)), ("size", .integer(TracedEvent.payloadByteCount)),
        ("rings", .integer(ringCount)),
        ("ringByteCount", .integer(TracingRateExperiment.ringByteCount)),
      ],
      records: found.drain.drained,
      metrics: [
        MetricResult(
          "throughput", unit: "records/s", value: Double(found.drain.drained) / seconds),
        MetricResult(
          "offeredRate", unit: "records/s", value: Double(found.traced.attempts) / written),
        MetricResult("loss", unit: "records", value: Double(found.drain.lost)),
        MetricResult(
          "bandwidth", unit: "bytes/s", samples: [Double(found.drain.writtenBytes) / seconds],
          limit: limit.map { [$0] }),
      ],
      notes: [
        found.drain.lost == 0
          ? "nothing lost"
          : Format.percent(Double(found.drain.lost) / Double(found.traced.attempts))
            + " lost, every one accounted for"
      ],
      group: title, member: backing.rawValue)
  }
}
