// One run of `collect`: the region, the program, the controller that drains until all is over, and
// what it comes to.
//
//     region ─▶ trace file ─▶ program ─▶ drain, wait, … ─▶ program ended, no thread attached
//                                                             │
//                              summary ◀─ names ◀─ last drain ┘ region destroyed: it is empty
//
// Synchronous, one thread. Whatever fails before the program is started leaves nothing behind.

import CPlatform
import Glibc
import TracerCore
import TracerShm

/// What `collect` was asked for.
struct CollectPlan {
  var backing: RegionBacking
  var geometry: LanesGeometry
  var output: String
  var program: [String]
  /// The library to load into the program first, which must not link to it then.
  var preload: String?
  var followsForks: Bool
  /// The program touches the whole region when it starts.
  var prefaults: Bool
}

/// What came of a run.
struct CollectResult {
  var output: CollectOutput
  var metrics: TracerMetrics
  /// Losses and the like, of all lanes.
  var total: LaneAccount
  var nestedLosses: UInt64
  var exitCode: Int32
  /// Threads of living processes were still attached when a signal ended the collection.
  var leftAttached: Int
  var seconds: Double
}

/// Runs a program and collects what it traces.
struct Collection {
  /// What was traced could not be written. It has been said.
  struct OutputFailed: Error {}

  /// How long a wait may last: the end of the program is looked for in between.
  private static let stepMicroseconds: UInt32 = 10_000
  private static let stepNanoseconds = UInt64(stepMicroseconds) * 1000

  let plan: CollectPlan

  func run() throws -> CollectResult {
    let region = try makeRegion()
    var isDone = false
    defer { if !isDone { try? region.region.destroy() } }
    let file = try makeFile(region)
    do {
      let result = try run(region, file)
      isDone = true
      return result
    } catch let error as TracedProgram.NotStarted {
      unlink(plan.output)
      throw error
    }
  }

  private func makeRegion() throws -> TracerRegion {
    do throws(TracerError) {
      return try TracerRegion.create(
        plan.backing, options: TracerOptions(geometry: plan.geometry, waking: .eventfd))
    } catch { throw BenchError.operation("\(error)") }
  }

  private func makeFile(_ region: TracerRegion) throws -> TraceFileWriter {
    do throws(TraceFileError) {
      return try TraceFileWriter(creating: plan.output, session: region.region.superblock.session)
    } catch { throw BenchError.operation("\(error)") }
  }

  private func run(_ region: TracerRegion, _ file: TraceFileWriter) throws -> CollectResult {
    var controller = try Controller(region)
    var output = CollectOutput(file: file, region: region)
    let start = monotonicSeconds()
    var program = try TracedProgram(
      plan.program, variables: variables(region), inheriting: region.region.passableDescriptor)
    var attached = 0
    do {
      while true {
        // Looked at before the drain: what the program wrote last is then in it.
        let hasEnded = program.hasEnded()
        let report = try controller.drain(into: &output)
        attached = report.pass.attachedThreads
        if hasEnded, report.isIdle, attached == 0 || platform_traced_signals() > 0 { break }
        if report.isIdle { _ = controller.wait(timeoutNanoseconds: Collection.stepNanoseconds) }
      }
      _ = try controller.snapshotActive(into: &output)
      try file.write(symbols: output.symbols())
      try file.close()
    } catch {
      StandardError.print("tracer-bench: \(error); the program goes on, its events are lost")
      // It is not left behind: what started it waits for it.
      while !program.hasEnded() { usleep(Collection.stepMicroseconds) }
      throw OutputFailed()
    }
    let seconds = monotonicSeconds() - start
    let metrics = region.metrics()
    var total = LaneAccount()
    for lane in metrics.lanes {
      let account = controller.account(of: lane.lane)
      total.drained &+= account.drained
      total.losses.add(account.losses)
      total.overwritten &+= account.overwritten
      total.inFlight &+= account.inFlight
    }
    controller.close()
    if attached == 0 { try region.destroy() } else { try region.region.destroy() }
    return CollectResult(
      output: output, metrics: metrics, total: total,
      nestedLosses: metrics.lanes.reduce(0) { $0 &+ $1.metrics.nestedLosses },
      exitCode: program.end?.exitCode ?? 1, leftAttached: attached, seconds: seconds)
  }

  /// What the program finds in its environment; see tracer_instrument.h.
  private func variables(_ region: TracerRegion) -> [(name: String, value: String)] {
    let place =
      switch plan.backing {
      case .anonymous, .memfd: "fd:\(region.region.passableDescriptor ?? -1)"
      case .shm(let name): "shm:\(name)"
      case .file(let path): "file:\(path)"
      }
    var variables = [
      (name: "TRACER_SHM_REGION", value: place),
      (name: "TRACER_SHM_FORK", value: plan.followsForks ? "attach" : "detach"),
    ]
    if plan.prefaults { variables.append((name: "TRACER_SHM_PREFAULT", value: "1")) }
    if let preload = plan.preload { variables.append((name: "LD_PRELOAD", value: preload)) }
    return variables
  }

  private func monotonicSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }
}
