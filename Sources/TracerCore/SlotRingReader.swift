// The consuming side of a slot ring: read a run of slots in place, then hand the space back.

public import MemoryInterface

/// Slots that stand next to one another, ready to be read in place.
@frozen public struct SlotRun: Equatable, Sendable {
  /// Where the first one begins, in bytes of the ring's memory.
  public let offset: Int
  /// How many there are; zero if the ring is empty.
  public let count: Int

  @inlinable init(offset: Int, count: Int) {
    self.offset = offset
    self.count = count
  }
}

/// The consuming side of a slot ring. Wait-free. Belongs to one thread of one process.
@frozen public struct SlotRingReader<Memory: SharedMemory>: ~Copyable {
  /// The memory that slots stand in: `loadPayload` within a run.
  public let memory: Memory
  @usableFromInline var core: RingReaderCore<Memory>
  @usableFromInline let dataOffset: Int
  @usableFromInline let slotByteCount: Int

  @inlinable @inline(__always) init(_ ring: SlotRing<Memory>) throws(RingLayoutError) {
    memory = ring.memory
    dataOffset = ring.offset + RingHeader.data
    slotByteCount = ring.geometry.slotByteCount
    core = try RingReaderCore(
      memory: ring.memory, at: ring.offset, capacity: UInt64(ring.geometry.capacity))
  }

  /// The read position: slots consumed since the ring was made.
  @inlinable public var position: UInt64 { core.position }

  /// Slots that may be read now, up to the end of the ring. They stay until `consume`.
  ///
  /// - Throws: `RingCorruption` if the writer's position cannot be an honest one.
  @inlinable @inline(__always)
  public mutating func readableRun() throws(RingCorruption) -> SlotRun {
    let index = core.position & (core.capacity &- 1)
    let offset = dataOffset &+ Int(truncatingIfNeeded: index) &* slotByteCount
    if core.knownUsed == 0 {
      guard try core.refresh() else {
        // The record and its position then travel side by side, not one after the other.
        memory.prefetchForRead(at: offset)
        return SlotRun(offset: offset, count: 0)
      }
    }
    let count = min(core.knownUsed, core.capacity &- index)
    return SlotRun(offset: offset, count: Int(truncatingIfNeeded: count))
  }

  /// Takes the first `count` slots of the run; their space goes back to the writer lazily.
  @inlinable @inline(__always)
  public mutating func consume(_ count: Int) {
    let taken = UInt64(truncatingIfNeeded: count)
    precondition(taken <= core.knownUsed, "cannot consume more than was readable")
    core.advance(by: taken)
  }

  /// Hands all consumed space back at once.
  @inlinable public mutating func release() {
    if core.released != core.position { core.release() }
  }

  /// Takes one word; for rings whose slots are eight bytes. Returns `nil` if empty.
  @inlinable @inline(__always)
  public mutating func tryPop() throws(RingCorruption) -> UInt64? {
    let run = try readableRun()
    guard run.count > 0 else { return nil }
    let value = memory.loadPayload(at: run.offset)
    core.advance(by: 1)
    return value
  }
}
