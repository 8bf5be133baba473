// How a process of a litmus test orders its accesses: the parameter of every shape.
//
// A shape says which locations are accessed in which sequence; the orders say how its stores and
// loads are done and what stands between them. As types they cost nothing: each test is compiled
// for its own.

import MemoryInterface

/// How a process stores and loads, and what fence stands between.
protocol LitmusOrders {
  static func store<Memory: SharedMemory>(_ value: UInt64, to cell: LitmusCell<Memory>)
  static func load<Memory: SharedMemory>(_ cell: LitmusCell<Memory>) -> UInt64
  static func fence<Memory: SharedMemory>(_ cells: LitmusCells<Memory>)
}

// Where nothing else is said: relaxed accesses, no fence.
extension LitmusOrders {
  @inline(__always)
  static func store<Memory: SharedMemory>(_ value: UInt64, to cell: LitmusCell<Memory>) {
    cell.storeRelaxed(value)
  }
  @inline(__always)
  static func load<Memory: SharedMemory>(_ cell: LitmusCell<Memory>) -> UInt64 {
    cell.loadRelaxed()
  }
  @inline(__always) static func fence<Memory: SharedMemory>(_ cells: LitmusCells<Memory>) {}
}

/// Relaxed accesses, no fence.
enum Relaxed: LitmusOrders {}

/// Releasing stores, acquiring loads, no fence.
enum ReleaseAcquire: LitmusOrders {
  @inline(__always)
  static func store<Memory: SharedMemory>(_ value: UInt64, to cell: LitmusCell<Memory>) {
    cell.storeRelease(value)
  }
  @inline(__always)
  static func load<Memory: SharedMemory>(_ cell: LitmusCell<Memory>) -> UInt64 {
    cell.loadAcquire()
  }
}

/// Releasing stores, relaxed loads.
enum ReleaseOnly: LitmusOrders {
  @inline(__always)
  static func store<Memory: SharedMemory>(_ value: UInt64, to cell: LitmusCell<Memory>) {
    cell.storeRelease(value)
  }
}

/// Relaxed stores, acquiring loads.
enum AcquireOnly: LitmusOrders {
  @inline(__always)
  static func load<Memory: SharedMemory>(_ cell: LitmusCell<Memory>) -> UInt64 {
    cell.loadAcquire()
  }
}

/// A release fence between relaxed accesses.
enum ReleaseFence: LitmusOrders {
  @inline(__always) static func fence<Memory: SharedMemory>(_ cells: LitmusCells<Memory>) {
    cells.fence(.release)
  }
}

/// An acquire fence between relaxed accesses.
enum AcquireFence: LitmusOrders {
  @inline(__always) static func fence<Memory: SharedMemory>(_ cells: LitmusCells<Memory>) {
    cells.fence(.acquire)
  }
}

/// Acquire and release fence between relaxed accesses: together what C calls `acq_rel`.
enum AcquireReleaseFence: LitmusOrders {
  @inline(__always) static func fence<Memory: SharedMemory>(_ cells: LitmusCells<Memory>) {
    cells.fence(.acquire)
    cells.fence(.release)
  }
}

/// A sequentially consistent fence between relaxed accesses.
enum FullFence: LitmusOrders {
  @inline(__always) static func fence<Memory: SharedMemory>(_ cells: LitmusCells<Memory>) {
    cells.fence(.sequentiallyConsistent)
  }
}

/// The accesses of one with the fence of another between them.
enum Fenced<Accesses: LitmusOrders, Fence: LitmusOrders>: LitmusOrders {
  @inline(__always)
  static func store<Memory: SharedMemory>(_ value: UInt64, to cell: LitmusCell<Memory>) {
    Accesses.store(value, to: cell)
  }
  @inline(__always)
  static func load<Memory: SharedMemory>(_ cell: LitmusCell<Memory>) -> UInt64 {
    Accesses.load(cell)
  }
  @inline(__always) static func fence<Memory: SharedMemory>(_ cells: LitmusCells<Memory>) {
    Fence.fence(cells)
  }
}

/// Releasing stores and acquiring loads with the weaker fences between, which do not help them.
typealias ReleaseAcquireWithWeakFence = Fenced<ReleaseAcquire, AcquireReleaseFence>

/// Releasing stores and acquiring loads with a sequentially consistent fence between.
typealias ReleaseAcquireWithFullFence = Fenced<ReleaseAcquire, FullFence>

/// Stores as acquiring and releasing read-modify-writes, acquiring loads. The store adds one, so
/// it fits only where one process stores 1 over 0 (or the next value in a perpetual test).
enum StoreByUpdate: LitmusOrders {
  @inline(__always)
  static func store<Memory: SharedMemory>(_ value: UInt64, to cell: LitmusCell<Memory>) {
    _ = cell.add(1, .acquireRelease)
  }
  @inline(__always)
  static func load<Memory: SharedMemory>(_ cell: LitmusCell<Memory>) -> UInt64 {
    cell.loadAcquire()
  }
}

/// As `StoreByUpdate`, releasing only; relaxed loads.
enum StoreByReleasingUpdate: LitmusOrders {
  @inline(__always)
  static func store<Memory: SharedMemory>(_ value: UInt64, to cell: LitmusCell<Memory>) {
    _ = cell.add(1, .release)
  }
}

/// Loads as acquiring and releasing read-modify-writes. They add 2, a value that nobody asks for:
/// a compiler may make a mere load of what adds nothing.
enum LoadByUpdate: LitmusOrders {
  @inline(__always)
  static func load<Memory: SharedMemory>(_ cell: LitmusCell<Memory>) -> UInt64 {
    cell.add(2, .acquireRelease)
  }
}

/// As `LoadByUpdate`, without order.
enum LoadByRelaxedUpdate: LitmusOrders {
  @inline(__always)
  static func load<Memory: SharedMemory>(_ cell: LitmusCell<Memory>) -> UInt64 {
    cell.add(2, .relaxed)
  }
}
