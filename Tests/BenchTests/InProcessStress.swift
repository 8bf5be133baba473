// The rings between two threads of one process: what the thread sanitizer can see.
//
// `scripts/test sanitizer` runs exactly these under -sanitize=thread. Every message is checked, so
// that they are worth something without it as well.

import Glibc
import HardwareMemory
import Testing
import TracerCore

/// Runs `body` on a thread of its own and hands over what it may not share.
private final class Thread {
  private var handle = pthread_t()
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
    pthread_create(
      &handle, nil,
      { argument in
        if let argument { Unmanaged<Thread>.fromOpaque(argument).takeUnretainedValue().body() }
        return nil
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  func join() { pthread_join(handle, nil) }
}

@Suite struct InProcessStress {
  /// Enough to go round the smallest ring thousands of times, also under the sanitizer.
  private static let messages: UInt64 = 50_000

  @Test(arguments: [1, 4, 256], [PublishPolicy.everyRecord, .adaptive(count: 3)])
  func slotsArriveOnceInOrder(capacity: Int, policy: PublishPolicy) throws {
    let geometry = try SlotRingGeometry(slotByteCount: 16, capacity: capacity)
    let mapping = try Mapping(descriptor: nil, byteCount: geometry.byteCount)
    let ring = SlotRing(
      formatting: mapping.memory, geometry: geometry, startingAt: UInt64.max &- 100)
    let memory = mapping.memory
    let producer = Thread {
      // Each side attaches by itself, as processes do.
      guard let ring = try? SlotRing(attaching: memory, available: geometry.byteCount),
        var writer = try? ring.makeWriter(policy: policy)
      else { return }
      for sequence in 0..<InProcessStress.messages {
        while true {
          if let slot = writer.tryReserve() {
            writer.memory.storePayload(sequence, at: slot)
            writer.memory.storePayload(~sequence, at: slot + 8)
            writer.commit()
            break
          }
          writer.publish()
          sched_yield()
        }
      }
      writer.publish()
    }
    var reader = try ring.makeReader()
    var expected: UInt64 = 0
    var wrong = 0
    while expected < InProcessStress.messages {
      let run = try reader.readableRun()
      for index in 0..<run.count {
        let slot = run.offset + index * 16
        if reader.memory.loadPayload(at: slot) != expected { wrong += 1 }
        if reader.memory.loadPayload(at: slot + 8) != ~expected { wrong += 1 }
        expected += 1
      }
      reader.consume(run.count)
      if run.count == 0 { sched_yield() }
    }
    producer.join()
    #expect(wrong == 0)
    #expect(try reader.readableRun().count == 0)
  }

  @Test(arguments: [64, 1024], [PublishPolicy.everyRecord, .adaptive(count: 200)])
  func recordsArriveOnceInOrder(capacity: Int, policy: PublishPolicy) throws {
    let geometry = try ByteRingGeometry(capacity: capacity)
    let mapping = try Mapping(descriptor: nil, byteCount: geometry.byteCount)
    let ring = ByteRing(
      formatting: mapping.memory, geometry: geometry, startingAt: UInt64.max &- 4095)
    // Every length that fits, in turn: each phase of the lap's end comes up.
    let lengths = UInt64(geometry.maximumPayload / 8)
    let memory = mapping.memory
    let producer = Thread {
      // Each side attaches by itself, as processes do.
      guard let ring = try? ByteRing(attaching: memory, available: geometry.byteCount),
        var writer = try? ring.makeWriter(policy: policy)
      else { return }
      for sequence in 0..<InProcessStress.messages {
        let words = Int(sequence % lengths) + 1
        while true {
          let outcome = writer.tryWrite(type: 7, byteCount: words * 8) { memory, offset in
            for word in 0..<words {
              memory.storePayload(sequence ^ UInt64(word), at: offset + word * 8)
            }
          }
          if outcome == .written { break }
          writer.publish()
          sched_yield()
        }
      }
      writer.publish()
    }
    var reader = try ring.makeReader()
    var expected: UInt64 = 0
    var wrong = 0
    while expected < InProcessStress.messages {
      let count = try reader.drain { memory, record in
        let words = Int(expected % lengths) + 1
        if record.byteCount != words * 8 || record.type != 7 {
          wrong += 1
        } else {
          for word in 0..<words
          where memory.loadPayload(at: record.payloadOffset + word * 8) != expected ^ UInt64(word) {
            wrong += 1
          }
        }
        expected += 1
      }
      if count == 0 { sched_yield() }
    }
    producer.join()
    #expect(wrong == 0)
  }
}
