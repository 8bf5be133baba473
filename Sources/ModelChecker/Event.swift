// One node of an execution graph, and the request that a process makes before it.
//
// Events live in flat arrays, one a process, so that an event is named by process and index. All
// that a later event of the same process needs is in the record of the last one (its clocks), so
// that cutting a process short restores the process's state by itself.

import MemoryInterface

/// Per process, how many of its events are in a prefix.
typealias Clock = SIMD16<UInt16>

/// The name of an event: process in the upper half, index in the lower. Negative: initialisation.
struct EventName: Equatable {
  let bits: Int32
  static let initial = EventName(bits: -1)
  @inline(__always) init(bits: Int32) { self.bits = bits }
  @inline(__always) init(_ process: Int, _ index: Int) {
    bits = Int32(truncatingIfNeeded: process &<< 16 | index)
  }
  @inline(__always) var process: Int { Int(bits) &>> 16 }
  @inline(__always) var index: Int { Int(bits) & 0xffff }
  @inline(__always) var isInitial: Bool { bits < 0 }
}

enum EventKind: UInt8 {
  case load
  case store
  case fence
  /// A choice without memory access; the value chosen is in `value`.
  case choice
}

struct EventFlags: OptionSet {
  let rawValue: UInt8
  /// Not atomic.
  static let plain = EventFlags(rawValue: 1)
  /// The load half of a read-modify-write whose store follows, or that store.
  static let exclusive = EventFlags(rawValue: 2)
  /// A load that exchanges only if it reads `expected`.
  static let conditional = EventFlags(rawValue: 4)
  /// A load that waits for a value.
  static let awaiting = EventFlags(rawValue: 8)
  /// The load was last in modification order when it was given its value.
  static let assignedMaximal = EventFlags(rawValue: 16)
  /// The store was once given to an earlier load in place of what that had read.
  static let revisited = EventFlags(rawValue: 32)
  /// Sequentially consistent: a node of `psc`.
  static let strong = EventFlags(rawValue: 64)
}

/// What a process asks for next.
struct Request {
  var kind = EventKind.fence
  var flags: EventFlags = []
  var order = ModelOrder.relaxed
  var failureOrder = ModelOrder.relaxed
  var edge: UInt16 = 0
  var location: Int32 = -1
  /// The value to store, or the number of choices.
  var value: UInt64 = 0
  var expected: UInt64 = 0
}

struct Event {
  /// Everything that happens before this event, itself included.
  var happened = Clock()
  /// The prefix in (program order ∪ reads-from), itself included.
  var prefix = Clock()
  /// What an acquire fence would join: collected by loads that did not acquire.
  var acquirable = Clock()
  /// `happened` at the last release fence.
  var released = Clock()
  /// For stores: what a load that acquires this value joins.
  var message = Clock()
  var value: UInt64 = 0
  var expected: UInt64 = 0
  var readsFrom = EventName.initial
  var location: Int32 = -1
  /// Stores: position in modification order (initialisation is 0).
  var modification: Int32 = 0
  /// Index of the previous event of this process at the same location, or -1.
  var previousAtLocation: Int32 = -1
  /// Place in the order in which the graph grew.
  var stamp: Int32 = 0
  var edge: UInt16 = 0
  var kind = EventKind.fence
  var order = ModelOrder.relaxed
  var successOrder = ModelOrder.relaxed
  var failureOrder = ModelOrder.relaxed
  var flags: EventFlags = []
}

/// One location of the modelled memory.
struct LocationState {
  /// What the program calls it.
  var name: Int
  var initial: UInt64
  /// Whether some plain access ever went there.
  var hasPlain = false
  /// Stores in modification order; place 0 is initialisation.
  var order: UnsafeMutablePointer<EventName>
  var count: Int
  var capacity: Int
}

enum FibreStatus: UInt8 {
  /// Resume it: what it asked for is in the graph.
  case ready
  case requesting
  case blocked
  case ended
  /// It ran past what is in the graph now: start it anew.
  case stale
  /// What it pretends to have lost cannot have been lost.
  case impossible
}

/// One process as it runs.
struct Fibre {
  var stackPointer: UnsafeMutableRawPointer?
  var stackTop: UnsafeMutableRawPointer
  var machine: Unmanaged<Machine>
  var process: Int
  /// Events whose results it has consumed.
  var position = 0
  var status = FibreStatus.stale
  var request = Request()
}
