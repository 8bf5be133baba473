// What a power cut has left, read by the shipped post-mortem in another boot of the machine, and
// held against what was promised before.

import Glibc
import HardwareMemory
import TracerCore
import TracerShm

/// Writes images of a region and recovers them.
struct PowerCheck {
  /// None that a machine has: the region was made in an earlier one.
  private static let laterBoot = UniqueID(high: 0x706F_7765_7200_4000, low: 1 << 63)

  private let superblock: Superblock
  private let world: CrashWorld<HardwareMemory>
  private let path: String
  private let descriptor: Int32

  /// - Parameters:
  ///   - world: the lanes and the agent's notes as they stand in memory.
  ///   - path: of a file that images are written to.
  init(
    _ superblock: Superblock, _ world: CrashWorld<HardwareMemory>, path: String, descriptor: Int32
  ) {
    self.superblock = superblock
    self.world = world
    self.path = path
    self.descriptor = descriptor
  }

  /// Recovers one image beside what the disk has of the output.
  func check(_ image: [UInt64], _ disk: PowerDisk) throws(CrashFinding) {
    write(image)
    let postMortem: PostMortem
    do throws(PostMortemError) {
      postMortem = try PostMortem(.file(path: path), boot: PowerCheck.laterBoot)
    } catch { throw CrashFinding(.regionStaysReadable, "\(error)") }
    guard postMortem.superblock == superblock, postMortem.identity != nil else {
      throw CrashFinding(.regionStaysReadable, "\(postMortem.superblock)")
    }
    var output = NumbersOutput()
    let recoveries = postMortem.recover(
      resuming: { disk.accounts[$0.number] ?? LaneAccount() }, into: &output)
    var recovered: [UInt64: Set<UInt64>] = [:]
    for recovery in recoveries {
      let lane = recovery.lane.number
      let found = output.sequences[lane] ?? []
      try check(found, recovery, outputAccount: disk.accounts[lane] ?? LaneAccount())
      recovered[lane] = Set(found)
    }
    func isThere(_ use: RingUse, _ sequence: UInt64) -> Bool {
      recovered[use.lane]?.contains(sequence) == true
        || disk.outputs[use.lane]?.contains(sequence) == true
    }
    for use in disk.promises {
      guard disk.sealed(use)?.allSatisfy({ isThere(use, $0) }) == true else {
        throw lost(use, "reported as synced", recoveries)
      }
    }
    for (use, ring) in postMortem.lanes.ringUses where ring.loadSynced() == use.generation {
      guard disk.sealed(use)?.allSatisfy({ isThere(use, $0) }) == true else {
        throw lost(use, "synced by its header", recoveries)
      }
    }
  }

  private func write(_ image: [UInt64]) {
    let done = image.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    precondition(done == 8 * image.count, "a file of a few pages can be written")
  }

  private func lost(_ use: RingUse, _ claim: String, _ recoveries: [LaneRecovery]) -> CrashFinding {
    let rings = recoveries.first { $0.lane.number == use.lane }?.rings ?? []
    let verdict = rings.first { $0.generation == use.generation }.map { "\($0.verdict)" }
    return CrashFinding(
      .syncedRingsSurvive,
      "lane \(use.lane), generation \(use.generation), \(claim): \(verdict ?? "not found")")
  }

  /// The records of one lane, and its account.
  private func check(
    _ found: [UInt64], _ recovery: LaneRecovery, outputAccount: LaneAccount
  ) throws(CrashFinding) {
    let lane = recovery.lane
    let account = recovery.account
    guard !found.contains(CrashFrame.torn) else {
      throw CrashFinding(.noRecordIsTorn, "\(lane): \(found)")
    }
    guard zip([outputAccount.nextSequence] + found.map { $0 + 1 }, found).allSatisfy({ $0 <= $1 })
    else {
      throw CrashFinding(
        .exactlyOnce, "\(lane): \(found) behind \(outputAccount.nextSequence) in the output")
    }
    let notes = world.notes(lane)
    guard let invented = found.first(where: { !notes.hasAccepted($0) }) else {
      return try check(account, of: lane, drained: outputAccount.drained + UInt64(found.count))
    }
    throw CrashFinding(.noRecordIsTorn, "\(lane): \(invented) was never accepted")
  }

  /// What the account speaks of, it says right. Attempts behind it are those whose counter did not
  /// reach the disk: of them it says nothing.
  private func check(
    _ account: LaneAccount, of lane: LaneIdentifier, drained: UInt64
  ) throws(CrashFinding) {
    let notes = world.notes(lane)
    guard LaneInvariant.everyAttemptAccountedFor(account), account.drained == drained,
      // The disk may have the counter from the middle of a reservation that was taken back since.
      account.nextSequence <= notes.begun + 1, account.inFlight <= 1, account.unaccounted == 0,
      account.losses.total <= notes.lost + 1
    else {
      throw CrashFinding(
        .everyAttemptAccountedFor,
        "\(lane): \(account), \(drained) records, \(notes.begun) attempts")
    }
  }
}

extension LaneNotes {
  /// Whether a record's write returned. The list is in order.
  func hasAccepted(_ sequence: UInt64) -> Bool {
    var range = 0..<acceptedCount
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if accepted(middle) == sequence { return true }
      range =
        accepted(middle) < sequence ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
    }
    return false
  }
}
