// How long recovery of a large region takes: an agent fills every ring, dies, and is recovered by a
// controller into a trace file, and by a post-mortem.

import Glibc
import Harness
import HardwareMemory
import TracerCore
public import TracerShm

/// What recovering a large region took.
public struct RecoveryTime: Sendable {
  /// Bytes of the region.
  public var regionByteCount = 0
  /// Records recovered, the same number by both.
  public var records: UInt64 = 0
  /// By a read-only post-mortem that hands every record out.
  public var postMortemNanoseconds: UInt64 = 0
  /// By a controller that takes over, into a trace file on tmpfs.
  public var controllerNanoseconds: UInt64 = 0

  /// Sixteen threads with four megabytes each.
  private static func geometry() throws(LaneLayoutError) -> LanesGeometry {
    let ringByteCount = 64 << 10
    return try LanesGeometry(
      threadSlots: 16, index: .index(ringCount: 32, ringByteCount: ringByteCount),
      detail: .detail(
        ringCount: 32, ringByteCount: ringByteCount, historyRings: 31, postRecords: 0))
  }

  /// Fills a region of 64 MiB in a victim, kills it, and recovers it twice.
  ///
  /// - Parameters:
  ///   - backing: a kind with a name.
  ///   - outputPath: where the trace file goes, and is removed from again.
  public static func measure(
    _ backing: RegionBacking, outputPath: String
  ) throws -> RecoveryTime {
    try TransientNames.holding(backing, outputPath) { backing, output in
      let options = TracerOptions(geometry: try geometry())
      let region = try TracerRegion.create(backing, options: options)
      defer { try? region.destroy() }
      let victim = try WorkerProcess.start(name: "filler") { context in
        let threads = try fill(region)
        try context.send(StepReply())
        // Until it is killed: threads that go would leave in order.
        while !threads.isEmpty { pause() }
        return 0
      }
      // A minute: the slowest machine fills 64 MiB in less.
      _ = try victim.receive(placeholder: StepReply(), deadlineNanoseconds: 60_000_000_000)
      victim.kill()
      return try recover(region, output)
    }
  }

  /// Attaches as many threads as there are slots, and writes until nothing is taken any more.
  private static func fill(_ region: TracerRegion) throws -> [ThreadBox] {
    let agent = try Agent(region)
    var threads: [ThreadBox] = []
    for _ in 0..<region.lanes.slots.count {
      let thread = ThreadBox(try agent.attachThread())
      while thread.value.writeIndex(type: 1, timestamp: 0, 1, 2) == .written {}
      // The detail lane recycles when it is full: one lap less.
      let geometry = region.lanes.geometry.detail
      for _ in 0..<(geometry.ringCount - 1) * (geometry.ringByteCount / 32) {
        _ = thread.value.writeDetail(type: 1, timestamp: 0, 1, 2)
      }
      threads.append(thread)
    }
    return threads
  }

  /// Arrays hold nothing that cannot be copied.
  private final class ThreadBox {
    var value: AgentThread
    init(_ value: consuming AgentThread) { self.value = value }
  }

  private struct Counting: LaneOutput {
    var records: UInt64 = 0
    mutating func write(
      _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
    ) throws(Never) {
      self.records += frame.recordCount
    }
  }

  private static func recover(_ region: TracerRegion, _ path: String) throws -> RecoveryTime {
    var time = RecoveryTime()
    time.regionByteCount = region.region.byteCount
    var start = MonotonicTime.nanoseconds()
    var counting = Counting()
    _ = try PostMortem(region.region.backing).recover(into: &counting)
    time.postMortemNanoseconds = MonotonicTime.nanoseconds() - start

    start = MonotonicTime.nanoseconds()
    var output = try TraceFileWriter(creating: path, session: region.region.superblock.session)
    var controller = try Controller(region, resuming: output.accounts)
    while try !controller.drain(into: &output).isIdle {}
    try output.close()
    time.controllerNanoseconds = MonotonicTime.nanoseconds() - start
    time.records = (0..<region.lanes.slots.count).reduce(0) { sum, slot in
      LaneKind.allCases.reduce(sum) {
        $0 + controller.account(of: LaneIdentifier(slot: slot, kind: $1)).drained
      }
    }
    guard time.records == counting.records else {
      throw CrashFinding(
        .recoveryIsIdempotent,
        "a post-mortem found \(counting.records) records, the controller \(time.records)")
    }
    return time
  }
}
