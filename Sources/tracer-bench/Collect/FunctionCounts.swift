// How often each function was entered: a hash table that an event costs a nanosecond or two in,
// since the controller has to keep up with programs that do nothing but call functions.
//
// Linear probing, powers of two, at most half full. Private memory; belongs to one thread.

/// Calls by function address. Zero is no address.
struct FunctionCounts {
  private var addresses: [UInt64]
  private var calls: [UInt64]
  private var used = 0
  private var shift: UInt64
  /// How many functions more it may tell apart.
  var room = 0
  /// Calls of functions that found no room.
  private(set) var others: UInt64 = 0

  init() { self.init(capacity: 64) }

  /// Stands for a table that is elsewhere; nothing is counted in it. Allocates nothing.
  static var placeHolder: FunctionCounts { FunctionCounts(capacity: 0) }

  private init(capacity: Int) {
    addresses = [UInt64](repeating: 0, count: capacity)
    calls = [UInt64](repeating: 0, count: capacity)
    shift = UInt64(64 - capacity.trailingZeroBitCount)
  }

  /// Counts a call; returns whether it is the first of a function that is told apart.
  mutating func count(_ address: UInt64) -> Bool {
    // Fibonacci hashing: neighbouring functions spread over the whole table.
    var slot = Int(truncatingIfNeeded: (address &* 0x9E37_79B9_7F4A_7C15) >> shift)
    while addresses[slot] != address {
      if addresses[slot] == 0 { return begin(address, at: slot) }
      slot = (slot + 1) & (addresses.count - 1)
    }
    // Found, or zero in an empty place.
    guard address != 0 else { return begin(address, at: slot) }
    calls[slot] &+= 1
    return false
  }

  /// All functions, in no order.
  var all: [(address: UInt64, calls: UInt64)] {
    addresses.indices.filter { addresses[$0] != 0 }.map { (addresses[$0], calls[$0]) }
  }

  private mutating func begin(_ address: UInt64, at slot: Int) -> Bool {
    guard address != 0, room > 0 else {
      others &+= 1
      return false
    }
    room -= 1
    addresses[slot] = address
    calls[slot] = 1
    used += 1
    if used * 2 > addresses.count { grow() }
    return true
  }

  private mutating func grow() {
    let old = all
    addresses = [UInt64](repeating: 0, count: addresses.count * 2)
    calls = [UInt64](repeating: 0, count: addresses.count)
    shift -= 1
    for (address, count) in old {
      var slot = Int(truncatingIfNeeded: (address &* 0x9E37_79B9_7F4A_7C15) >> shift)
      while addresses[slot] != 0 { slot = (slot + 1) & (addresses.count - 1) }
      addresses[slot] = address
      calls[slot] = count
    }
  }
}
