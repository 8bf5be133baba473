// Where the objects behind C handles stand: in a table of places that is never unmapped, so that a
// handle used after its end still leads to memory that says so.
//
//     free ──claim──▶ claimed ──publish──▶ live (its kind's magic) ──take──▶ claimed ──▶ free
//
// A place is claimed by compare-and-swap, and places are taken in turn. A handle is the address of
// its place with the number of the turn's lap above it, where no address of a process has bits; the
// place's magic is stored with the same number: a handle that ended is found out also when its place
// has another object by now. No lock: a child forked at any moment can attach its threads. Tables of
// threads and controllers are wiped on fork: the child finds its parent's handles ended, without any
// handler.
//
//     handle   │ lap: 16 bits │ address of the place: 48 bits │
//     place    │ magic xor lap │ … the object
//
// Private memory of this process; any thread may call.

import CTracerShm
import Glibc
import Synchronization

/// Offsets within a place.
enum HandlePlace {
  /// The object stands behind the magic, on a line of its own: aligned for any type.
  @inline(__always) static var value: Int { 64 }
  /// A place begins on lines of its own: its neighbours belong to other threads.
  @inline(__always) static var alignment: Int { 128 }
  /// Bits of an address: on either architecture a process has none above, unless it asks for them.
  @inline(__always) private static var addressBits: UInt { 48 }

  /// The place that a handle leads to, and its lap.
  @inline(__always)
  static func split(_ handle: OpaquePointer?) -> (place: UnsafeMutableRawPointer, lap: UInt64)? {
    let bits = UInt(bitPattern: handle)
    guard
      let place = UnsafeMutableRawPointer(bitPattern: bits & ((1 << addressBits) - 1))
    else { return nil }
    return (place, UInt64(bits >> addressBits))
  }

  /// The handle of a place's object; the lap is shortened to the bits that there are.
  static func handle(_ place: UnsafeMutableRawPointer, lap: UInt64) -> OpaquePointer? {
    OpaquePointer(bitPattern: UInt(bitPattern: place) | UInt(lap) << addressBits)
  }

  /// The object of a good handle; `nil` where it is none of this kind. The fast half of a look-up:
  /// a plain load, enough for callers that keep to the thread contract.
  @inline(__always)
  static func find<Value: ~Copyable>(
    _ handle: OpaquePointer?, magic: UInt64, _ type: Value.Type
  ) -> UnsafeMutablePointer<Value>? {
    guard let (place, lap) = split(handle), UInt(bitPattern: place) & UInt(alignment - 1) == 0,
      place.load(as: UInt64.self) == magic ^ lap
    else { return nil }
    return (place + value).assumingMemoryBound(to: Value.self)
  }

  /// Why a handle was not found: the slow half.
  @inline(never)
  static func refusal(_ handle: OpaquePointer?, ended: TracerShmStatus) -> TracerShmStatus {
    guard let handle else { return TRACER_SHM_NULL_ARGUMENT }
    if UInt(bitPattern: handle) & UInt(alignment - 1) != 0 { return TRACER_SHM_MISALIGNED }
    return ended
  }
}

/// The places of one kind of handle.
struct HandleTable<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  /// As many handles of a kind as a process can have at once.
  private static var capacity: UInt64 { 4096 }
  /// Neither free nor a magic.
  private static var claimed: UInt64 { 1 }
  private static var stride: Int {
    let alignment = HandlePlace.alignment
    return (HandlePlace.value + MemoryLayout<Value>.size + alignment - 1) / alignment * alignment
  }

  private let magic: UInt64
  private let base: UnsafeMutableRawPointer?
  private let turn = Atomic<UInt64>(0)

  /// Reserves the addresses of all places; pages come with use.
  ///
  /// - Parameters:
  ///   - magic: a word that no other kind has.
  ///   - wipedOnFork: whether a forked child finds every place free.
  init(magic: UInt64, wipedOnFork: Bool) {
    self.magic = magic
    let byteCount = Int(HandleTable.capacity) * HandleTable.stride
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | Int32(MAP_NORESERVE)
    let pages = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let pages, pages != MAP_FAILED else {
      base = nil
      return
    }
    // A kernel without it (before 4.14) leaves the parent's handles good in the child: no table.
    if wipedOnFork, madvise(pages, byteCount, MADV_WIPEONFORK) != 0 {
      munmap(pages, byteCount)
      base = nil
    } else {
      base = pages
    }
  }

  /// Moves an object to a free place and makes its handle good; `nil` if there is no place, the
  /// object then being gone. One look at every place.
  func insert(_ value: consuming Value) -> OpaquePointer? {
    guard let base else { return nil }
    for _ in 0..<HandleTable.capacity {
      // Relaxed: only spreads the claims.
      let turn = turn.wrappingAdd(1, ordering: .relaxed).oldValue
      let place = base + Int(turn % HandleTable.capacity) * HandleTable.stride
      let lap = turn / HandleTable.capacity & 0xFFFF
      let word = place.assumingMemoryBound(to: Atomic<UInt64>.self)
      // Pairs with `remove`: the end of the place's last object comes before.
      let claim = word.pointee.compareExchange(
        expected: 0, desired: HandleTable.claimed, ordering: .acquiring)
      guard claim.exchanged else { continue }
      (place + HandlePlace.value).assumingMemoryBound(to: Value.self).initialize(to: value)
      // The handle goes to other threads by ways of the caller's; the release is for `remove`.
      word.pointee.store(magic ^ lap, ordering: .releasing)
      return HandlePlace.handle(place, lap: lap)
    }
    return nil
  }

  /// Ends a handle and takes its object out; `nil` where the handle is not good, so that of two
  /// threads that end it one is told.
  func remove(_ handle: OpaquePointer?) -> Value? {
    guard HandlePlace.find(handle, magic: magic, Value.self) != nil,
      let (place, lap) = HandlePlace.split(handle)
    else { return nil }
    let word = place.assumingMemoryBound(to: Atomic<UInt64>.self)
    // Pairs with `insert`.
    let end = word.pointee.compareExchange(
      expected: magic ^ lap, desired: HandleTable.claimed, ordering: .acquiring)
    guard end.exchanged else { return nil }
    let value = (place + HandlePlace.value).assumingMemoryBound(to: Value.self).move()
    word.pointee.store(0, ordering: .releasing)
    return value
  }
}
