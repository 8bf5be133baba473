// A ring of fixed-size slots between one producer and one consumer: the queue of small values.
//
// One side formats it, each side attaches by itself. `SlotRingWriter` belongs to the producing
// thread, `SlotRingReader` to the consuming one; they cannot be copied.

public import MemoryInterface

/// The size of a slot ring.
public struct SlotRingGeometry: Equatable, Sendable {
  /// Bytes of one slot: a multiple of eight.
  public let slotByteCount: Int
  /// Slots: a power of two.
  public let capacity: Int

  /// Checks and keeps a size.
  public init(slotByteCount: Int, capacity: Int) throws(RingLayoutError) {
    let slot = UInt64(clamping: slotByteCount)
    let count = UInt64(clamping: capacity)
    guard count.nonzeroBitCount == 1, count <= maximumRingCapacity else {
      throw .invalidCapacity(count)
    }
    guard slot >= 8, slot % 8 == 0, slot <= maximumSlotByteCount else {
      throw .invalidSlotByteCount(slot)
    }
    self.slotByteCount = slotByteCount
    self.capacity = capacity
  }

  /// Bytes of the whole ring, its header included.
  public var byteCount: Int { RingHeader.data + slotByteCount * capacity }
}

/// A slot ring in a shared memory: what both sides need to know to attach.
@frozen public struct SlotRing<Memory: SharedMemory> {
  /// The memory it stands in.
  public let memory: Memory
  /// Where it begins, in bytes; a multiple of 128 keeps the positions on lines of their own.
  public let offset: Int
  /// Its size.
  public let geometry: SlotRingGeometry

  /// "SLOTRING" in ASCII, little-endian.
  static var kind: UInt64 { 0x474E_4952_544F_4C53 }

  /// Makes an empty ring. No other thread or process may use it yet; how it is handed over must
  /// order this before what they do.
  public init(
    formatting memory: Memory, at offset: Int = 0, geometry: SlotRingGeometry,
    startingAt position: UInt64 = 0
  ) {
    memory.word(at: offset + RingHeader.writePosition).storeRelaxed(position)
    memory.word(at: offset + RingHeader.readPosition).storeRelaxed(position)
    memory.word(at: offset + RingHeader.capacity).storeRelaxed(UInt64(geometry.capacity))
    memory.word(at: offset + RingHeader.slotByteCount).storeRelaxed(UInt64(geometry.slotByteCount))
    memory.word(at: offset + RingHeader.kind).storeRelaxed(SlotRing.kind)
    self.memory = memory
    self.offset = offset
    self.geometry = geometry
  }

  /// The ring at `offset` of which the size is known already: from a private copy of the layout.
  ///
  /// Reads nothing. The caller has checked that the ring lies within the memory.
  @inlinable public init(in memory: Memory, at offset: Int = 0, geometry: SlotRingGeometry) {
    self.memory = memory
    self.offset = offset
    self.geometry = geometry
  }

  /// Finds the ring that stands at `offset` of a memory with `available` bytes.
  public init(
    attaching memory: Memory, at offset: Int = 0, available: Int
  ) throws(RingLayoutError) {
    guard available >= offset + RingHeader.data else {
      throw .outsideMemory(needed: offset + RingHeader.data, available: available)
    }
    // Relaxed: written once before the ring was handed over.
    let kind = memory.word(at: offset + RingHeader.kind).loadRelaxed()
    guard kind == SlotRing.kind else { throw .notARing(offset: offset, found: kind) }
    geometry = try SlotRingGeometry(
      slotByteCount: Int(
        clamping: memory.word(at: offset + RingHeader.slotByteCount).loadRelaxed()),
      capacity: Int(clamping: memory.word(at: offset + RingHeader.capacity).loadRelaxed()))
    guard offset + geometry.byteCount <= available else {
      throw .outsideMemory(needed: offset + geometry.byteCount, available: available)
    }
    self.memory = memory
    self.offset = offset
  }

  /// The producing side. At most one exists at any time; the caller sees to that.
  @inlinable @inline(__always) public func makeWriter(
    policy: PublishPolicy = .everyRecord
  ) throws(RingLayoutError) -> SlotRingWriter<Memory> {
    try SlotRingWriter(self, policy: policy)
  }

  /// The consuming side. At most one exists at any time; the caller sees to that.
  @inlinable @inline(__always) public func makeReader() throws(RingLayoutError) -> SlotRingReader<
    Memory
  > {
    try SlotRingReader(self)
  }
}
