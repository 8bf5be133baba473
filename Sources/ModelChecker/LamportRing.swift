// The textbook single-producer single-consumer ring over the checker's own operations: the
// yardstick of the checker, for its speed and its memory, and for counts of executions, which are
// those of any exploration that is complete and explores nothing twice.

/// The yardstick of the checker: a ring of one producer and one consumer.
public enum LamportRing {
  private static let writePosition = 0
  private static let readPosition = 1
  private static let firstSlot = 2

  /// Waits where the ring is full or empty.
  public static func blocking(capacity: UInt64, messages: UInt64) -> ModelProgram {
    let producer: (ModelContext) -> Void = { context in
      var written: UInt64 = 0
      while written < messages {
        let position = written
        context.waitUntil(readPosition, .acquire) { position &- $0 != capacity }
        context.storePlain(firstSlot + Int(written % capacity), written + 1)
        written += 1
        context.store(writePosition, written, .release)
      }
    }
    let consumer: (ModelContext) -> Void = { context in
      var read: UInt64 = 0
      while read < messages {
        let position = read
        context.waitUntil(writePosition, .acquire) { $0 != position }
        let value = context.loadPlain(firstSlot + Int(read % capacity))
        context.require(value == read + 1, "messages arrive in order")
        read += 1
        context.store(readPosition, read, .release)
      }
    }
    return ModelProgram(name: "blocking Lamport ring", bodies: [producer, consumer])
  }

  /// Tries a fixed number of times; a try fails where the ring is full or empty.
  public static func trying(
    capacity: UInt64, tries: Int, publish: ModelOrder = .release, reclaim: ModelOrder = .release
  ) -> ModelProgram {
    let producer: (ModelContext) -> Void = { context in
      var written: UInt64 = 0
      for _ in 0..<tries where written &- context.load(readPosition, .acquire) != capacity {
        context.storePlain(firstSlot + Int(written % capacity), written + 1)
        written += 1
        context.store(writePosition, written, publish)
      }
    }
    let consumer: (ModelContext) -> Void = { context in
      var read: UInt64 = 0
      for _ in 0..<tries where context.load(writePosition, .acquire) != read {
        let value = context.loadPlain(firstSlot + Int(read % capacity))
        context.require(value == read + 1, "messages arrive in order")
        read += 1
        context.store(readPosition, read, reclaim)
      }
    }
    return ModelProgram(name: "trying Lamport ring", bodies: [producer, consumer])
  }
}
