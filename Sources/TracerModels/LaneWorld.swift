// The small worlds of lanes: geometry, memory at the start, and the two sides' tools.
//
// A ring has 128 bytes, the least there is; records are as long as the world wants, so that one or
// two fill a ring. A record's length is in its header; only its first word is stored, and it holds
// the record's own number: whoever reads it can tell that it stands where it belongs.
//
// Bodies are abandoned where they stand: handles are values, and nothing here allocates on a fibre.

import MemoryInterface
import ModelChecker
import TracerCore

/// One thread slot, or a few, and what the threads of it do.
struct LaneWorld: Sendable {
  /// The lane that the world is about.
  var kind = LaneKind.index
  /// Rings in that lane.
  var rings = 2
  /// Detail lane: rings of history, and attempts of the post-roll.
  var history = 1
  var postRecords = 1
  /// Records to a ring: one or two.
  var recordsPerRing = 1
  /// Attempts of the agent.
  var attempts = 3
  /// Looks of the controller at the submit queue while the agent runs.
  var tries = 2
  var threadSlots = 1

  /// The payload of a record, in bytes.
  var payloadByteCount: Int { LaneLayout.line / recordsPerRing - RecordHeader.byteCount }

  var geometry: LanesGeometry {
    // Constants within the limits: they cannot fail.
    try! LanesGeometry(
      threadSlots: threadSlots,
      index: .index(
        ringCount: kind == .index ? rings : 2, ringByteCount: LaneLayout.line),
      detail: .detail(
        ringCount: kind == .detail ? rings : 2, ringByteCount: LaneLayout.line,
        historyRings: kind == .detail ? history : 1, postRecords: postRecords))
  }

  /// The owner's number of the modelled agent.
  static let owner: UInt32 = 7
  /// The state of slot 0 while the agent's thread owns it.
  static let claimed = ThreadSlotState(phase: .claimed, owner: owner, epoch: 0)

  /// Formatted lanes after `prepare`, as initial values.
  func initial(_ prepare: (Lanes<ModelImage>) -> Void = { _ in }) -> [Int: UInt64] {
    let image = ModelImage(byteCount: geometry.byteCount)
    prepare(Lanes(formatting: image, geometry: geometry))
    return image.initial
  }

  /// As `initial`, with slot 0 claimed: the agent has only to make its writer.
  func claimed(_ prepare: (Lanes<ModelImage>) -> Void = { _ in }) -> [Int: UInt64] {
    initial { lanes in
      _ = lanes.slots.claim(owner: LaneWorld.owner, ownerStart: 1, thread: 1)
      prepare(lanes)
    }
  }

  /// The lanes on the model, as a process that attached sees them.
  func lanes(
    _ context: ModelContext, payload: ModelPayload = .plain
  ) -> Lanes<ModelMemory> {
    Lanes(
      ModelMemory(context, payload: payload, byteCount: geometry.byteCount), checked: geometry)
  }

  /// Where a field of the lane stands, by its documented name.
  func place(of field: String) -> Int {
    let found = LaneLayout.Lane.fields.first { $0.name == field }
    guard let found else { preconditionFailure("no field of a lane is called \(field)") }
    return geometry.laneOffset(LaneIdentifier(slot: 0, kind: kind)) + found.offset
  }

  /// Where a field of a ring stands, by its documented name.
  func place(of field: String, ring: Int) -> Int {
    let found = LaneLayout.Ring.fields.first { $0.name == field }
    guard let found else { preconditionFailure("no field of a ring is called \(field)") }
    let lane = geometry.lane(kind)
    return geometry.laneOffset(LaneIdentifier(slot: 0, kind: kind)) + lane.ringsOffset
      + ring * lane.ringStride + found.offset
  }

  /// Where the records of a ring begin.
  func recordsPlace(ring: Int) -> Int {
    place(of: "committed", ring: ring) + geometry.lane(kind).ringStride - LaneLayout.line
  }

  /// Where the state of slot 0 stands.
  var statePlace: Int { geometry.slotOffset(0) + LaneLayout.Slot.fields[0].offset }

  /// Where the write position of the submit queue stands.
  var submitPosition: Int {
    geometry.laneOffset(LaneIdentifier(slot: 0, kind: kind))
      + geometry.lane(kind).submitQueueOffset + RingHeader.writePosition
  }

  /// Beyond the lanes: what belongs to the world and not to the protocol.
  enum Place {
    /// The kernel's object that the controller sleeps on.
    static let wakeCounter = 1 << 15
    /// What the output holds, in one word: see `ModelLaneOutput`.
    static let output = wakeCounter + 128
    /// Attempts acknowledged to somebody outside: what a kill may not lose.
    static let acknowledged = output + 128
    /// Plain data that somebody hands over beside the lanes.
    static let beside = acknowledged + 128
  }
}

/// The agent's process as a lane's writer needs it.
struct ModelLaneHost: LaneHost {
  let context: Unmanaged<ModelContext>

  init(_ context: ModelContext) { self.context = Unmanaged.passUnretained(context) }

  func wakeController() {
    // Relaxed: what waking needs must not come from an order that a system call happens to give.
    context._withUnsafeGuaranteedRef {
      _ = $0.fetchAdd(LaneWorld.Place.wakeCounter, 1, .relaxed)
    }
  }

  func sealChecksum(of ring: SealedRing<ModelMemory>) -> UInt64 { ModelLaneHost.checksum(ring) }

  /// Over what identifies the ring and its length: no loads, so that no execution is added.
  static func checksum<Memory>(_ ring: SealedRing<Memory>) -> UInt64 {
    checksum(
      index: ring.identity.1, generation: ring.identity.3, first: ring.identity.4,
      committed: ring.identity.5)
  }

  static func checksum(
    index: UInt64, generation: UInt64, first: UInt64, committed: UInt64
  ) -> UInt64 {
    ((generation &* 64 &+ first) &* 1024 &+ committed) &* 64 &+ index &+ 1
  }
}

typealias ModelLaneWriter = LaneWriter<ModelMemory, ModelLaneHost>

extension LaneWriter where Memory == ModelMemory {
  /// Writes a record whose first word is its own number, and one.
  mutating func writeNumbered(_ world: LaneWorld) -> LaneWriteOutcome {
    let number = sequence
    return write(
      type: UInt16(truncatingIfNeeded: number), byteCount: world.payloadByteCount
    ) { memory, offset in memory.storePayload(number &+ 1, at: offset) }
  }
}

/// What an agent knows of its own attempts, kept outside the lanes.
struct AgentTally {
  /// Bit n: attempt n was accepted.
  var accepted: UInt64 = 0
  var attempts: UInt64 = 0
  var lost: UInt64 = 0

  mutating func count(_ outcome: LaneWriteOutcome, number: UInt64) {
    attempts += 1
    switch outcome {
    case .written: accepted |= 1 << number
    case .lost: lost += 1
    }
  }

  /// Keeps it for the end of the execution.
  func observe(_ context: ModelContext) {
    context.observe(0, accepted)
    context.observe(1, attempts)
    context.observe(2, lost)
  }
}
