// What the two kinds of ring share: the positions of either side and how they are exchanged.
//
//            read position          write position
//                 │    published records   │   free space
//     ────────────┼────────────────────────┼─────────────▶ positions
//     released    reader's     published   writer's
//     (visible)   position     (visible)   position
//
// After Lamport's queue (Specifying Concurrent Program Modules, 1983) with the cached peer
// positions of Lee, Bu and Chandranmenon (MCRingBuffer, IPDPS 2010). The writer calls
// `RingWriterCore`, the reader `RingReaderCore`; each belongs to one thread of one process.
//
// A side reads the other's position only when its own copy says that it cannot go on, and stores
// its own lazily: the reader when a quarter of the ring was consumed or nothing is left, the
// writer by its policy.

public import MemoryInterface

/// The writing side of the positions. Wait-free; belongs to one thread.
///
/// Copyable, though the handles around it are not: a nested non-copyable generic value is destroyed
/// through its metadata, which takes its address and so keeps it out of registers.
@frozen public struct RingWriterCore<Memory: SharedMemory> {
  @usableFromInline let writeWord: Memory.Word
  @usableFromInline let readWord: Memory.Word
  /// Slots or bytes.
  public let capacity: UInt64
  @usableFromInline let pendingLimit: UInt64
  @usableFromInline let watchesReader: Bool
  /// Pending slots or bytes at which the policy has something to decide.
  @usableFromInline var attentionDistance: UInt64
  /// Where the next slot or byte goes.
  @usableFromInline var position: UInt64
  /// What the reader can see.
  @usableFromInline var published: UInt64
  /// The reader's position at our last look.
  @usableFromInline var knownRead: UInt64

  @inlinable @inline(__always) init(
    memory: Memory, at offset: Int, capacity: UInt64, policy: PublishPolicy
  ) throws(RingLayoutError) {
    writeWord = memory.word(at: offset + RingHeader.writePosition)
    readWord = memory.word(at: offset + RingHeader.readPosition)
    self.capacity = capacity
    pendingLimit = policy.pendingLimit
    watchesReader = policy.watchesReader
    attentionDistance = policy.watchesReader ? 1 : policy.pendingLimit
    // Relaxed: only this side stores it; a successor was given the ring by other means.
    position = writeWord.loadRelaxed()
    published = position
    // Pairs with RingReaderCore.release: what lies below is free to write.
    knownRead = readWord.loadAcquire(.ringReclaim)
    guard position &- knownRead <= capacity else {
      throw .positionsOutOfOrder(write: position, read: knownRead, capacity: capacity)
    }
  }

  /// Free space as far as known without looking, in slots or bytes.
  @inlinable var knownFree: UInt64 { capacity &- (position &- knownRead) }

  /// Looks at the reader's position.
  ///
  /// Pairs with `RingReaderCore.release`. Without the acquire, the next record may be stored into
  /// space that the reader is still reading. A position that an honest reader could not have
  /// reached (behind the last one, or beyond what was published) is ignored: a corrupt reader can
  /// stop its own stream and nothing else.
  @inlinable mutating func refresh() {
    // Room runs out, and the reader can only free what it can see.
    if watchesReader, published != position { publish() }
    let read = readWord.loadAcquire(.ringReclaim)
    if read &- knownRead <= published &- knownRead { knownRead = read }
  }

  /// Moves past what was written, and publishes if the policy says so.
  @inlinable @inline(__always)
  mutating func advance(by count: UInt64) {
    position &+= count
    if position &- published >= attentionDistance { attend() }
  }

  /// Publishes if enough is pending or the reader waits; else lets the batch grow.
  ///
  /// The reader's position is looked at once a batch, when it is opened. To look at every record
  /// would pull the line from a reader that is busy, and a batch takes less time than the pull.
  @inlinable @inline(__always)
  mutating func attend() {
    // Relaxed: a hint whether the reader is idle; no data depend on it.
    if position &- published >= pendingLimit || readWord.loadRelaxed() == published {
      publish()
    } else {
      attentionDistance = pendingLimit
    }
  }

  /// Makes all records written so far visible.
  ///
  /// Pairs with `RingReaderCore.refresh`. Without the release the reader could see the position
  /// before the records.
  @inlinable @inline(__always)
  mutating func publish() {
    writeWord.storeRelease(position, .ringPublish)
    published = position
    attentionDistance = watchesReader ? 1 : pendingLimit
  }
}

/// The reading side of the positions. Wait-free; belongs to one thread. Copyable for the reason
/// that `RingWriterCore` gives.
@frozen public struct RingReaderCore<Memory: SharedMemory> {
  @usableFromInline let writeWord: Memory.Word
  @usableFromInline let readWord: Memory.Word
  /// Slots or bytes.
  public let capacity: UInt64
  @usableFromInline let releaseLimit: UInt64
  /// The next slot or byte to read.
  @usableFromInline var position: UInt64
  /// What the writer may reuse.
  @usableFromInline var released: UInt64
  /// The writer's position at our last look.
  @usableFromInline var knownWrite: UInt64

  @inlinable @inline(__always) init(
    memory: Memory, at offset: Int, capacity: UInt64
  ) throws(RingLayoutError) {
    writeWord = memory.word(at: offset + RingHeader.writePosition)
    readWord = memory.word(at: offset + RingHeader.readPosition)
    self.capacity = capacity
    // A quarter: the writer sees space long before it needs it, and the line moves rarely.
    releaseLimit = max(capacity / 4, 1)
    // Relaxed: only this side stores it.
    position = readWord.loadRelaxed()
    released = position
    // Pairs with RingWriterCore.publish.
    knownWrite = writeWord.loadAcquire(.ringPublish)
    guard knownWrite &- position <= capacity else {
      throw .positionsOutOfOrder(write: knownWrite, read: position, capacity: capacity)
    }
  }

  /// Published and unread, as far as known without looking.
  @inlinable var knownUsed: UInt64 { knownWrite &- position }

  /// Looks at the writer's position; returns whether there is anything to read. Called when nothing
  /// is known to be left.
  ///
  /// Pairs with `RingWriterCore.publish`. Without the acquire, records may be read that are not
  /// there yet. When nothing is left, all space is handed back: a writer that waits for room must
  /// not wait for a quarter that never fills.
  @inlinable mutating func refresh() throws(RingCorruption) -> Bool {
    let write = writeWord.loadAcquire(.ringPublish)
    // An empty look stores nothing of ours: a poll with a store in it takes half as long again to
    // notice a message.
    if write == position {
      if released != position { release() }
      return false
    }
    guard write &- position <= capacity else { throw .position(found: write, own: position) }
    knownWrite = write
    return true
  }

  /// Moves past what was read; hands space back when a quarter has gathered.
  @inlinable @inline(__always)
  mutating func advance(by count: UInt64) {
    position &+= count
    if position &- released >= releaseLimit { release() }
  }

  /// Hands all space read so far back to the writer.
  ///
  /// Pairs with `RingWriterCore.refresh`. Without the release the writer could overwrite a record
  /// before it was read.
  @inlinable @inline(__always)
  mutating func release() {
    readWord.storeRelease(position, .ringReclaim)
    released = position
  }
}
