// One lane of one thread: a pool of rings, the two queues that they travel on, and the words of
// either side. What `LaneWriter` (agent) and `LaneReader` (controller) are made of.

public import MemoryInterface

/// A lane in a shared memory. Any thread may hold one; it reads and writes nothing by itself.
@frozen public struct Lane<Memory: SharedMemory> {
  /// The memory it stands in.
  public let memory: Memory
  /// Where it begins, in bytes.
  public let offset: Int
  /// Which lane of the region.
  public let identifier: LaneIdentifier
  /// Its rings: a private copy, checked when the region was opened.
  public let geometry: LaneGeometry
  @usableFromInline let ringsOffset: Int
  @usableFromInline let ringStride: Int

  init(_ memory: Memory, geometry: LanesGeometry, identifier: LaneIdentifier) {
    self.memory = memory
    self.identifier = identifier
    self.geometry = geometry.lane(identifier.kind)
    offset = geometry.laneOffset(identifier)
    ringsOffset = offset + self.geometry.ringsOffset
    ringStride = self.geometry.ringStride
  }

  @inlinable func word(_ field: Int) -> Memory.Word { memory.word(at: offset + field) }

  /// A ring of the pool.
  @inlinable public func ring(_ index: Int) -> LaneRing<Memory> {
    LaneRing(memory, at: ringsOffset + index * ringStride)
  }

  /// The lane's cumulative losses, those with a sequence number. Relaxed: a metric.
  @inlinable func loadLosses() -> LossCounts {
    var losses = LossCounts()
    for cause in 0..<4 {
      losses.counts[cause] = word(LaneLayout.Lane.losses + 8 * cause).loadRelaxed()
    }
    return losses
  }

  /// Whoever owns the whole lane: both queues empty but for every ring on the free queue.
  ///
  /// Idempotent: a process killed within leaves a lane of which nobody looks at the queues, since
  /// its slot is not free yet; its successor does all of it again. Generations, sequence numbers
  /// and losses are not touched: they go on for ever.
  func resetQueues() {
    guard
      let size = try? SlotRingGeometry(
        slotByteCount: RingTicket.byteCount, capacity: geometry.queueCapacity)
    else { preconditionFailure("queueCapacity is a valid capacity") }
    _ = SlotRing(formatting: memory, at: offset + geometry.submitQueueOffset, geometry: size)
    _ = SlotRing(formatting: memory, at: offset + geometry.freeQueueOffset, geometry: size)
    var free = freeProducer()
    for index in 0..<geometry.ringCount {
      // Relaxed: whoever owns the lane is the last who stored it.
      let generation = ring(index).word(LaneLayout.Ring.generation).loadRelaxed()
      // An empty queue has room for every ring, unless a hostile agent stores into it at this
      // moment: its lane is short of rings then, and no other.
      _ = free.push(RingTicket(index: UInt64(index), generation: generation))
    }
    // Relaxed: the release of the slot's state orders them.
    word(LaneLayout.Lane.busy).storeRelaxed(0)
    word(LaneLayout.Lane.activeRing).storeRelaxed(.max)
  }

  package func submitProducer() -> LaneQueueProducer<Memory> {
    LaneQueueProducer(
      memory, at: offset + geometry.submitQueueOffset, capacity: geometry.queueCapacity,
      publish: .submitPublish, reclaim: .submitReclaim)
  }
  package func submitConsumer() -> LaneQueueConsumer<Memory> {
    LaneQueueConsumer(
      memory, at: offset + geometry.submitQueueOffset, capacity: geometry.queueCapacity,
      publish: .submitPublish, reclaim: .submitReclaim)
  }
  package func freeProducer() -> LaneQueueProducer<Memory> {
    LaneQueueProducer(
      memory, at: offset + geometry.freeQueueOffset, capacity: geometry.queueCapacity,
      publish: .freePublish, reclaim: .freeReclaim)
  }
  package func freeConsumer() -> LaneQueueConsumer<Memory> {
    LaneQueueConsumer(
      memory, at: offset + geometry.freeQueueOffset, capacity: geometry.queueCapacity,
      publish: .freePublish, reclaim: .freeReclaim)
  }
}

extension Lane {
  /// Marks what is being captured, from any thread of the agent. Wait-free.
  ///
  /// Takes effect at the writer's first write that sees it: the history before is submitted, and
  /// everything up to the post-roll after. A monotone counter: no mark is lost to another one.
  @inlinable public func mark() {
    // Pairs with `LaneWriter.serve`.
    _ = memory.fetchAdd(
      1, at: offset + LaneLayout.Lane.marks, .release, .laneMark)
  }

  /// Controller: asks the writer to submit what it has; returns the number to wait for with
  /// `LaneReader.isFlushServed`. One controller at a time calls it.
  public func requestFlush() -> UInt64 {
    let number = nextFlush
    requestFlush(number)
    return number
  }

  /// The number of this lane's next flush. Relaxed: only the controller stores it.
  var nextFlush: UInt64 {
    word(LaneLayout.Lane.flushRequested).loadRelaxed() &+ 1
  }

  /// As the other, under a number that is given. Relaxed: it carries no data.
  package func requestFlush(_ number: UInt64) {
    word(LaneLayout.Lane.flushRequested).storeRelaxed(number)
  }
}

extension Lane: Sendable where Memory: Sendable {}
