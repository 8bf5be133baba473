// Shared memory as the processor sees it: bare loads and stores on a mapped region.
//
// Everything here is inlined and specialised away: after optimisation a generic ring over
// `HardwareMemory` is the machine code one would write by hand. This is the only target that
// holds raw pointers into shared memory.

public import CPlatform
public import MemoryInterface
public import Synchronization

/// One ordered word of a mapped region.
@frozen public struct HardwareWord: SharedWord, @unchecked Sendable {
  @usableFromInline let pointer: UnsafeMutablePointer<Atomic<UInt64>>

  @inlinable init(_ pointer: UnsafeMutablePointer<Atomic<UInt64>>) { self.pointer = pointer }

  /// A relaxed load.
  @inlinable public func loadRelaxed() -> UInt64 { pointer.pointee.load(ordering: .relaxed) }

  /// An acquiring load.
  @inlinable public func loadAcquire(_ edge: SyncEdge) -> UInt64 {
    pointer.pointee.load(ordering: .acquiring)
  }

  /// A relaxed store.
  @inlinable public func storeRelaxed(_ value: UInt64) {
    pointer.pointee.store(value, ordering: .relaxed)
  }

  /// A releasing store.
  @inlinable public func storeRelease(_ value: UInt64, _ edge: SyncEdge) {
    pointer.pointee.store(value, ordering: .releasing)
  }
}

/// A window onto a mapped region, addressed by byte offset from its base.
///
/// It does not own the mapping: whoever made it keeps the `Mapping` alive while it is in use.
/// Offsets are checked in debug builds only; layouts are validated once, when a region is opened.
@frozen public struct HardwareMemory: AddressableMemory, @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer

  /// Makes a window whose offset zero is `base`, which must be eight-byte aligned.
  @inlinable public init(base: UnsafeMutableRawPointer) { self.base = base }

  /// The same memory with offset zero moved up by `offset` bytes (a multiple of eight).
  @inlinable public func advanced(by offset: Int) -> HardwareMemory {
    HardwareMemory(base: base + offset)
  }

  @inlinable func atomic(at offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    assert(offset >= 0 && offset & 7 == 0, "an ordered word is eight-byte aligned")
    return (base + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// The ordered word at `offset`.
  @inlinable public func word(at offset: Int) -> HardwareWord { HardwareWord(atomic(at: offset)) }

  /// Adds atomically; returns the value before.
  @inlinable public func fetchAdd(
    _ operand: UInt64, at offset: Int, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> UInt64 {
    let word = atomic(at: offset)
    return switch order {
    case .relaxed: word.pointee.wrappingAdd(operand, ordering: .relaxed).oldValue
    case .acquire: word.pointee.wrappingAdd(operand, ordering: .acquiring).oldValue
    case .release: word.pointee.wrappingAdd(operand, ordering: .releasing).oldValue
    case .acquireRelease:
      word.pointee.wrappingAdd(operand, ordering: .acquiringAndReleasing).oldValue
    }
  }

  /// Stores `desired` if the word equals `expected`.
  @inlinable public func compareExchange(
    at offset: Int, expected: UInt64, desired: UInt64, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> (exchanged: Bool, original: UInt64) {
    let word = atomic(at: offset)
    return switch order {
    case .relaxed:
      word.pointee.compareExchange(expected: expected, desired: desired, ordering: .relaxed)
    case .acquire:
      word.pointee.compareExchange(expected: expected, desired: desired, ordering: .acquiring)
    case .release:
      word.pointee.compareExchange(expected: expected, desired: desired, ordering: .releasing)
    case .acquireRelease:
      word.pointee.compareExchange(
        expected: expected, desired: desired, ordering: .acquiringAndReleasing)
    }
  }

  /// A stand-alone fence.
  @inlinable public func fence(_ order: FenceOrder, _ edge: SyncEdge) {
    switch order {
    case .acquire: atomicMemoryFence(ordering: .acquiring)
    case .release: atomicMemoryFence(ordering: .releasing)
    case .sequentiallyConsistent: atomicMemoryFence(ordering: .sequentiallyConsistent)
    }
  }

  /// Stores eight bytes of payload.
  @inlinable public func storePayload(_ value: UInt64, at offset: Int) {
    (base + offset).storeBytes(of: value, as: UInt64.self)
  }

  /// Loads eight bytes of payload.
  @inlinable public func loadPayload(at offset: Int) -> UInt64 {
    (base + offset).load(as: UInt64.self)
  }

  /// Asks for the line in a state that can be written.
  @inlinable public func prefetchForWrite(at offset: Int) { platform_prefetch_write(base + offset) }

  /// Asks for the line.
  @inlinable public func prefetchForRead(at offset: Int) { platform_prefetch_read(base + offset) }

  /// Lends payload bytes for reading in place.
  @inlinable public func withPayload<Result, Failure: Error>(
    at offset: Int, byteCount: Int, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let bytes = UnsafeRawBufferPointer(start: base + offset, count: byteCount)
    return try body(bytes.bytes)
  }

  /// Lends payload bytes for writing in place.
  @inlinable public func withMutablePayload<Result, Failure: Error>(
    at offset: Int, byteCount: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let bytes = UnsafeMutableRawBufferPointer(start: base + offset, count: byteCount)
    var span = bytes.mutableBytes
    return try body(&span)
  }

  /// Copies bytes into payload.
  @inlinable public func copyPayload(from source: UnsafeRawBufferPointer, to offset: Int) {
    guard let start = source.baseAddress else { return }
    (base + offset).copyMemory(from: start, byteCount: source.count)
  }
}
