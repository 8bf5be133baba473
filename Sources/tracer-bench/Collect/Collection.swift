// One run of `collect`: the region, the program, the controller that drains until all is over, and
// what it comes to.
//
//     region ─▶ trace file ─▶ program ─▶ drain, wait, … ─▶ program ended, no thread attached,
//                                                          with --forks no descendant left
//                                                             │
//                    region destroyed ◀─ summary ◀─ names ◀── all slots closed: it is empty
//
// Synchronous, one thread. Whatever fails before the program is started leaves nothing behind. From
// then on a region is destroyed when every slot was seen free, which only a drain makes them, and no
// thread comes to one any more; in all other cases it is kept, and it is said how to get at the rest.

import CPlatform
import Glibc
import Harness
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
  /// Full rings, and the output before a ring is used again, are on the disk: a power cut loses what
  /// was in rings that were not full.
  var synchronises: Bool
}

/// What came of a run.
struct CollectResult {
  var output: CollectOutput
  var names: FunctionNames
  var metrics: TracerMetrics
  /// Losses and the like, of all lanes.
  var total: LaneAccount
  var nestedLosses: UInt64
  var exitCode: Int32 = 1
  /// Threads of living processes were still attached when a signal ended the collection.
  var leftAttached: Int
  /// So were processes that were followed, attached or not.
  var leftProcesses: Bool
  /// What became of records that were not drained, if there can be any.
  var rest: String?
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
    let file: TraceFileWriter
    let controller: Controller
    do {
      controller = try Controller(region)
    } catch {
      try? region.destroy()
      throw error
    }
    do {
      file = try makeFile(region)
    } catch {
      Collection.discard(region, controller)
      throw error
    }
    let start = MonotonicTime.nanoseconds()
    var program: TracedProgram
    do {
      program = try TracedProgram(
        plan.program, variables: variables(region), inheriting: region.region.passableDescriptor,
        follows: plan.followsForks)
    } catch {
      unlink(plan.output)
      Collection.discard(region, controller)
      throw error
    }
    do {
      var result = try collect(controller, region, file, &program)
      result.exitCode = program.end?.exitCode ?? 1
      result.seconds = Double(MonotonicTime.nanoseconds() - start) / 1e9
      return result
    } catch {
      try? file.close()
      let goesOn = program.end == nil ? "; the program goes on, untraced" : ""
      StandardError.print("tracer-bench: \(error)\(goesOn)")
      StandardError.print("tracer-bench: \(rest(of: region))")
      // It is not left behind: what started it waits for it.
      while !program.hasEnded() { usleep(Collection.stepMicroseconds) }
      throw OutputFailed()
    }
  }

  /// Removes a region that no program has seen.
  private static func discard(_ region: TracerRegion, _ controller: consuming Controller) {
    controller.close()
    try? region.destroy()
  }

  private func makeRegion() throws -> TracerRegion {
    var options = TracerOptions(geometry: plan.geometry, waking: .eventfd)
    if plan.synchronises { options.region.syncPolicy = .everyRing }
    do throws(TracerError) {
      return try TracerRegion.create(plan.backing, options: options)
    } catch { throw BenchError.operation("\(error)") }
  }

  private func makeFile(_ region: TracerRegion) throws -> TraceFileWriter {
    var options = TraceFileOptions()
    options.synchronisesFrames = plan.synchronises
    do throws(TraceFileError) {
      return try TraceFileWriter(
        creating: plan.output, session: region.region.superblock.session, options: options)
    } catch { throw BenchError.operation("\(error)") }
  }

  /// Drains until all is over. Whatever it throws, the region stays and has no controller.
  private func collect(
    _ controller: consuming Controller, _ region: TracerRegion, _ file: TraceFileWriter,
    _ program: inout TracedProgram
  ) throws -> CollectResult {
    var output = CollectOutput(file: file, region: region)
    var attached = 0
    var isEmpty = false
    while !isEmpty {
      // Looked at before the drain: what the program wrote last is then in it.
      let hasEnded = program.hasEnded() && !(plan.followsForks && program.hasDescendants)
      let report = try controller.drain(into: &output)
      output.lookForModules()
      attached = report.pass.attachedThreads
      guard report.isIdle else { continue }
      let isGivenUp = program.end != nil && platform_traced_signals() > 0
      if attached == 0, hasEnded || isGivenUp {
        isEmpty = region.lanes.slots.close()
        if !isEmpty { region.lanes.slots.reopen() }
        // A program has spoilt the word of a slot, which nobody can free then.
        if region.lanes.slots.hasInvalid { break }
      } else if isGivenUp {
        _ = try controller.snapshotActive(into: &output)
        break
      }
      if !isEmpty { _ = controller.wait(timeoutNanoseconds: Collection.stepNanoseconds) }
    }
    let names = FunctionNames(output.images.ages)
    try file.write(symbols: names.symbols)
    try file.close()
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
    if isEmpty { try region.destroy() }
    return CollectResult(
      output: output, names: names, metrics: metrics, total: total,
      nestedLosses: metrics.lanes.reduce(0) { $0 &+ $1.metrics.nestedLosses },
      leftAttached: attached, leftProcesses: plan.followsForks && program.hasDescendants,
      rest: isEmpty ? nil : rest(of: region), seconds: 0)
  }

  /// Where records are that were not drained.
  private func rest(of region: TracerRegion) -> String {
    let place: String
    switch plan.backing {
    case .anonymous, .memfd:
      let metrics = region.metrics()
      let known = metrics.drainedRecords &+ metrics.lostRecords
      let count = metrics.attempts > known ? metrics.attempts - known : 0
      return "the region has no name to keep it by: \(count) records are lost with it, and what is "
        + "traced from now on"
    case .shm(let name): place = "--shm \(name)"
    case .file(let path): place = path
    }
    return "\(plan.backing) stays, with what is not drained: tracer-bench recover \(place) "
      + "--takeover --format binary --output \(plan.output)"
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
    if let preload = plan.preload {
      // In front of what the user has loaded first.
      let others = getenv("LD_PRELOAD").map { ":" + String(cString: $0) } ?? ""
      variables.append((name: "LD_PRELOAD", value: preload + others))
    }
    return variables
  }
}

extension ThreadSlots {
  /// Whether any slot's word is none.
  fileprivate var hasInvalid: Bool { (0..<count).contains { state(of: $0).phase == nil } }
}
