// The sleeping flag over a slot ring: no wake-up is lost.
//
// The kernel's object is modelled as a counter with relaxed operations: what the flag needs must
// not come from an order that a system call happens to give. A lost wake-up is a deadlock, which
// the checker reports.

import MemoryInterface
import ModelChecker
import TracerCore

/// Where the flag and the kernel's counter stand, beyond the ring.
private let flagOffset = 4096
private let wakeCounter = 8192

private func produce(_ context: ModelContext, _ world: RingWorld, _ geometry: SlotRingGeometry) {
  let memory = ModelMemory(context)
  let flag = WakeFlag(memory, at: flagOffset)
  do {
    var writer = try SlotRing(in: memory, geometry: geometry).makeWriter(policy: world.policy)
    for number in 0..<UInt64(world.messages) {
      if !writer.tryPush(messageWord(number)) {
        context.waitForRead(beyond: writer.position &- UInt64(world.capacity))
        context.require(writer.tryPush(messageWord(number)), "a ring with room refused a slot")
      }
      flag.wakeIfSleeping { context.fetchAdd(wakeCounter, 1, .relaxed) }
    }
  } catch {
    context.require(false, "the writer refused honest positions")
  }
}

private func consume(_ context: ModelContext, _ world: RingWorld, _ geometry: SlotRingGeometry) {
  let memory = ModelMemory(context)
  let flag = WakeFlag(memory, at: flagOffset)
  do {
    var reader = try SlotRing(in: memory, geometry: geometry).makeReader()
    var number: UInt64 = 0
    while true {
      while let value = try reader.tryPop() {
        context.require(
          RingInvariant.sequenceUnbroken(expected: messageWord(number), found: value),
          "sequenceUnbroken: a slot carries another message")
        number += 1
      }
      if number == UInt64(world.messages) { return }
      flag.sleep(
        unless: { (try? reader.readableRun().count) != 0 },
        {
          // As an eventfd: blocks while zero, takes all.
          context.waitUntil(wakeCounter, .relaxed) { $0 != 0 }
          context.exchange(wakeCounter, 0, .relaxed)
        })
    }
  } catch {
    context.require(false, "the reader reports corruption by an honest writer")
  }
}

private func property(
  _ name: String, _ summary: String, world: RingWorld, isQuick: Bool = true
) -> ModelProperty {
  ModelProperty(name, summary, isQuick: isQuick) {
    let geometry = try! SlotRingGeometry(slotByteCount: 8, capacity: world.capacity)
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("producer") { produce($0, world, geometry) },
        ModelProcess("consumer") { consume($0, world, geometry) },
      ],
      initial: world.initial, check: world.positionsStayOrdered)
  }
}

let wakeProperties: [ModelProperty] = [
  property(
    "wake/one", "one message, announced to a consumer that may be about to sleep",
    world: RingWorld(capacity: 2, messages: 1)),
  property(
    "wake/two", "two messages: the second may fall between waking and scanning",
    world: RingWorld(capacity: 2, messages: 2)),
  property(
    "wake/three", "three messages through two slots", world: RingWorld(capacity: 2, messages: 3),
    isQuick: false),
]
