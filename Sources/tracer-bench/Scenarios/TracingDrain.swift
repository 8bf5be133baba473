// The controller of a tracing run: drains to a file, every event checked on its way, until the
// traced thread has left and nothing is left of it.

import HardwareMemory
import Harness
import TracerCore
import TracerShm

/// Where the events of a run go.
struct TraceDestination {
  /// The file, in a folder of its own.
  var path: String
  /// The size at which a new file is begun, the last two being kept; `nil`: one file.
  var rotateByteCount: Int?
  /// The run ends when so much has been written.
  var mostBytes = UInt64.max
  /// Whether the time until the disk has everything counts.
  var isSynchronised = false
}

/// What the controller has to say at the end.
struct DrainCounts: BitwiseCopyable {
  /// What became of every attempt, by the sequence numbers.
  var accounted: UInt64 = 0
  var drained: UInt64 = 0
  var lost: UInt64 = 0
  /// Overwritten, in flight or before the account began: of each there is none here.
  var other: UInt64 = 0
  /// Events seen on their way, and the first wrong one.
  var checked: UInt64 = 0
  var bad: BadMessage?
  var isQuarantined = false
  var writtenBytes: UInt64 = 0
  /// When the last event was in the file; on the disk where that was asked for.
  var endNanoseconds: UInt64 = 0
}

enum TracingDrain {
  /// Longer than any wake-up, short enough that a finished run ends soon.
  private static let waitNanoseconds: UInt64 = 5_000_000

  /// Takes over the region, says so, and drains.
  static func run(
    _ region: TracerRegion, _ destination: TraceDestination, _ board: TracingBoard,
    whenReady ready: () throws -> Void
  ) throws -> DrainCounts {
    var controller = try Controller(region)
    var options = TraceFileOptions()
    options.rotateByteCount = destination.rotateByteCount
    let file = try TraceFileWriter(
      creating: destination.path, session: region.region.superblock.session, options: options)
    var output = EventCheck(file: file)
    try ready()
    var counts = DrainCounts()
    while true {
      let isFinishing = board.isFinishing
      let report = try controller.drain(into: &output)
      if report.records > 0 { counts.endNanoseconds = MonotonicTime.nanoseconds() }
      if file.writtenBytes >= destination.mostBytes { board.stop() }
      if !report.isIdle { continue }
      if isFinishing { break }
      _ = controller.wait(timeoutNanoseconds: waitNanoseconds)
    }
    if destination.isSynchronised {
      try file.synchronise()
      counts.endNanoseconds = MonotonicTime.nanoseconds()
    }
    try file.close()
    let lane = LaneIdentifier(slot: 0, kind: .index)
    let account = controller.account(of: lane)
    counts.accounted = account.nextSequence
    counts.drained = account.drained
    counts.lost = account.losses.total
    counts.other = account.overwritten &+ account.inFlight &+ account.unaccounted
    counts.isQuarantined = controller.quarantine(of: lane) != nil
    counts.checked = output.records
    counts.bad = output.bad
    counts.writtenBytes = file.writtenBytes
    return counts
  }
}

/// Reads a trace back and checks every event in it.
enum TraceReadBack {
  /// What is wrong, in words; `nil` where the files of `path` end with event `end` and hold what
  /// they should.
  ///
  /// - Parameter expected: events in all files together; `nil` where a rotation removed some.
  static func failure(path: String, end: UInt64, expected: UInt64?) throws -> String? {
    var found: UInt64 = 0
    var next: UInt64 = 0
    var bad: String?
    for file in TraceFileReader.files(of: path) {
      var reader = try TraceFileReader(file)
      while let block = try reader.next() {
        switch block {
        case .frame(let frame, let records):
          if bad == nil { bad = try check(frame, records, after: next) }
          found &+= frame.recordCount
          next = frame.account.nextSequence
        case .damage(let damage):
          return "damage at byte \(damage.offset) of the trace: \(damage.reason.rawValue)"
        default: break
        }
      }
    }
    if let bad { return bad }
    if next != end { return "the trace ends at event \(next) instead of \(end)" }
    guard expected == nil || found == expected else {
      return "the trace holds \(found) events instead of \(expected ?? 0)"
    }
    return nil
  }

  private static func check(
    _ frame: LaneFrame, _ records: TraceRecords, after next: UInt64
  ) throws -> String? {
    guard frame.recordCount == 0 || frame.firstSequence >= next else {
      return "a frame begins at event \(frame.firstSequence), behind \(next)"
    }
    var bad: String?
    try records.forEach { item, number, payload in
      guard case .record(let header) = item, bad == nil else { return }
      let offset = header.flags & RecordHeader.timestamped != 0 ? 8 : 0
      let isRight =
        header.type == TracedEvent.type
        && payload.byteCount == TracedEvent.payloadByteCount + offset
        && payload.unsafeLoad(fromByteOffset: offset, as: UInt64.self) == number
        && payload.unsafeLoad(fromByteOffset: offset + 8, as: UInt64.self) == ~number
      if !isRight { bad = "event \(number) of the trace has other contents than it was given" }
    }
    return bad
  }
}
