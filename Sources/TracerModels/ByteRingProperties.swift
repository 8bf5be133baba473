// The byte ring: every record size that fits a tiny ring, fillers, reservations, policies.

import MemoryInterface
import ModelChecker
import TracerCore

/// Payload sizes as arithmetic: message n carries `first` bytes if n is even, `second` if odd.
private struct Sizes: Sendable {
  var first: Int
  var second: Int

  func byteCount(_ number: UInt64) -> Int { number & 1 == 0 ? first : second }
  func wordCount(_ number: UInt64) -> Int { (byteCount(number) + 7) / 8 }
}

private func produce(
  _ context: ModelContext, _ world: RingWorld, _ geometry: ByteRingGeometry, _ sizes: Sizes
) {
  let memory = ModelMemory(context)
  do {
    var writer = try ByteRing(in: memory, geometry: geometry).makeWriter(policy: world.policy)
    for number in 0..<UInt64(world.messages) {
      // An abandoned reservation leaves nothing behind.
      _ = writer.tryReserve(byteCount: 0)
      var seen = world.start
      while true {
        let outcome = writer.tryWrite(
          type: UInt16(truncatingIfNeeded: number), byteCount: sizes.byteCount(number)
        ) { memory, offset in
          for index in 0..<sizes.wordCount(number) {
            memory.storePayload(messageWord(number, index), at: offset + index * 8)
          }
        }
        if outcome == .written { break }
        context.require(outcome == .full, "a record that fits is refused as too large")
        if world.policy == .explicit { writer.publish() }
        // The reader may have to move more than once before this record fits.
        seen = context.waitUntil(RingHeader.readPosition, .relaxed) { [seen] in $0 != seen }
      }
    }
    writer.publish()
  } catch {
    context.require(false, "the writer refused honest positions")
  }
}

private func consume(
  _ context: ModelContext, _ world: RingWorld, _ geometry: ByteRingGeometry, _ sizes: Sizes
) {
  let memory = ModelMemory(context)
  do {
    var reader = try ByteRing(in: memory, geometry: geometry).makeReader()
    var number: UInt64 = 0
    while number < UInt64(world.messages) {
      let count = try reader.drain { memory, record in
        context.require(
          record.type == UInt16(truncatingIfNeeded: number)
            && record.byteCount == sizes.byteCount(number),
          "sequenceUnbroken: another record's header")
        for index in 0..<sizes.wordCount(number) {
          context.require(
            RingInvariant.sequenceUnbroken(
              expected: messageWord(number, index),
              found: memory.loadPayload(at: record.payloadOffset + index * 8)),
            "sequenceUnbroken: another record's payload")
        }
        number += 1
      }
      if count == 0, number < UInt64(world.messages) {
        context.waitForWrite(beyond: reader.position)
      }
    }
    reader.release()
  } catch {
    context.require(false, "the reader reports corruption by an honest writer")
  }
}

private func property(
  _ name: String, _ summary: String, world: RingWorld, sizes: Sizes, isQuick: Bool = true
) -> ModelProperty {
  ModelProperty(name, summary, isQuick: isQuick) {
    // A geometry of constants: it cannot fail.
    let geometry = try! ByteRingGeometry(capacity: world.capacity)
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("producer") { produce($0, world, geometry, sizes) },
        ModelProcess("consumer") { consume($0, world, geometry, sizes) },
      ],
      initial: world.initial, check: world.everythingArrived)
  }
}

let byteRingProperties: [ModelProperty] = everySize + phases + policies

/// Every pair of payload sizes that differ in words, in rings of 32 and 64 bytes, and one that is
/// no multiple of eight.
private let everySize: [ModelProperty] =
  [(32, [0, 3, 8]), (64, [0, 8, 16, 24])].flatMap { capacity, sizes in
    sizes.flatMap { first in
      sizes.map { second in
        property(
          "bytes/sizes/\(capacity)/\(first)+\(second)",
          "3 records of \(first) and \(second) bytes through \(capacity) bytes",
          world: RingWorld(capacity: capacity, messages: 3),
          sizes: Sizes(first: first, second: second), isQuick: capacity == 32 || first == 24)
      }
    }
  }

/// Positions that begin anywhere in a lap, and wrap through 2^64.
private let phases: [ModelProperty] = stride(from: 8, through: 24, by: 8).flatMap { phase in
  [("", UInt64(phase)), ("/near2^64", UInt64(0) &- UInt64(phase))].map { suffix, start in
    property(
      "bytes/phase/32@\(phase)\(suffix)",
      "4 records through 32 bytes, beginning \(phase) bytes from a lap's end or start",
      world: RingWorld(capacity: 32, messages: 4, start: start),
      sizes: Sizes(first: 8, second: 0))
  }
}

private let policies: [ModelProperty] = [
  property(
    "bytes/adaptive/64", "batches of 32 bytes under the adaptive policy",
    world: RingWorld(capacity: 64, messages: 4, policy: .adaptive(count: 32)),
    sizes: Sizes(first: 8, second: 16)),
  property(
    "bytes/explicit/64", "batches that the caller publishes",
    world: RingWorld(capacity: 64, messages: 4, policy: .explicit),
    sizes: Sizes(first: 8, second: 16)),
  property(
    "bytes/order/64x6", "6 records of 24 and 8 bytes through 64 bytes",
    world: RingWorld(capacity: 64, messages: 6), sizes: Sizes(first: 24, second: 8),
    isQuick: false),
]
