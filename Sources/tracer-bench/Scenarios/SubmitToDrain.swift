// How long an event takes from the thread that submits it to the output of a controller that waits.
//
//     traced thread                                controller
//       wait until the last event was drained        drain
//       a while of nothing                ◀───────   say so (drained)
//       event with the time, flush  ─────────────▶   wait: spin, event counter, semaphore
//                                                    output: now − the event's time
//
// The while is long enough that the controller has gone to sleep. Taken in are the event, the seal
// and submission of its ring, the wake-up and the pass that finds it.

import CPlatform
import HardwareMemory
import Harness
import MemoryInterface
import TracerCore
import TracerShm

/// Checks events and records how old they are when they arrive.
struct ArrivalOutput: LaneOutput {
  typealias Memory = HardwareMemory
  let ages: SharedHistogram
  var check = EventCheck()

  mutating func write(
    _ frame: LaneFrame, _ run: LaneRecords<HardwareMemory>
  ) throws(TraceFileError) {
    let now = platform_counter()
    // A damaged frame is found by the check.
    try? run.forEach { memory, record, _ in
      if record.isTimestamped {
        ages.record(now &- memory.loadPayload(at: record.payloadOffset))
      }
    }
    try check.write(frame, run)
  }
}

enum SubmitToDrain {
  /// Longest while of nothing before an event, in nanoseconds: a few times what a controller takes
  /// to fall asleep.
  private static let longestPause: UInt64 = 100_000
  /// A controller that waits longer asks whether the slice has ended.
  private static let waitNanoseconds: UInt64 = 1_000_000
  private static let edge = SyncEdge(907)

  /// A traced thread and its controller.
  static func variant(
    name: String, region: TracerRegion, placement: PairPlacement, ages: SharedHistogram,
    spoiledEvent: UInt64?
  ) -> LiveVariant {
    let thread = LiveMember(role: "traced thread", cpu: placement.producer) { group in
      let thread = Box(try Agent(region).attachThread())
      var sequence: UInt64 = 0
      return { context in
        trace(
          &thread.value, &sequence, drained: drained(group), SliceControl(group, context),
          context, spoiledEvent: spoiledEvent)
      }
    }
    let controller = LiveMember(role: "controller", cpu: placement.consumer) { group in
      let controller = Box(try Controller(region))
      var output = ArrivalOutput(ages: ages)
      return { context in
        try drain(
          &controller.value, &output, drained: drained(group), SliceControl(group, context))
      }
    }
    return LiveVariant(name: name, members: [thread, controller])
  }

  /// How many events were drained: stored by the controller, on a line of its own.
  private static func drained(_ group: GroupContext) -> HardwareWord {
    group.control.word(at: 1024)
  }

  private static func trace(
    _ thread: inout AgentThread, _ sequence: inout UInt64, drained: HardwareWord,
    _ control: SliceControl, _ context: SliceContext, spoiledEvent: UInt64?
  ) -> SliceReport {
    let first = sequence
    let start = platform_counter()
    let longestPause = context.clock.ticks(nanoseconds: longestPause)
    var random = SplitMix64(seed: UInt64(context.order))
    var isLast = false
    while !isLast, !control.isStopped {
      let resume = platform_counter() &+ random.next() % longestPause
      while platform_counter() < resume { platform_pause() }
      isLast = platform_counter() &- start >= context.ticks
      // Before the last event: whoever drains it knows that none follows.
      if isLast { control.end(at: sequence &+ 1) }
      let contents = sequence == spoiledEvent ? ~sequence : sequence
      _ = thread.writeIndex(
        type: TracedEvent.type, timestamp: platform_counter(),
        byteCount: TracedEvent.payloadByteCount
      ) { TracedEvent.fill($0, $1, contents) }
      _ = thread.flush()
      sequence &+= 1
      // Pairs with the release of `drain`.
      while drained.loadAcquire(edge) != sequence, !control.isStopped { platform_pause() }
    }
    return SliceReport(
      records: sequence &- first, bytes: 0,
      nanoseconds: context.clock.nanoseconds(ticks: platform_counter() &- start))
  }

  private static func drain(
    _ controller: inout Controller, _ output: inout ArrivalOutput, drained: HardwareWord,
    _ control: SliceControl
  ) throws -> SliceReport {
    let lane = LaneIdentifier(slot: 0, kind: .index)
    while true {
      let report = try controller.drain(into: &output)
      let account = controller.account(of: lane)
      if let bad = output.check.bad {
        control.stop()
        return SliceReport(bad)
      }
      guard LaneInvariant.everyAttemptAccountedFor(account),
        account.drained == account.nextSequence, account.drained == output.check.records
      else {
        control.stop()
        return SliceReport(
          .wrongCount(expected: account.nextSequence, found: output.check.records))
      }
      // Pairs with the acquire of `trace`: the event was drained.
      if report.records > 0 { drained.storeRelease(account.drained, edge) }
      if control.isEnd(account.drained) { return SliceReport() }
      if report.isIdle { _ = controller.wait(timeoutNanoseconds: waitNanoseconds) }
    }
  }
}
