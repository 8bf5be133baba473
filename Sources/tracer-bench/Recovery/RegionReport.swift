// What `inspect` says of a region with lanes, as values: printed as tables or as JSON.

import TracerCore
import TracerShm

/// A region at one moment, as far as people want to know.
struct RegionReport: Encodable {
  /// The header of the region, and the file's owner.
  struct Header: Encodable {
    var version: String
    var contents: String
    var regionByteCount: Int
    var pageByteCount: Int
    var payloadOffset: Int
    var boot: String
    var creationTimeNanoseconds: UInt64
    var owner: UInt32
    var mode: UInt32

    init(_ header: RegionInspection) {
      let superblock = header.superblock
      version = superblock.version.description
      contents = superblock.contents.description
      regionByteCount = superblock.regionByteCount
      pageByteCount = superblock.pageByteCount
      payloadOffset = superblock.payloadOffset
      boot = superblock.boot.description
      creationTimeNanoseconds = superblock.creationTimeNanoseconds
      owner = header.owner
      mode = header.mode
    }
  }

  /// A process and whether it runs.
  struct Process: Encodable {
    var pid: UInt32
    var startTimeTicks: UInt64
    var isRunning: Bool

    init?(_ process: ProcessIdentity?, isSameBoot: Bool) {
      guard let process else { return nil }
      pid = process.pid
      startTimeTicks = process.startTimeTicks
      isRunning = isSameBoot && process.isRunning
    }
  }

  /// A thread slot in use, or left.
  struct Slot: Encodable {
    var slot: Int
    var state: String
    var epoch: UInt64
    var pid: UInt32?
    var startTimeTicks: UInt64?
    var thread: UInt64
  }

  /// One ring that is or was in use.
  struct Ring: Encodable {
    var ring: Int
    var generation: UInt64
    var state: String
    var owner: String
    var firstSequence: UInt64
    var committedBytes: Int?
    var records: UInt64
    var finding: String
  }

  /// One lane.
  struct Lane: Encodable {
    var slot: Int
    var lane: String
    var attempts: UInt64
    /// Drained by controllers, or otherwise before the oldest record that is left.
    var before: UInt64
    var resident: UInt64
    var lost: LossReport
    var overwritten: UInt64
    var inFlight: UInt64
    /// Attempts whose fate is open, since the writer may be in the middle of them.
    var open: UInt64
    /// The sum is right: every attempt is accounted for.
    var isComplete: Bool
    var nestedLosses: UInt64
    var drainedRecords: UInt64
    var drainedRings: UInt64
    var submittedRings: UInt64
    var recycledRings: UInt64
    var marks: UInt64
    var marksServed: UInt64
    var isQuarantined: Bool
    var rings: [Ring]
    var holes: [HoleReport]
  }

  var region: String
  var superblock: Header
  var session: String
  var isSnapshot: Bool
  var isSameBoot: Bool
  var missingBytes: Int
  var unsettledRings: Int
  var epoch: UInt64?
  var agent: Process?
  var controller: Process?
  var threadSlots: Int
  var slotlessAttempts: UInt64
  var slots: [Slot]
  var lanes: [Lane]
}

extension RegionReport {
  init(_ header: RegionInspection, _ region: PostMortem, _ recoveries: [LaneRecovery]) {
    self.region = region.place
    superblock = Header(header)
    session = region.superblock.session.description
    isSnapshot = region.isSnapshot
    isSameBoot = region.isSameBoot
    missingBytes = region.missingBytes
    unsettledRings = region.unsettledRings
    epoch = region.identity?.epoch
    agent = Process(region.identity?.agent, isSameBoot: region.isSameBoot)
    controller = Process(region.identity?.controller, isSameBoot: region.isSameBoot)
    threadSlots = region.lanes.geometry.threadSlots
    slotlessAttempts = region.lanes.slots.slotlessAttempts
    slots = region.owners.filter { $0.standing != .free }.map { owner in
      Slot(
        slot: owner.slot, state: owner.standing.rawValue, epoch: owner.state.epoch,
        pid: owner.process?.pid, startTimeTicks: owner.process?.startTimeTicks,
        thread: owner.thread)
    }
    let inUse = Set(slots.map(\.slot))
    lanes = recoveries.filter { $0.attempts > 0 || inUse.contains($0.lane.slot) }.map { found in
      Lane(found, region.lanes.lane(found.lane.slot, found.lane.kind).metrics())
    }
  }
}

extension RegionReport.Lane {
  init(_ found: LaneRecovery, _ metrics: LaneMetrics) {
    slot = found.lane.slot
    lane = "\(found.lane.kind)"
    attempts = found.attempts
    let account = found.account
    before = account.unaccounted
    resident = found.resident
    lost = LossReport(account.losses)
    overwritten = account.overwritten
    inFlight = account.inFlight
    open = account.total <= found.attempts ? found.attempts - account.total : 0
    isComplete = account.total &+ open == found.attempts
    nestedLosses = metrics.nestedLosses
    drainedRecords = metrics.drainedRecords
    drainedRings = metrics.drainedRings
    submittedRings = metrics.submittedRings
    recycledRings = metrics.recycledRings
    marks = metrics.marks
    marksServed = metrics.marksServed
    isQuarantined = metrics.isQuarantined
    rings = found.rings.filter { $0.generation != 0 || $0.verdict.isLoss }.map(
      RegionReport.Ring.init)
    holes = found.holes.map(HoleReport.init)
  }
}

extension RegionReport.Ring {
  init(_ found: RecoveredRing) {
    ring = found.index
    generation = found.generation
    state = "\(found.state)"
    owner =
      switch found.state {
      case .free, .active, .retained: "agent"
      case .submitted: "controller"
      }
    firstSequence = found.firstSequence
    committedBytes = found.committed
    records = found.recordCount
    finding =
      switch found.verdict {
      case .nothing: ""
      case .recovered: ""
      case .damaged(let corruption): "damaged: \(corruption)"
      case .refused(let corruption): "refused: \(corruption)"
      case .unsealed: "not sealed"
      case .checksumMismatch: "other bytes than were sealed"
      }
  }
}
