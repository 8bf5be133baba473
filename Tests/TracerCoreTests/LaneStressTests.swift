// A lane between threads of this process: the writer never waits, the controller drains, reads
// ahead and flushes when it likes. Whatever the pace, every attempt is accounted for.
//
// A thread sanitizer sees these; between processes nothing but the model does.

import Glibc
import HardwareMemory
import MemoryInterface
import Synchronization
import Testing

@testable import TracerCore

@Suite struct LaneStressTests {
  static let attempts = 30_000

  @Test(arguments: LaneKind.allCases)
  func everyAttemptIsAccountedForAtAnyPace(kind: LaneKind) throws {
    let fixture = try LaneFixture(smallLanes(indexRings: 4, detailRings: 6, postRecords: 20))
    let lane = fixture.lane(kind)
    let done = SharedFlag()
    let outcome = LaneStressOutcome()
    concurrently(
      {
        var writer = lane.makeWriter(slotEpoch: 0, host: CountingHost<HardwareMemory>())
        for number in 0..<Self.attempts {
          // Every size that a ring of 128 bytes takes, and one that it does not.
          _ = writer.writeNumbered(byteCount: 8 * (1 + number % 16))
          if number % 512 == 0 { sched_yield() }
        }
        writer.leave()
        done.value.store(true, ordering: .releasing)
      },
      {
        var output = CollectingOutput<HardwareMemory>()
        var reader = LaneReader(lane)
        do {
          var rounds = 0
          while true {
            let isLast = done.value.load(ordering: .acquiring)
            try reader.drainAll(into: &output)
            if isLast { break }
            if kind == .index {
              _ = try reader.drainActive(into: &output)
              if rounds % 7 == 0 { _ = lane.requestFlush() }
            } else if rounds % 3 == 0 {
              lane.mark()
            }
            rounds += 1
            sched_yield()
          }
          outcome.damaged = try reader.reclaim(after: .retired, into: &output)
        } catch { outcome.error = error }
        outcome.account = reader.account
        outcome.output = output
      })
    #expect(outcome.error == nil && outcome.damaged == 0)
    expectIdentity(outcome.account, attempts: UInt64(Self.attempts), outcome.output)
    #expect(outcome.account.losses[.tooLarge] > 0)
    if kind == .index { #expect(outcome.account.overwritten == 0) }
    #expect(!outcome.output.sequences.isEmpty)
  }
}

/// What the controller's thread leaves behind; read once both threads have ended.
private final class LaneStressOutcome: @unchecked Sendable {
  var account = LaneAccount()
  var output = CollectingOutput<HardwareMemory>()
  var damaged = 0
  var error: (any Error)?
}

/// A flag shared between two threads.
private final class SharedFlag: Sendable {
  let value = Atomic(false)
}
