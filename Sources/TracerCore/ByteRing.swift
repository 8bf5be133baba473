// A ring of variable-length records between one producer and one consumer: the stream.
//
// Records are contiguous, so that both sides work in place. A record that does not fit before the
// end of the lap goes to the start of the next one and filler takes its place; so that an empty
// ring accepts every legal record at every phase, a record takes half of the ring at most.

public import MemoryInterface

/// The size of a byte ring.
public struct ByteRingGeometry: Equatable, Sendable {
  /// Bytes of record space: a power of two, 16 at least.
  public let capacity: Int

  /// Checks and keeps a size.
  public init(capacity: Int) throws(RingLayoutError) {
    let count = UInt64(clamping: capacity)
    guard count.nonzeroBitCount == 1, count >= 16, count <= maximumRingCapacity else {
      throw .invalidCapacity(count)
    }
    self.capacity = capacity
  }

  /// Bytes of the whole ring, its header included.
  public var byteCount: Int { RingHeader.data + capacity }

  /// The largest payload of one record, in bytes.
  public var maximumPayload: Int {
    min(capacity / 2, Int(UInt32.max) & ~7) - RecordHeader.byteCount
  }
}

/// A byte ring in a shared memory: what both sides need to know to attach.
@frozen public struct ByteRing<Memory: SharedMemory> {
  /// The memory it stands in.
  public let memory: Memory
  /// Where it begins, in bytes; a multiple of 128 keeps the positions on lines of their own.
  public let offset: Int
  /// Its size.
  public let geometry: ByteRingGeometry

  /// "BYTERING" in ASCII, little-endian.
  static var kind: UInt64 { 0x474E_4952_4554_5942 }

  /// Makes an empty ring. No other thread or process may use it yet; how it is handed over must
  /// order this before what they do.
  ///
  /// - Parameter position: where positions start, a multiple of eight.
  public init(
    formatting memory: Memory, at offset: Int = 0, geometry: ByteRingGeometry,
    startingAt position: UInt64 = 0
  ) {
    precondition(position % 8 == 0, "positions of a byte ring are multiples of eight")
    memory.word(at: offset + RingHeader.writePosition).storeRelaxed(position)
    memory.word(at: offset + RingHeader.readPosition).storeRelaxed(position)
    memory.word(at: offset + RingHeader.capacity).storeRelaxed(UInt64(geometry.capacity))
    memory.word(at: offset + RingHeader.slotByteCount).storeRelaxed(1)
    memory.word(at: offset + RingHeader.kind).storeRelaxed(ByteRing.kind)
    self.memory = memory
    self.offset = offset
    self.geometry = geometry
  }

  /// The ring at `offset` of which the size is known already: from a private copy of the layout.
  ///
  /// Reads nothing. The caller has checked that the ring lies within the memory.
  @inlinable public init(in memory: Memory, at offset: Int = 0, geometry: ByteRingGeometry) {
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
    guard kind == ByteRing.kind else { throw .notARing(offset: offset, found: kind) }
    geometry = try ByteRingGeometry(
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
  ) throws(RingLayoutError) -> ByteRingWriter<Memory> {
    try ByteRingWriter(self, policy: policy)
  }

  /// The consuming side. At most one exists at any time; the caller sees to that.
  @inlinable @inline(__always) public func makeReader() throws(RingLayoutError) -> ByteRingReader<
    Memory
  > {
    try ByteRingReader(self)
  }
}
