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

  /// The memory of the process that `context` belongs to; offset zero is location `base`.
  public init(_ context: ModelContext, base: Int = 0, payload: ModelPayload = .plain) {
    self.context = Unmanaged.passUnretained(context)
    self.base = base
    self.payload = payload
  }

  /// The same memory with offset zero moved up by `offset` bytes.
  public func advanced(by offset: Int) -> ModelMemory {
    ModelMemory(context: context, base: base + offset, payload: payload)
  }

  private init(context: Unmanaged<ModelContext>, base: Int, payload: ModelPayload) {
    self.context = context
    self.base = base
    self.payload = payload
  }

  /// The ordered word at `offset`.
  public func word(at offset: Int) -> ModelWord {
    ModelWord(context: context, location: base + offset)
  }

  /// Adds atomically; returns the value before.
  public func fetchAdd(
    _ operand: UInt64, at offset: Int, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> UInt64 {
    context._withUnsafeGuaranteedRef {
      $0.fetchAdd(base + offset, operand, ModelOrder(order), edge)
    }
  }

  /// Stores `desired` if the word equals `expected`.
  public func compareExchange(
    at offset: Int, expected: UInt64, desired: UInt64, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> (exchanged: Bool, original: UInt64) {
    context._withUnsafeGuaranteedRef {
      $0.compareExchange(
        base + offset, expected: expected, desired: desired, ModelOrder(order), edge)
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
      case .plain: $0.storePlain(base + offset, value)
      case .relaxedWords: $0.store(base + offset, value, .relaxed)
      }
    }
  }

  /// Loads one word of payload.
  public func loadPayload(at offset: Int) -> UInt64 {
    context._withUnsafeGuaranteedRef {
      switch payload {
      case .plain: $0.loadPlain(base + offset)
      case .relaxedWords: $0.load(base + offset, .relaxed)
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
