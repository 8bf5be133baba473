// The memory of the rings on the model: the adapter through which the very source that ships is
// explored. Byte offsets are locations; edges keep their names; each access is one event.
//
// Use it inside the body of a modelled process only, made from that process's context.

public import MemoryInterface

/// How payload is modelled.
public enum ModelPayload: Sendable {
  /// As plain data: concurrent accesses are races.
  case plain
  /// As relaxed words: for properties of readers that copy while somebody writes.
  case relaxedWords
}

/// One ordered word of a modelled memory.
public struct ModelWord: SharedWord {
  let context: Unmanaged<ModelContext>
  let location: Int

  /// A relaxed load.
  public func loadRelaxed() -> UInt64 {
    context._withUnsafeGuaranteedRef { $0.load(location, .relaxed) }
  }

  /// An acquiring load.
  public func loadAcquire(_ edge: SyncEdge) -> UInt64 {
    context._withUnsafeGuaranteedRef { $0.load(location, .acquire, edge) }
  }

  /// A relaxed store.
  public func storeRelaxed(_ value: UInt64) {
    context._withUnsafeGuaranteedRef { $0.store(location, value, .relaxed) }
  }

  /// A releasing store.
  public func storeRelease(_ value: UInt64, _ edge: SyncEdge) {
    context._withUnsafeGuaranteedRef { $0.store(location, value, .release, edge) }
  }

  /// Loads, acquiring, until `condition` holds; blocked meanwhile, as a spin loop would be.
  @discardableResult
  public func waitUntil(_ edge: SyncEdge, _ condition: (UInt64) -> Bool) -> UInt64 {
    context._withUnsafeGuaranteedRef { $0.waitUntil(location, .acquire, edge, condition) }
  }
}

/// A window onto the modelled memory, as one process sees it.
public struct ModelMemory: SharedMemory {
  let context: Unmanaged<ModelContext>
  let base: Int
  let payload: ModelPayload
  let byteCount: Int

  /// The memory of the process that `context` belongs to; offset zero is location `base`.
  ///
  /// - Parameter byteCount: an access at or behind this offset is a failure.
  public init(
    _ context: ModelContext, base: Int = 0, payload: ModelPayload = .plain, byteCount: Int = .max
  ) {
    self.init(
      context: Unmanaged.passUnretained(context), base: base, payload: payload,
      byteCount: byteCount)
  }

  /// The same memory with offset zero moved up by `offset` bytes.
  public func advanced(by offset: Int) -> ModelMemory {
    ModelMemory(
      context: context, base: base + offset, payload: payload,
      byteCount: byteCount == .max ? .max : byteCount - offset)
  }

  private init(
    context: Unmanaged<ModelContext>, base: Int, payload: ModelPayload, byteCount: Int
  ) {
    self.context = context
    self.base = base
    self.payload = payload
    self.byteCount = byteCount
  }

  /// The location of an offset within the memory.
  private func location(_ offset: Int) -> Int {
    context._withUnsafeGuaranteedRef {
      $0.require(offset >= 0 && offset < byteCount, "an access outside of the memory")
    }
    return base + offset
  }

  /// The ordered word at `offset`.
  public func word(at offset: Int) -> ModelWord {
    ModelWord(context: context, location: location(offset))
  }

  /// Adds atomically; returns the value before.
  public func fetchAdd(
    _ operand: UInt64, at offset: Int, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> UInt64 {
    context._withUnsafeGuaranteedRef {
      $0.fetchAdd(location(offset), operand, ModelOrder(order), edge)
    }
  }

  /// Stores `desired` if the word equals `expected`.
  public func compareExchange(
    at offset: Int, expected: UInt64, desired: UInt64, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> (exchanged: Bool, original: UInt64) {
    context._withUnsafeGuaranteedRef {
      $0.compareExchange(
        location(offset), expected: expected, desired: desired, ModelOrder(order), edge)
    }
  }

  /// A stand-alone fence.
  public func fence(_ order: FenceOrder, _ edge: SyncEdge) {
    let modelled: ModelOrder =
      switch order {
      case .acquire: .acquire
      case .release: .release
      case .sequentiallyConsistent: .sequentiallyConsistent
      }
    context._withUnsafeGuaranteedRef { $0.fence(modelled, edge) }
  }

  /// Stores one word of payload.
  public func storePayload(_ value: UInt64, at offset: Int) {
    context._withUnsafeGuaranteedRef {
      switch payload {
      case .plain: $0.storePlain(location(offset), value)
      case .relaxedWords: $0.store(location(offset), value, .relaxed)
      }
    }
  }

  /// Loads one word of payload.
  public func loadPayload(at offset: Int) -> UInt64 {
    context._withUnsafeGuaranteedRef {
      switch payload {
      case .plain: $0.loadPlain(location(offset))
      case .relaxedWords: $0.load(location(offset), .relaxed)
      }
    }
  }
}

extension ModelOrder {
  /// The order of a read-modify-write of the memory protocol.
  init(_ order: UpdateOrder) {
    switch order {
    case .relaxed: self = .relaxed
    case .acquire: self = .acquire
    case .release: self = .release
    case .acquireRelease: self = .acquireRelease
    }
  }
}
