// The slot ring: as a queue of words, and as the index queue of {index, generation} pairs.

import MemoryInterface
import ModelChecker
import TracerCore

/// Sends every message, waiting for room.
private func produce(_ context: ModelContext, _ world: RingWorld, _ geometry: SlotRingGeometry) {
  let memory = ModelMemory(context)
  do {
    var writer = try SlotRing(in: memory, geometry: geometry).makeWriter(policy: world.policy)
    for number in 0..<UInt64(world.messages) {
      var slot = writer.tryReserve()
      if slot == nil {
        if world.policy == .explicit { writer.publish() }
        context.waitForRead(beyond: writer.position &- UInt64(world.capacity))
        slot = writer.tryReserve()
      }
      guard let slot else { return context.require(false, "a ring with room refused a slot") }
      for index in 0..<(geometry.slotByteCount / 8) {
        memory.storePayload(messageWord(number, index), at: slot + index * 8)
      }
      writer.commit()
    }
    writer.publish()
  } catch {
    context.require(false, "the writer refused honest positions")
  }
}

/// Checks `count` messages from `first` on that stand in a run.
private func check(
  _ context: ModelContext, _ memory: ModelMemory, _ run: SlotRun, first: UInt64, words: Int
) {
  for slot in 0..<run.count {
    for index in 0..<words {
      let found = memory.loadPayload(at: run.offset + (slot * words + index) * 8)
      context.require(
        RingInvariant.sequenceUnbroken(
          expected: messageWord(first + UInt64(slot), index), found: found),
        "sequenceUnbroken: a slot carries another message")
    }
  }
}

/// Takes every message, waiting where there is none; whole runs at a time.
private func consume(_ context: ModelContext, _ world: RingWorld, _ geometry: SlotRingGeometry) {
  let memory = ModelMemory(context)
  do {
    var reader = try SlotRing(in: memory, geometry: geometry).makeReader()
    var number: UInt64 = 0
    while number < UInt64(world.messages) {
      var run = try reader.readableRun()
      if run.count == 0 {
        context.waitForWrite(beyond: reader.position)
        run = try reader.readableRun()
      }
      context.require(run.count > 0, "what was published cannot be seen")
      context.require(run.count <= world.capacity, "a run exceeds the ring")
      check(context, memory, run, first: number, words: geometry.slotByteCount / 8)
      reader.consume(run.count)
      number += UInt64(run.count)
    }
    reader.release()
  } catch {
    context.require(false, "the reader reports corruption by an honest writer")
  }
}

/// Tries a number of times to send, never waiting.
private func tryProduce(
  _ context: ModelContext, _ world: RingWorld, _ geometry: SlotRingGeometry
) {
  let memory = ModelMemory(context)
  do {
    var writer = try SlotRing(in: memory, geometry: geometry).makeWriter(policy: world.policy)
    var number: UInt64 = 0
    for _ in 0..<world.messages where writer.tryPush(messageWord(number)) { number += 1 }
    writer.publish()
  } catch {
    context.require(false, "the writer refused honest positions")
  }
}

/// Tries a number of times to receive, never waiting.
private func tryConsume(
  _ context: ModelContext, _ world: RingWorld, _ geometry: SlotRingGeometry
) {
  let memory = ModelMemory(context)
  do {
    var reader = try SlotRing(in: memory, geometry: geometry).makeReader()
    var number: UInt64 = 0
    for _ in 0..<world.messages {
      guard let value = try reader.tryPop() else { continue }
      context.require(
        RingInvariant.sequenceUnbroken(expected: messageWord(number), found: value),
        "sequenceUnbroken: a slot carries another message")
      number += 1
    }
  } catch {
    context.require(false, "the reader reports corruption by an honest writer")
  }
}

private func property(
  _ name: String, _ summary: String, world: RingWorld, words: Int = 1, waiting: Bool = true,
  producers: Int = 1, expectation: ModelProperty.Expectation = .holds, isQuick: Bool = true
) -> ModelProperty {
  ModelProperty(name, summary, expectation: expectation, isQuick: isQuick) {
    // A geometry of constants: it cannot fail.
    let geometry = try! SlotRingGeometry(slotByteCount: words * 8, capacity: world.capacity)
    var processes: [ModelProcess] = []
    for number in 0..<producers {
      processes.append(
        ModelProcess(producers == 1 ? "producer" : "producer \(number)") { context in
          waiting ? produce(context, world, geometry) : tryProduce(context, world, geometry)
        })
    }
    processes.append(
      ModelProcess("consumer") { context in
        waiting ? consume(context, world, geometry) : tryConsume(context, world, geometry)
      })
    return ModelProgram(
      name: name, processes: processes, initial: world.initial,
      check: waiting ? world.everythingArrived : world.positionsStayOrdered)
  }
}

/// The starts that matter: zero, so close to 2^64 that positions wrap on the way, and so close to
/// 2^32 that a position handled in halves is seen torn.
private let starts: [(String, UInt64)] = [
  ("", 0), ("/near2^64", .max), ("/near2^32", (1 << 32) - 1),
]

let slotRingProperties: [ModelProperty] =
  starts.flatMap { suffix, start in
    [
      property(
        "slots/order/2x3\(suffix)", "3 messages through 2 slots arrive once each, in order",
        world: RingWorld(capacity: 2, messages: 3, start: start)),
      property(
        "slots/order/1x3\(suffix)", "3 messages through a single slot",
        world: RingWorld(capacity: 1, messages: 3, start: start)),
      property(
        "slots/tries/2x4\(suffix)", "4 attempts a side, none waits",
        world: RingWorld(capacity: 2, messages: 4, start: start), waiting: false),
    ]
  } + [
    property(
      "slots/pairs/2x3", "{index, generation} pairs are never torn",
      world: RingWorld(capacity: 2, messages: 3), words: 2),
    property(
      "slots/adaptive/2x4", "batches of two under the adaptive policy",
      world: RingWorld(capacity: 2, messages: 4, policy: .adaptive(count: 2))),
    property(
      "slots/adaptive/4x5", "batches larger than what is left under the adaptive policy",
      world: RingWorld(capacity: 4, messages: 5, policy: .adaptive(count: 3))),
    property(
      "slots/explicit/2x4", "batches that the caller publishes",
      world: RingWorld(capacity: 2, messages: 4, policy: .explicit)),
    property(
      "slots/order/2x5", "5 messages through 2 slots",
      world: RingWorld(capacity: 2, messages: 5), isQuick: false),
    property(
      "slots/order/4x6", "6 messages through 4 slots: space is handed back by single slots",
      world: RingWorld(capacity: 4, messages: 6), isQuick: false),
    property(
      "slots/order/8x10", "10 messages through 8 slots: space is handed back by two slots",
      world: RingWorld(capacity: 8, messages: 10), isQuick: false),
    property(
      "slots/tries/2x6", "6 attempts a side, none waits",
      world: RingWorld(capacity: 2, messages: 6), waiting: false, isQuick: false),
    property(
      "slots/misuse/two-producers", "two producers on one ring are found out",
      world: RingWorld(capacity: 2, messages: 2), waiting: false, producers: 2,
      expectation: .violated),
  ]
