// `recover --takeover`: to be the region's controller for as long as it takes to bring an output up
// to date, exactly once. Alone in `recover`, this changes the region: rings are given back, slots
// of the dead are freed. It never deletes it.

import HardwareMemory
import TracerCore
import TracerShm

enum Takeover {
  /// Living agents go on writing: after so many passes the rest is for the next controller.
  private static let mostPasses = 64

  /// Drains a region into a trace file that is begun, or resumed behind its last whole block.
  static func run(_ backing: RegionBacking, into path: String) throws(BenchError) -> String {
    do {
      let region = try TracerRegion.open(backing)
      // First its lock: a living controller's output is not touched.
      var output = try TraceFileWriter(
        resuming: path, session: region.region.superblock.session)
      let before = output.accounts
      do { try drain(region, &output, resuming: before) } catch TracerError.earlierBoot {
        // Nobody can control it any more, so that the output's lock is enough.
        let copy = try PostMortem(backing)
        for thread in copy.threads { try output.write(thread) }
        _ = try copy.recover(resuming: { before[$0] ?? LaneAccount() }, into: &output)
      }
      try output.close()
      return summary(before, output.accounts)
    } catch { throw .operation("\(error)") }
  }

  private static func drain(
    _ region: TracerRegion, _ output: inout TraceFileWriter,
    resuming accounts: [LaneIdentifier: LaneAccount]
  ) throws {
    var controller = try Controller(region, resuming: accounts)
    for _ in 0..<mostPasses {
      if try controller.drainCopying(into: &output).isIdle { break }
    }
    _ = try controller.snapshotActive(into: &output)
    controller.close()
  }

  private static func summary(
    _ before: [LaneIdentifier: LaneAccount], _ after: [LaneIdentifier: LaneAccount]
  ) -> String {
    func drained(_ accounts: [LaneIdentifier: LaneAccount]) -> UInt64 {
      accounts.values.reduce(0) { $0 &+ $1.drained }
    }
    let lost = after.values.reduce(0) { $0 &+ $1.losses.total }
    let overwritten = after.values.reduce(0) { $0 &+ $1.overwritten }
    return "\(drained(after) &- drained(before)) records added, \(drained(after)) in all, "
      + "\(lost) lost, \(overwritten) overwritten"
  }
}
