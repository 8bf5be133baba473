// The producing side of a slot ring: reserve a slot in place, fill it, commit it.

public import MemoryInterface

/// The producing side of a slot ring. Wait-free. Belongs to one thread of one process.
@frozen public struct SlotRingWriter<Memory: SharedMemory>: ~Copyable {
  /// The memory that slots stand in: `storePayload` at what `tryReserve` returned.
  public let memory: Memory
  @usableFromInline var core: RingWriterCore<Memory>
  @usableFromInline let dataOffset: Int
  @usableFromInline let slotByteCount: Int
  @usableFromInline let prefetchDistance: UInt64

  @inlinable @inline(__always) init(_ ring: SlotRing<Memory>, policy: PublishPolicy)
    throws(RingLayoutError)
  {
    memory = ring.memory
    dataOffset = ring.offset + RingHeader.data
    slotByteCount = ring.geometry.slotByteCount
    prefetchDistance = slotByteCount >= 64 ? UInt64(max(1, 512 / slotByteCount)) : 0
    core = try RingWriterCore(
      memory: ring.memory, at: ring.offset, capacity: UInt64(ring.geometry.capacity),
      policy: policy)
  }

  /// The write position: slots written since the ring was made.
  @inlinable public var position: UInt64 { core.position }

  @inlinable func offset(of position: UInt64) -> Int {
    dataOffset &+ Int(truncatingIfNeeded: position & (core.capacity &- 1)) &* slotByteCount
  }

  /// The offset of the next slot, or `nil` if the ring is full. Refuses, never blocks; calling it
  /// again without `commit` returns the same slot.
  @inlinable @inline(__always)
  public mutating func tryReserve() -> Int? {
    if core.knownFree == 0 {
      core.refresh()
      if core.knownFree == 0 { return nil }
    }
    return offset(of: core.position)
  }

  /// Appends the reserved slot; it becomes visible as the policy says. The caller has filled all
  /// of it: a slot carries no length.
  @inlinable @inline(__always)
  public mutating func commit() {
    core.advance(by: 1)
    if prefetchDistance != 0 {
      memory.prefetchForWrite(at: offset(of: core.position &+ prefetchDistance))
    }
  }

  /// Makes every committed slot visible.
  @inlinable public mutating func publish() {
    if core.published != core.position { core.publish() }
  }

  /// Stores one word per slot; for rings whose slots are eight bytes. Returns `false` if full.
  @inlinable @inline(__always)
  public mutating func tryPush(_ value: UInt64) -> Bool {
    guard let slot = tryReserve() else { return false }
    memory.storePayload(value, at: slot)
    commit()
    return true
  }
}
