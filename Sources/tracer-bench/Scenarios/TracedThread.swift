// The traced thread of a tracing run: events with timestamps, as fast as it can or at a rate.

import CPlatform
import HardwareMemory
import Harness
import MemoryInterface
import TracerCore
import TracerShm

/// How a traced thread goes about it.
struct TracedLoad: BitwiseCopyable {
  /// Ticks from its first event to its last.
  var ticks: UInt64
  /// Ticks between events on average; zero: as fast as it can.
  var ticksPerEvent: Double = 0
  /// The event to write wrong, so that the check is seen to fail.
  var spoiledEvent = UInt64.max
}

/// What a traced thread counted, outside of the region.
struct TracedCounts: BitwiseCopyable {
  var attempts: UInt64 = 0
  var lost: UInt64 = 0
  var startNanoseconds: UInt64 = 0
  var endNanoseconds: UInt64 = 0
}

enum TracedThread {
  /// Events between two looks at the clock. At 30 M/s they take 2 µs: the pace is even.
  private static let block: UInt64 = 64

  /// Attaches, traces and leaves.
  static func run(
    _ region: TracerRegion, _ load: TracedLoad, _ board: TracingBoard
  ) throws -> TracedCounts {
    let agent = try Agent(region)
    var thread = try agent.attachThread()
    var counts = TracedCounts()
    counts.startNanoseconds = MonotonicTime.nanoseconds()
    trace(&thread, load, board, &counts)
    counts.endNanoseconds = MonotonicTime.nanoseconds()
    thread.detach()
    return counts
  }

  @inline(never)
  private static func trace(
    _ thread: inout AgentThread, _ load: TracedLoad, _ board: TracingBoard,
    _ counts: inout TracedCounts
  ) {
    var number: UInt64 = 0
    var lost: UInt64 = 0
    let start = platform_counter()
    var now = start
    while now &- start < load.ticks, !board.isStopped {
      if load.ticksPerEvent > 0 {
        let due = start &+ UInt64(Double(number) * load.ticksPerEvent)
        while platform_counter() < due { platform_pause() }
      }
      for _ in 0..<block {
        now = platform_counter()
        let contents = number == load.spoiledEvent ? ~number : number
        let outcome = thread.writeIndex(
          type: TracedEvent.type, timestamp: now, byteCount: TracedEvent.payloadByteCount
        ) { TracedEvent.fill($0, $1, contents) }
        if case .lost = outcome { lost &+= 1 }
        number &+= 1
      }
    }
    counts.attempts = number
    counts.lost = lost
  }
}
