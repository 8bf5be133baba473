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

  init() { self.init(capacity: 1024) }

  /// Stands for a table that is elsewhere; nothing is counted in it. Allocates nothing.
  static var placeHolder: FunctionCounts { FunctionCounts(capacity: 0) }

  private init(capacity: Int) {
    addresses = [UInt64](repeating: 0, count: capacity)
    calls = [UInt64](repeating: 0, count: capacity)
    shift = UInt64(64 - capacity.trailingZeroBitCount)
  }

  /// Counts a call; returns whether it is the function's first.
  mutating func count(_ address: UInt64) -> Bool {
    // Fibonacci hashing: neighbouring functions spread over the whole table.
    var slot = Int(truncatingIfNeeded: (address &* 0x9E37_79B9_7F4A_7C15) >> shift)
    while addresses[slot] != address {
      if addresses[slot] == 0 {
        guard address != 0 else { return false }
        addresses[slot] = address
        calls[slot] = 1
        used += 1
        if used * 2 > addresses.count { grow() }
        return true
      }
      slot = (slot + 1) & (addresses.count - 1)
    }
    calls[slot] &+= 1
    return false
  }

  /// All functions, in no order.
  var all: [(address: UInt64, calls: UInt64)] {
    addresses.indices.filter { addresses[$0] != 0 }.map { (addresses[$0], calls[$0]) }
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
