// Both rings between two threads of one process: what the thread sanitizer can see.
//
// The sanitizer knows threads, not processes, and does not model stand-alone fences; the processes
// belong to `tracer-bench stress`, the fences to the model. Without the sanitizer these tests check
// contents only.

import Glibc
import HardwareMemory
import MemoryInterface
import Testing
import TracerCore

/// Runs two closures on threads of their own and waits for both.
func concurrently(_ first: @escaping () -> Void, _ second: @escaping () -> Void) {
  final class Box {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }
  let threads = [first, second].map { body in
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(Box(body)).toOpaque())
    precondition(status == 0, "pthread_create: \(status)")
    return thread
  }
  for thread in threads { pthread_join(thread, nil) }
}

/// What the two threads tell each other outside the ring: only after both have ended.
private final class Outcome: @unchecked Sendable {
  var received: UInt64 = 0
  var mismatches = 0
}

/// A side that cannot go on for so many attempts will never: a lost position, not a slow peer.
private let hopelessAttempts = 1_000_000

/// Counts an attempt in vain. The peer may share our processor: let it run.
private func yieldAfter(_ attempts: inout Int) {
  attempts += 1
  if attempts % 16 == 0 { sched_yield() }
}

@Suite(.serialized) struct InProcessStressTests {
  @Test(arguments: [PublishPolicy.everyRecord, .adaptive(count: 16)])
  func slotsArriveInOrderBetweenThreads(policy: PublishPolicy) throws {
    let fixture = try RingFixture()
    let total: UInt64 = 50_000
    for (words, capacity) in [(1, 4), (4, 64)] {
      let ring = try fixture.slotRing(
        slotByteCount: words * 8, capacity: capacity, startingAt: (1 << 32) - 1000)
      let outcome = Outcome()
      concurrently(
        {
          var writer = try! ring.makeWriter(policy: policy)
          var attempts = 0
          var number: UInt64 = 0
          while number < total, attempts < hopelessAttempts {
            if words == 1 {
              guard writer.tryPush(number &* 3) else { yieldAfter(&attempts); continue }
            } else {
              guard let slot = writer.tryReserve() else { yieldAfter(&attempts); continue }
              for index in 0..<words {
                ring.memory.storePayload(number &* 3 &+ UInt64(index), at: slot + index * 8)
              }
              writer.commit()
            }
            attempts = 0
            number += 1
          }
          writer.publish()
        },
        {
          var reader = try! ring.makeReader()
          var attempts = 0
          while outcome.received < total, attempts < hopelessAttempts {
            if words == 1 {
              guard let value = try? reader.tryPop() else { yieldAfter(&attempts); continue }
              if value != outcome.received &* 3 { outcome.mismatches += 1 }
              outcome.received += 1
            } else {
              let run = try! reader.readableRun()
              for slot in 0..<run.count {
                for index in 0..<words {
                  let value = ring.memory.loadPayload(at: run.offset + (slot * words + index) * 8)
                  if value != outcome.received &* 3 &+ UInt64(index) { outcome.mismatches += 1 }
                }
                outcome.received += 1
              }
              reader.consume(run.count)
              if run.count == 0 { yieldAfter(&attempts); continue }
            }
            attempts = 0
          }
        })
      #expect(outcome.received == total)
      #expect(outcome.mismatches == 0)
    }
  }

  @Test(arguments: [PublishPolicy.everyRecord, .adaptive(count: 256)])
  func recordsArriveInOrderBetweenThreads(policy: PublishPolicy) throws {
    let fixture = try RingFixture()
    let total: UInt64 = 50_000
    for capacity in [64, 1024] {
      let ring = try fixture.byteRing(capacity: capacity, startingAt: (1 << 32) - 8000)
      let largest = UInt64(ring.geometry.maximumPayload / 8)
      let outcome = Outcome()
      concurrently(
        {
          var writer = try! ring.makeWriter(policy: policy)
          var attempts = 0
          var number: UInt64 = 0
          while number < total, attempts < hopelessAttempts {
            let words = Int(number % (largest + 1))
            let result = writer.tryWrite(type: 1, byteCount: words * 8) { memory, offset in
              for index in 0..<words {
                memory.storePayload(number &* 3 &+ UInt64(index), at: offset + index * 8)
              }
            }
            if result == .written {
              number += 1
              attempts = 0
            } else {
              yieldAfter(&attempts)
            }
          }
          writer.publish()
        },
        {
          var reader = try! ring.makeReader()
          var attempts = 0
          while outcome.received < total, attempts < hopelessAttempts {
            let count = try? reader.drain { memory, record in
              let words = Int(outcome.received % (largest + 1))
              if record.byteCount != words * 8 { outcome.mismatches += 1 }
              for index in 0..<min(words, record.byteCount / 8) {
                let value = memory.loadPayload(at: record.payloadOffset + index * 8)
                if value != outcome.received &* 3 &+ UInt64(index) { outcome.mismatches += 1 }
              }
              outcome.received += 1
            }
            guard let count else { break }
            if count == 0 { yieldAfter(&attempts) } else { attempts = 0 }
          }
        })
      #expect(outcome.received == total)
      #expect(outcome.mismatches == 0)
    }
  }
}
