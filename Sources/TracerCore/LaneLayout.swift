// Where everything stands in the payload of a region with lanes. Layout is law: tests assert this
// table, and a changed byte changes the version.
//
//     control block │ thread slot 0 │ thread slot 1 │ …
//                   │
//                   └▶ state │ owner │ index lane │ detail lane
//                                      │
//                                      └▶ agent's line │ requests │ controller's line │ shared line
//                                         submit queue │ free queue │ ring 0 │ ring 1 │ …
//                                                                     │
//                                              agent's line │ controller's line │ records ◀┘
//
// Each field that one side writes stands on lines that the other side does not write: 128 bytes,
// a line and the neighbour that the adjacent-line prefetcher drags along.

/// Offsets and sizes of control block, thread slots, lanes and rings, in bytes.
public enum LaneLayout {
  /// One field: its name, its byte offset within its block. All are eight bytes wide.
  public struct Field: Hashable, Sendable {
    /// The name, as in the documentation.
    public let name: String
    /// The offset in bytes from the start of the block.
    public let offset: Int
  }

  /// A cache line and its neighbour.
  @inlinable public static var line: Int { 128 }
  /// "TRCLAN02" in ASCII, little-endian: the layout's name and version in one word.
  public static let magic: UInt64 = 0x3230_4E41_4C43_5254
  /// Most thread slots: what a controller scans in a few microseconds.
  public static let mostThreadSlots = 4096
  /// Most rings of a lane: reclaiming looks at all of them once per ring.
  public static let mostRings = 1024
  /// Largest ring: 1 GiB, so that sizes stay far from overflow and a length fits its header.
  public static let mostRingBytes = 1 << 30
  /// Generations that no honest agent reaches: a million activations a second take 146,000 years.
  static let implausibleGeneration: UInt64 = 1 << 62

  /// The control block: a line written once, then each side's own.
  public enum Control {
    static let magic = 0
    static let threadSlots = 8
    static let indexRings = 16
    static let indexRingBytes = 24
    static let detailRings = 32
    static let detailRingBytes = 40
    static let historyRings = 48
    static let postRecords = 56
    static let waking = 64
    /// Controller's line: the sleeping flag (see `WakeFlag`).
    public static let sleeping = 128
    /// The living controller, as a packed process.
    static let seat = 136
    /// How to wake it: see `ControllerSeat`.
    static let wakerDescriptor = 144
    static let wakerToken = 152
    static let wakerProcess = 160
    /// Destroyer's line: nonzero once no thread may attach any more.
    static let closing = 256
    /// Any thread's line: attempts of threads without a slot, outside every lane's identity.
    @usableFromInline static let slotlessAttempts = 384
    static let byteCount = 512

    /// Every field in order.
    public static let fields = [
      Field(name: "magic", offset: magic), Field(name: "thread slots", offset: threadSlots),
      Field(name: "index rings", offset: indexRings),
      Field(name: "index ring bytes", offset: indexRingBytes),
      Field(name: "detail rings", offset: detailRings),
      Field(name: "detail ring bytes", offset: detailRingBytes),
      Field(name: "history rings", offset: historyRings),
      Field(name: "post records", offset: postRecords),
      Field(name: "waking policy", offset: waking), Field(name: "sleeping", offset: sleeping),
      Field(name: "controller", offset: seat),
      Field(name: "waker descriptor", offset: wakerDescriptor),
      Field(name: "waker token", offset: wakerToken),
      Field(name: "waker process", offset: wakerProcess), Field(name: "closing", offset: closing),
      Field(name: "slotless attempts", offset: slotlessAttempts),
    ]
  }

  /// A thread slot before its lanes.
  public enum Slot {
    static let state = 0
    /// Owner's line.
    static let ownerStart = 128
    static let threadIdentifier = 136
    static let wakerAcknowledged = 144
    static let byteCount = 256

    /// Every field in order.
    public static let fields = [
      Field(name: "state", offset: state), Field(name: "owner start", offset: ownerStart),
      Field(name: "thread identifier", offset: threadIdentifier),
      Field(name: "waker acknowledged", offset: wakerAcknowledged),
    ]
  }

  /// A lane before its queues.
  public enum Lane {
    /// Agent's line: stored by the lane's writer only.
    @usableFromInline static let nextSequence = 0
    @usableFromInline static let busy = 8
    @usableFromInline static let activeRing = 16
    @usableFromInline static let nextGeneration = 24
    @usableFromInline static let flushServed = 32
    @usableFromInline static let marksServed = 40
    @usableFromInline static let submittedRings = 48
    @usableFromInline static let recycledRings = 56
    /// Four words, by cause.
    @usableFromInline static let losses = 64
    /// Requests' line: stored by the controller, seldom; read by every write.
    @usableFromInline static let flushRequested = 128
    @usableFromInline static let quarantined = 136
    /// Controller's line: its metrics.
    @usableFromInline static let drainedRings = 256
    @usableFromInline static let drainedRecords = 264
    @usableFromInline static let drainedBytes = 272
    @usableFromInline static let overwrittenRecords = 280
    @usableFromInline static let inFlightRecords = 288
    /// Shared line: atomic counters of any thread or signal handler of the agent.
    @usableFromInline static let marks = 384
    @usableFromInline static let nestedLosses = 392
    @usableFromInline static let queues = 512

    /// Every field in order.
    public static let fields = [
      Field(name: "next sequence", offset: nextSequence), Field(name: "busy", offset: busy),
      Field(name: "active ring", offset: activeRing),
      Field(name: "next generation", offset: nextGeneration),
      Field(name: "flush served", offset: flushServed),
      Field(name: "marks served", offset: marksServed),
      Field(name: "submitted rings", offset: submittedRings),
      Field(name: "recycled rings", offset: recycledRings),
      Field(name: "lost: no spare", offset: losses),
      Field(name: "lost: no spare while marked", offset: losses + 8),
      Field(name: "lost: too large", offset: losses + 16),
      Field(name: "lost: quarantined", offset: losses + 24),
      Field(name: "flush requested", offset: flushRequested),
      Field(name: "quarantined", offset: quarantined),
      Field(name: "drained rings", offset: drainedRings),
      Field(name: "drained records", offset: drainedRecords),
      Field(name: "drained bytes", offset: drainedBytes),
      Field(name: "overwritten records", offset: overwrittenRecords),
      Field(name: "in-flight records", offset: inFlightRecords),
      Field(name: "marks", offset: marks), Field(name: "lost: nested", offset: nestedLosses),
    ]
  }

  /// A ring of a lane before its records.
  public enum Ring {
    /// Agent's line: stored by whoever owns the ring on the agent's side.
    @usableFromInline static let committed = 0
    @usableFromInline static let generation = 8
    @usableFromInline static let sealedGeneration = 16
    @usableFromInline static let submittedGeneration = 24
    @usableFromInline static let firstSequence = 32
    /// Four words, by cause: the lane's cumulative losses at activation.
    @usableFromInline static let losses = 40
    @usableFromInline static let slotEpoch = 72
    @usableFromInline static let checksum = 80
    /// The next younger ring of the history; the agent's own.
    @usableFromInline static let nextRetained = 88
    /// Controller's line.
    @usableFromInline static let drainedGeneration = 128
    @usableFromInline static let syncedGeneration = 136
    @usableFromInline static let records = 256

    /// Every field in order.
    public static let fields = [
      Field(name: "committed", offset: committed), Field(name: "generation", offset: generation),
      Field(name: "sealed generation", offset: sealedGeneration),
      Field(name: "submitted generation", offset: submittedGeneration),
      Field(name: "first sequence", offset: firstSequence),
      Field(name: "losses: no spare", offset: losses),
      Field(name: "losses: no spare while marked", offset: losses + 8),
      Field(name: "losses: too large", offset: losses + 16),
      Field(name: "losses: quarantined", offset: losses + 24),
      Field(name: "slot epoch", offset: slotEpoch), Field(name: "checksum", offset: checksum),
      Field(name: "next retained", offset: nextRetained),
      Field(name: "drained generation", offset: drainedGeneration),
      Field(name: "synced generation", offset: syncedGeneration),
    ]
  }
}

/// Which lane of a region: its thread slot and its kind.
@frozen public struct LaneIdentifier: Hashable, Sendable, CustomStringConvertible {
  /// The thread slot.
  public let slot: Int
  /// Which of its lanes.
  public let kind: LaneKind

  /// Names a lane.
  public init(slot: Int, kind: LaneKind) {
    self.slot = slot
    self.kind = kind
  }

  /// The lane's number in a region: slot by slot, the index lane first.
  public var number: UInt64 { UInt64(slot) * 2 + UInt64(kind.rawValue) }

  /// `slot 3 detail`.
  public var description: String { "slot \(slot) \(kind)" }
}

extension LaneGeometry {
  /// Bytes of a queue, in whole lines.
  private var queueByteCount: Int {
    let byteCount = RingHeader.data + RingTicket.byteCount * queueCapacity
    return (byteCount + LaneLayout.line - 1) / LaneLayout.line * LaneLayout.line
  }

  /// Where the queues and rings stand within a lane.
  package var submitQueueOffset: Int { LaneLayout.Lane.queues }
  package var freeQueueOffset: Int { submitQueueOffset + queueByteCount }
  package var ringsOffset: Int { freeQueueOffset + queueByteCount }
  /// From one ring to the next.
  package var ringStride: Int { LaneLayout.Ring.records + ringByteCount }
  /// Bytes of the whole lane.
  var byteCount: Int { ringsOffset + ringCount * ringStride }
}

extension LanesGeometry {
  /// Bytes of a thread slot with its lanes.
  var slotByteCount: Int { LaneLayout.Slot.byteCount + index.byteCount + detail.byteCount }
  /// Bytes of everything: what a region's payload has to hold.
  public var byteCount: Int { LaneLayout.Control.byteCount + threadSlots * slotByteCount }

  package func slotOffset(_ slot: Int) -> Int {
    precondition(slot >= 0 && slot < threadSlots, "a thread slot of this region")
    return LaneLayout.Control.byteCount + slot * slotByteCount
  }

  package func laneOffset(_ lane: LaneIdentifier) -> Int {
    let first = slotOffset(lane.slot) + LaneLayout.Slot.byteCount
    return lane.kind == .index ? first : first + index.byteCount
  }
}
