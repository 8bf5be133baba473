// The protocol of a shared memory, addressed by byte offset.
//
// The rings and everything above them are written once, generic over `SharedMemory`. The hardware
// form compiles to bare loads and stores; the modelled form explores every execution that the
// C11 (RC11) memory model allows; the fault form dies at the n-th access. Therefore *every* access
// to shared memory goes through here, the payload included: with payload as relaxed atomics a
// ring without its reuse edge would pass both the model and the hardware, and only the detection
// of races on plain data finds it.
//
// Offsets are multiples of eight unless a requirement says otherwise.

/// One shared 64-bit location with ordered access.
public protocol SharedWord {
  /// Loads without order. The comment at the call says why that suffices.
  func loadRelaxed() -> UInt64
  /// Loads; what the peer did before the matching release is visible afterwards.
  func loadAcquire(_ edge: SyncEdge) -> UInt64
  /// Stores without order. The comment at the call says why that suffices.
  func storeRelaxed(_ value: UInt64)
  /// Stores; everything before it is visible to whoever acquires this value.
  func storeRelease(_ value: UInt64, _ edge: SyncEdge)
}

/// The order of a read-modify-write.
@frozen public enum UpdateOrder: Sendable {
  /// No order, only atomicity.
  case relaxed
  /// The load acquires.
  case acquire
  /// The store releases.
  case release
  /// Both.
  case acquireRelease
}

/// The order of a stand-alone fence.
@frozen public enum FenceOrder: Sendable {
  /// Later accesses stay after earlier loads.
  case acquire
  /// Earlier accesses stay before later stores.
  case release
  /// Total order among all such fences: for Dekker pairs only.
  case sequentiallyConsistent
}

/// A shared memory: ordered words, read-modify-writes, fences and plain payload.
///
/// Copies of a memory refer to the same bytes. Each requirement is one access of the model and
/// one place where a process may die.
public protocol SharedMemory {
  /// The handle of one ordered word.
  associatedtype Word: SharedWord

  /// The ordered word at a byte offset (a multiple of eight). Computes an address; no access.
  func word(at offset: Int) -> Word

  /// Adds atomically (wrapping) and returns the value before.
  func fetchAdd(_ operand: UInt64, at offset: Int, _ order: UpdateOrder, _ edge: SyncEdge) -> UInt64

  /// Stores `desired` if the word equals `expected`; never fails spuriously. On failure the load
  /// is an acquire where `order` contains one, else relaxed.
  func compareExchange(
    at offset: Int, expected: UInt64, desired: UInt64, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> (exchanged: Bool, original: UInt64)

  /// A stand-alone fence.
  func fence(_ order: FenceOrder, _ edge: SyncEdge)

  /// Stores eight bytes of plain data, native (little-endian) order. Not atomic: a concurrent
  /// access is a data race, which the model reports.
  func storePayload(_ value: UInt64, at offset: Int)

  /// Loads eight bytes of plain data.
  func loadPayload(at offset: Int) -> UInt64

  /// A hint that the line at `offset` will be stored to. May do nothing; no access.
  func prefetchForWrite(at offset: Int)

  /// A hint that the line at `offset` will be loaded. May do nothing; no access.
  func prefetchForRead(at offset: Int)
}

extension SharedMemory {
  /// Does nothing: memories that are not hardware have no caches to warm.
  @inlinable public func prefetchForWrite(at offset: Int) {}
  /// Does nothing: memories that are not hardware have no caches to warm.
  @inlinable public func prefetchForRead(at offset: Int) {}
}

/// A shared memory whose payload has addresses, so that it can be handed out in place.
///
/// The spans end with the closure: they cannot escape it.
public protocol AddressableMemory: SharedMemory {
  /// Lends `byteCount` bytes of payload at `offset` for reading in place. Plain access.
  func withPayload<Result, Failure: Error>(
    at offset: Int, byteCount: Int, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result

  /// Lends `byteCount` bytes of payload at `offset` for writing in place. Plain access.
  func withMutablePayload<Result, Failure: Error>(
    at offset: Int, byteCount: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result

  /// Copies bytes into payload. `offset` and the count need no alignment.
  func copyPayload(from source: UnsafeRawBufferPointer, to offset: Int)
}
