// `recover --takeover`: to be the region's controller for as long as it takes to bring an output up
// to date, exactly once. Alone in `recover`, this changes the region: rings are given back, slots
// of the dead are freed. It never deletes it.

import Glibc
import HardwareMemory
import TracerCore
import TracerShm

enum Takeover {
  private typealias Accounts = [LaneIdentifier: LaneAccount]

  /// Living agents go on writing: after so many passes the rest is for the next controller.
  private static let mostPasses = 64

  /// Drains a region into a trace file that is begun, or resumed behind its last whole block.
  static func run(
    _ backing: RegionBacking, into path: String, options: TraceFileOptions
  ) throws(BenchError) -> String {
    do {
      let region = try TracerRegion.open(backing)
      let isNew = TraceFileReader.files(of: path).allSatisfy { access($0, F_OK) != 0 }
      // First its lock: a living controller's output is not touched.
      var output = try TraceFileWriter(
        resuming: path, session: region.region.superblock.session, options: options)
      let before = output.accounts
      do { try bringUpToDate(&output, backing, region) } catch {
        // Refused, as a rule beside a living controller: nothing of this run stays.
        if isNew, output.accounts.isEmpty { unlink(path) }
        throw error
      }
      try output.close()
      return summary(before, output.accounts)
    } catch { throw .operation("\(error)") }
  }

  private static func bringUpToDate(
    _ output: inout TraceFileWriter, _ backing: RegionBacking, _ region: TracerRegion
  ) throws {
    var accounts = output.accounts
    for lane in lanes(of: region) where accounts[lane.identifier] == nil {
      accounts[lane.identifier] = lane.accountWithoutOutput
    }
    do { try drain(region, &output, resuming: accounts) } catch TracerError.earlierBoot {
      // Nobody can control it any more, so that the output's lock is enough.
      let copy = try PostMortem(backing)
      let before = output.accounts
      for thread in copy.threads { try output.write(thread) }
      _ = try copy.recover(resuming: { before[$0] ?? .beginningAnywhere }, into: &output)
    }
  }

  private static func drain(
    _ region: TracerRegion, _ output: inout TraceFileWriter, resuming accounts: Accounts
  ) throws {
    var controller = try Controller(region, resuming: accounts)
    for _ in 0..<mostPasses {
      if try controller.drainCopying(into: &output).isIdle { break }
    }
    let beginnings = beginnings(region, output.accounts)
    _ = try controller.snapshotActive(into: &output)
    // Only this controller frees slots: of one that is free behind that pass, nobody has written to
    // the lanes since before it (pairs with the fence of `ThreadSlots.claim`).
    for (lane, account) in beginnings
    where output.accounts[lane.identifier] == nil
      && region.lanes.slots.state(of: lane.identifier.slot).phase == .free
    {
      try lane.write(account, since: 0, into: &output)
    }
    controller.close()
  }

  /// What came before the output in lanes that it has nothing of: all of it is drained already.
  private static func beginnings(
    _ region: TracerRegion, _ known: Accounts
  ) -> [(Lane<HardwareMemory>, LaneAccount)] {
    lanes(of: region).filter { known[$0.identifier] == nil }.compactMap { lane in
      let metrics = lane.metrics()
      guard metrics.attempts > 0 else { return nil }
      return (lane, LaneAccount(beginningAt: metrics.attempts, losses: metrics.losses))
    }
  }

  private static func lanes(of region: TracerRegion) -> [Lane<HardwareMemory>] {
    (0..<region.lanes.slots.count).flatMap { slot in
      LaneKind.allCases.map { region.lanes.lane(slot, $0) }
    }
  }

  private static func summary(_ before: Accounts, _ after: Accounts) -> String {
    func sum(_ accounts: Accounts, _ value: (LaneAccount) -> UInt64) -> UInt64 {
      accounts.values.reduce(0) { $0 &+ value($1) }
    }
    let drained = sum(after, \.drained)
    return "\(drained &- sum(before, \.drained)) records added, \(drained) in all, "
      + "\(sum(after, \.losses.total)) lost, \(sum(after, \.overwritten)) overwritten, "
      + "\(sum(after, \.unaccounted)) before this file"
  }
}
