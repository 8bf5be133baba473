// One run under the sync policy, and the power cuts that are tried on the way.
//
// The controller and its trace file are the library's, on a region in a file; the agent is the
// library's writer, looked at before each of its accesses. One thread plays both, so that a run
// follows from its seed: the agent goes on between the controller's passes and, within them,
// whenever the disk has got something.

import FaultMemory
import Glibc
import Harness
import HardwareMemory
import TracerCore
import TracerShm

/// A run, from an empty region to one that both sides have left. Used by one thread.
final class PowerRun {
  /// What is written, tried and kept.
  private enum Extent {
    /// Owners of the slot, one after the other, and what each of them does.
    static let owners = 2
    static let steps = 400
    /// One access in so many is a moment to cut at, besides every sync.
    static let accessesPerCut: UInt64 = 256
    /// Images in between the corners, of either kind.
    static let samples = 4
    static let ledger = CrashLedger.Size(lanes: 2, acceptedRecords: 1 << 14, logWords: 1)
  }

  private let disk = PowerDisk()
  private let region: TracerRegion
  private let world: CrashWorld<HardwareMemory>
  private let check: PowerCheck
  private var agent: AgentActor<FaultMemory>
  private var controller: Controller?
  private var output: PowerOutput
  /// Of the traffic, and of where and how to cut: neither disturbs the other.
  private var traffic: SplitMix64
  private var cutting: SplitMix64
  private var isAttached = false
  private var finding: CrashFinding?
  private(set) var cuts = 0
  private(set) var images = 0

  /// - Parameters:
  ///   - place: of the region; a file.
  ///   - outputPath: of the trace file.
  ///   - image: a file that what a cut leaves is written to.
  ///   - outputIsSafe: whether frames are on the disk when their write returns, as they have to be.
  init(
    seed: UInt64, place: RegionBacking, outputPath: String, image: (path: String, file: Int32),
    outputIsSafe: Bool = true
  ) throws {
    traffic = SplitMix64(seed: seed)
    cutting = SplitMix64(seed: seed ^ .max)
    let disk = disk
    var options = TracerOptions(
      geometry: PowerRun.geometry(traffic.next()), waking: .spin)
    options.region.syncPolicy = .everyRing
    options.region.didSynchronise = { disk.regionSynchronised($0) }
    region = try TracerRegion.create(place, options: options)
    disk.watch(region)
    let ledger = try CrashLedger(Extent.ledger)
    world = CrashWorld(lanes: region.lanes, ledger: ledger)
    check = PowerCheck(
      region.region.superblock, world, path: image.path, descriptor: image.file)
    var file = TraceFileOptions()
    file.synchronisesFrames = outputIsSafe
    file.didSynchronise = { disk.outputSynchronised() }
    output = PowerOutput(
      disk: disk,
      file: try TraceFileWriter(
        creating: outputPath, session: region.region.superblock.session, options: file))
    agent = try PowerRun.agent(region, ledger, disk)
    disk.atMoment = { [unowned self] in moment() }
    disk.atAccess = { [unowned self] in
      if cutting.next() % Extent.accessesPerCut == 0 { cut() }
    }
  }

  /// Rings of which some straddle pages, or rings of several pages.
  private static func geometry(_ number: UInt64) -> LanesGeometry {
    let (index, detail) = number % 3 == 0 ? (4096 + 1024, 2048) : (1024, 512)
    do throws(LaneLayoutError) {
      return try LanesGeometry(
        threadSlots: 1, index: .index(ringCount: 4, ringByteCount: index),
        detail: .detail(ringCount: 5, ringByteCount: detail, historyRings: 2, postRecords: 24))
    } catch { preconditionFailure("the lanes of a power run are valid: \(error)") }
  }

  private static func agent(
    _ region: TracerRegion, _ ledger: CrashLedger, _ disk: PowerDisk
  ) throws -> AgentActor<FaultMemory> {
    let payload = region.region.payload
    let plan = FaultPlan { disk.agentAccess() }
    let lanes = try Lanes(
      attaching: FaultMemory(payload, plan: plan), available: region.region.payloadByteCount)
    let process = ProcessIdentity.current
    return AgentActor(
      CrashWorld(lanes: lanes, ledger: ledger), owner: (process.pid, process.startTimeTicks)
    ) { ring in
      let ring = SealedRing(
        memory: payload, identity: ring.identity, losses: ring.losses,
        recordsOffset: ring.recordsOffset, byteCount: ring.byteCount)
      disk.seal(ring)
      return SealChecksum.compute(of: ring)
    }
  }

  /// Runs to the end, or to the first image that breaks a promise.
  func run() throws {
    defer {
      disk.unwatch()
      controller.take()?.close()
      try? region.destroy()
    }
    // Who comes says so in the header.
    _ = try Agent(region)
    disk.observe()
    controller = try Controller(region)
    for _ in 0..<Extent.owners {
      try agent.perform(.claim)
      isAttached = true
      for _ in 0..<Extent.steps {
        try perform(step())
        if traffic.next() % 8 == 0 { try pass() }
      }
      isAttached = false
      try agent.perform(.leave)
      while try !pass().isIdle {}
    }
    moment()
    if let finding { throw finding }
  }

  /// What the agent does next.
  private func step() -> CrashStep {
    switch traffic.next() % 64 {
    case 0..<32: .write
    case 32..<36: .copy
    case 36..<40: .reserve
    case 40: .cancel
    case 41: .tooLarge
    case 42: .mark
    case 43 where traffic.next() % 4 == 0: .flush
    default: .detail
    }
  }

  private func perform(_ step: CrashStep) throws {
    disk.observe()
    try agent.perform(step)
    if let finding { throw finding }
  }

  /// One pass of the controller.
  @discardableResult private func pass() throws -> LanePass {
    let kind = traffic.next() % 8
    if kind == 0 { _ = controller?.requestFlush() }
    let report =
      kind == 1
      ? try controller?.snapshotActive(into: &output) : try controller?.drain(into: &output)
    disk.observe()
    if let finding { throw finding }
    guard let report else { return LanePass() }
    guard report.pass.quarantinedLanes == 0, report.pass.damagedRings == 0 else {
      throw CrashFinding(.honestLaneIsClean, "\(report.pass)")
    }
    try disk.report(syncedRings: report.syncedRings)
    return report.pass
  }

  /// The disk has got something, or is about to: the power may fail. If it does not, the agent has
  /// gone on meanwhile.
  private func moment() {
    cut()
    guard isAttached, finding == nil else { return }
    for _ in 0..<traffic.next() % 4 {
      do throws(CrashFinding) { try agent.perform(step()) } catch { finding = error }
    }
    disk.observe()
  }

  /// Recovers what a power cut of this moment may leave.
  private func cut() {
    guard finding == nil, let history = disk.history else { return }
    cuts += 1
    let choices = PowerCut.choices(
      dirtyPages: history.dirtyPages, samples: Extent.samples, &cutting)
    for choice in choices {
      images += 1
      do throws(CrashFinding) { try check.check(history.image(choice), disk) } catch {
        finding = CrashFinding(error.guarantee, "cut \(cuts), \(choice): \(error.text)")
        return
      }
    }
  }
}

/// A trace file, with the disk told of what goes there.
private struct PowerOutput: LaneOutput {
  let disk: PowerDisk
  let file: TraceFileWriter

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws {
    var sequences: [UInt64] = []
    try records.forEach { _, _, sequence in sequences.append(sequence) }
    disk.write(
      CrashFrame(lane: frame.lane.number, account: frame.account, sequences: sequences))
    try file.write(frame, records)
  }
}
