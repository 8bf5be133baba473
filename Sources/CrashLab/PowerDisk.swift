// The disk under a running agent and controller: what it has of the region for sure, what it may
// have besides, which frames of the output it has, and what was promised about it meanwhile.
//
//   agent ── each access ──▶ observe
//   controller ─▶ SharedRegion.synchronise ─▶ msync ─▶ didSynchronise ─▶ the range is on the disk
//              ─▶ TraceFileWriter.write ─▶ fdatasync ─▶ didSynchronise ─▶ the frame is on the disk
//
// Told by the shipped code's own calls; one thread does everything.

import HardwareMemory
import MemoryInterface
import TracerCore
import TracerShm

/// One use of one ring.
struct RingUse: Hashable {
  var lane: UInt64
  var generation: UInt64
}

/// Region and output as the disk has them. One thread.
///
/// Unchecked, since the options that carry its callbacks may go to any thread; these never do.
final class PowerDisk: @unchecked Sendable {
  private var region: SharedRegion?
  private var lanes: Lanes<HardwareMemory>?
  private(set) var history: PageHistory?
  /// Frames that the disk has, and their records by lane.
  private(set) var accounts: [UInt64: LaneAccount] = [:]
  private(set) var outputs: [UInt64: Set<UInt64>] = [:]
  /// Frames on their way.
  private var written: [CrashFrame] = []
  /// The numbers of the records in each ring at its seal.
  private var seals: [RingUse: [UInt64]] = [:]
  /// Rings whose header says that they are on the disk.
  private var claims: Set<RingUse> = []
  /// Rings that the controller's caller was told of.
  private(set) var promises: Set<RingUse> = []
  /// Called before and after everything that the disk gets for sure.
  var atMoment: (() -> Void)?
  /// Called before each access of the agent.
  var atAccess: (() -> Void)?

  /// Puts a region that is on the disk, since it was just made, under observation.
  func watch(_ region: TracerRegion) {
    self.region = region.region
    lanes = region.lanes
    history = withFile { PageHistory($0) }
  }

  /// Lets go of the region.
  func unwatch() {
    atMoment = nil
    atAccess = nil
    region = nil
    lanes = nil
  }

  private func withFile<Result>(_ body: (RawSpan) -> Result) -> Result? {
    guard let region else { return nil }
    return region.withPayload { payload in
      payload.advanced(by: -region.superblock.payloadOffset)
        .withPayload(at: 0, byteCount: region.byteCount, body)
    }
  }

  /// Somebody may have stored something.
  func observe() { _ = withFile { history?.observe($0) } }

  /// The agent is about to access the region.
  func agentAccess() {
    observe()
    atAccess?()
  }

  /// The disk has a range of the region.
  func regionSynchronised(_ range: Range<Int>) {
    observe()
    atMoment?()
    history?.synchronise(range)
    noteClaims()
    atMoment?()
  }

  /// The disk has all frames written.
  func outputSynchronised() {
    observe()
    atMoment?()
    for frame in written {
      accounts[frame.lane] = frame.account
      outputs[frame.lane, default: []].formUnion(frame.sequences)
    }
    written = []
    atMoment?()
  }

  /// A frame is about to be written.
  func write(_ frame: CrashFrame) { written.append(frame) }

  /// A ring is about to be sealed.
  func seal(_ ring: SealedRing<HardwareMemory>) {
    var sequences: [UInt64] = []
    let records = LaneRecords(
      memory: ring.memory, offset: ring.recordsOffset, byteCount: ring.byteCount,
      firstSequence: ring.identity.4)
    do throws(LaneCorruption) {
      try records.forEach { _, _, sequence in sequences.append(sequence) }
    } catch { preconditionFailure("the agent is honest: \(error)") }
    seals[RingUse(lane: ring.identity.0, generation: ring.identity.3)] = sequences
  }

  /// The records that a ring held at its seal; `nil` where it never was sealed.
  func sealed(_ use: RingUse) -> [UInt64]? { seals[use] }

  private func noteClaims() {
    guard let lanes else { return }
    for (use, ring) in lanes.ringUses where ring.loadSynced() == use.generation {
      claims.insert(use)
    }
  }

  /// The controller reports rings as synced: those that it said of since the last report.
  func report(syncedRings: Int) throws(CrashFinding) {
    let reported = claims.subtracting(promises)
    guard reported.count == syncedRings else {
      throw CrashFinding(
        .syncedRingsSurvive, "\(syncedRings) rings reported as synced, \(reported.count) are")
    }
    promises = claims
  }
}

extension Lanes where Memory == HardwareMemory {
  /// Every ring that was ever used, by lane and generation.
  var ringUses: [(use: RingUse, ring: LaneRing<HardwareMemory>)] {
    var found: [(use: RingUse, ring: LaneRing<HardwareMemory>)] = []
    for slot in 0..<geometry.threadSlots {
      for kind in LaneKind.allCases {
        let lane = lane(slot, kind)
        for ring in (0..<lane.geometry.ringCount).map(lane.ring) {
          let use = RingUse(lane: lane.identifier.number, generation: ring.loadGeneration())
          if use.generation > 0 { found.append((use, ring)) }
        }
      }
    }
    return found
  }
}
