// An agent that stores anything, at any moment: the controller stays within the lanes, and a record
// that it hands out lies within its frame.

import MemoryInterface
import ModelChecker
import TracerCore

/// Takes anything, and finds records that reach out of their frame.
private struct BoundsOutput: LaneOutput {
  let context: Unmanaged<ModelContext>

  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<ModelMemory>) throws(Never) {
    let end = records.offset + records.byteCount
    var isWithin = true
    do throws(LaneCorruption) {
      try records.forEach { _, record, _ in
        if record.payloadOffset + record.byteCount > end { isWithin = false }
      }
    } catch {
      // Noticed: whoever walks stops here.
    }
    context._withUnsafeGuaranteedRef { $0.require(isWithin, "a record reaches out of its frame") }
  }
}

private let world = LaneWorld(recordsPerRing: 2)

/// One record, submitted.
private func oneSubmitted(_ lanes: Lanes<ModelImage>) {
  var writer = lanes.lane(0, .index).makeWriter(slotEpoch: 0, host: QuietHost())
  _ = writer.write(type: 0, byteCount: 8) { memory, offset in memory.storePayload(1, at: offset) }
  _ = writer.flush()
}

/// The controller looks twice, then reclaims. What it is told it may find corrupt, or believe.
private func drain(_ context: ModelContext) {
  // Whoever changes payload while it is read is outside the protocol: words, not records.
  var reader = LaneReader(world.lanes(context, payload: .relaxedWords).lane(0, .index))
  var output = BoundsOutput(context: Unmanaged.passUnretained(context))
  do throws(LaneDrainError<Never>) {
    for _ in 0..<2 { _ = try reader.drainNext(into: &output) }
  } catch {
    // Quarantine is the answer to what was noticed.
  }
}

private func property(
  _ name: String, _ summary: String, at place: Int, _ values: (UInt64, UInt64)
) -> ModelProperty {
  ModelProperty("lanes/hostile/" + name, summary) {
    ModelProgram(
      name: name,
      processes: [
        ModelProcess("agent") { context in
          context.store(place, values.0, .relaxed)
          context.store(place, values.1, .relaxed)
        },
        ModelProcess("controller") { drain($0) },
      ],
      initial: world.claimed(oneSubmitted))
  }
}

/// The first slot of the submit queue.
private let ticketPlace =
  world.submitPosition - RingHeader.writePosition + RingHeader.data

let laneHostileProperties: [ModelProperty] = [
  property(
    "index", "a ring's index that changes between two looks leads nowhere outside",
    at: ticketPlace, (1 << 20, 0)),
  property(
    "generation", "a ticket's generation that changes between two looks", at: ticketPlace + 8,
    (1 << 40, 1)),
  property(
    "position", "a submit queue whose write position is anything", at: world.submitPosition,
    (1 << 40, 2)),
  property(
    "committed", "a committed position beyond the ring", at: world.place(of: "committed", ring: 0),
    (1 << 20, 12)),
  property(
    "length", "a record that claims more bytes than its ring has",
    at: world.recordsPlace(ring: 0), (4096, 0)),
  property(
    "sequence", "a first sequence number that changes",
    at: world.place(of: "first sequence", ring: 0), (.max, 1)),
]
