// The submit and the free queue of a lane: rings on their way, by index and generation.
//
// A queue is a slot ring by layout and by algorithm, with two differences from `RingCores`. Every
// push and every advance shows at once: laziness could make an honest queue look full, and a
// successor takes over what is in memory, not what a dead process meant to store. And each queue
// has edges of its own names. With room for every ring and one more a push cannot fail between
// honest peers: a full queue means a corrupt one.

public import MemoryInterface

/// A ring on its way: which one, and in which use.
@frozen public struct RingTicket: Equatable, Sendable {
  /// The ring's place in the pool. From shared memory: any number.
  public var index: UInt64
  /// The use it is in; never reused.
  public var generation: UInt64

  /// Bytes of a ticket in a queue.
  @inlinable static var byteCount: Int { 16 }

  /// Makes a ticket.
  @inlinable public init(index: UInt64, generation: UInt64) {
    self.index = index
    self.generation = generation
  }
}

/// The producing side of a queue of rings. Wait-free; belongs to one thread.
@frozen public struct LaneQueueProducer<Memory: SharedMemory> {
  @usableFromInline let memory: Memory
  @usableFromInline let offset: Int
  @usableFromInline let capacity: UInt64
  @usableFromInline let publishEdge: SyncEdge
  @usableFromInline let reclaimEdge: SyncEdge
  @usableFromInline var position: UInt64

  @inlinable init(
    _ memory: Memory, at offset: Int, capacity: Int, publish: SyncEdge, reclaim: SyncEdge
  ) {
    self.memory = memory
    self.offset = offset
    self.capacity = UInt64(capacity)
    publishEdge = publish
    reclaimEdge = reclaim
    // Relaxed: only this side stores it; a successor was given the lane by other means.
    position = memory.word(at: offset + RingHeader.writePosition).loadRelaxed()
  }

  @inlinable func slot(_ position: UInt64) -> Int {
    offset + RingHeader.data
      + RingTicket.byteCount * Int(truncatingIfNeeded: position & (capacity - 1))
  }

  /// Appends a ring; `false` if the queue is full, which no honest consumer lets happen.
  ///
  /// Pairs with `LaneQueueConsumer.peek` by its release, and with `advance` by its acquire:
  /// without that one an entry could be overwritten under its reader.
  @inlinable public mutating func push(_ ticket: RingTicket) -> Bool {
    let read = memory.word(at: offset + RingHeader.readPosition).loadAcquire(reclaimEdge)
    guard position &- read < capacity else { return false }
    let slot = slot(position)
    memory.storePayload(ticket.index, at: slot)
    memory.storePayload(ticket.generation, at: slot + 8)
    position &+= 1
    memory.word(at: offset + RingHeader.writePosition).storeRelease(position, publishEdge)
    return true
  }

  /// The ticket pushed last. Slots stay readable after a pop: only this side overwrites them.
  /// Zeros where nothing was pushed yet, and no ring is ever returned in generation zero.
  @inlinable var latest: RingTicket {
    let slot = slot(position &- 1)
    return RingTicket(
      index: memory.loadPayload(at: slot), generation: memory.loadPayload(at: slot + 8))
  }
}

/// The consuming side of a queue of rings. Wait-free; belongs to one thread.
@frozen public struct LaneQueueConsumer<Memory: SharedMemory> {
  @usableFromInline let memory: Memory
  @usableFromInline let offset: Int
  @usableFromInline let capacity: UInt64
  @usableFromInline let publishEdge: SyncEdge
  @usableFromInline let reclaimEdge: SyncEdge
  @usableFromInline var position: UInt64

  @inlinable init(
    _ memory: Memory, at offset: Int, capacity: Int, publish: SyncEdge, reclaim: SyncEdge
  ) {
    self.memory = memory
    self.offset = offset
    self.capacity = UInt64(capacity)
    publishEdge = publish
    reclaimEdge = reclaim
    // Relaxed: only this side stores it.
    position = memory.word(at: offset + RingHeader.readPosition).loadRelaxed()
  }

  /// The oldest ring on the queue, or `nil` if there is none. It stays until `advance`.
  ///
  /// Pairs with `LaneQueueProducer.push`. Without the acquire the entry, or the ring that it
  /// names, may not be there yet.
  @inlinable public func peek() throws(RingCorruption) -> RingTicket? {
    let write = memory.word(at: offset + RingHeader.writePosition).loadAcquire(publishEdge)
    guard write != position else { return nil }
    guard write &- position <= capacity else { throw .position(found: write, own: position) }
    let slot =
      offset + RingHeader.data
      + RingTicket.byteCount * Int(truncatingIfNeeded: position & (capacity - 1))
    return RingTicket(
      index: memory.loadPayload(at: slot), generation: memory.loadPayload(at: slot + 8))
  }

  /// Takes the oldest ring off the queue. Pairs with `LaneQueueProducer.push`.
  @inlinable public mutating func advance() {
    position &+= 1
    memory.word(at: offset + RingHeader.readPosition).storeRelease(position, reclaimEdge)
  }
}
