// One location alone: coherence and atomicity.

import MemoryInterface

/// `P0: Wx | P1: r0=Rx; r1=Rx`
enum CoRR<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }
  static var locations: Int { 1 }
  static var perpetual: PerpetualForm? { PerpetualForm(writers: [0], reads: [[], [0, 0]]) }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Orders.store(cells.one, to: cells.x)
      return LitmusRegisters()
    default:
      let r0 = Orders.load(cells.x)
      Orders.fence(cells)
      return LitmusRegisters(r0, Orders.load(cells.x))
    }
  }
}

/// `P0: r0=Rx; Wx=1`: not from the future.
enum CoRW1<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 1 }
  static var locations: Int { 1 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    let r0 = Orders.load(cells.x)
    Orders.store(1, to: cells.x)
    return LitmusRegisters(r0)
  }
}

/// `P0: r0=Rx; Wx=1 | P1: Wx=2`
enum CoRW2<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }
  static var locations: Int { 1 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0: return CoRW1<Orders>.run(0, on: cells)
    default:
      Orders.store(2, to: cells.x)
      return LitmusRegisters()
    }
  }
}

/// `P0: Wx=1; r0=Rx`
enum CoWR0<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 1 }
  static var locations: Int { 1 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    Orders.store(1, to: cells.x)
    Orders.fence(cells)
    return LitmusRegisters(Orders.load(cells.x))
  }
}

/// `P0: Wx=1; r0=Rx | P1: Wx=2`
enum CoWR<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }
  static var locations: Int { 1 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0: return CoWR0<Orders>.run(0, on: cells)
    default:
      Orders.store(2, to: cells.x)
      return LitmusRegisters()
    }
  }
}

/// `P0: Wx=1; Wx=2`
enum CoWW<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 1 }
  static var locations: Int { 1 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    Orders.store(1, to: cells.x)
    Orders.fence(cells)
    Orders.store(2, to: cells.x)
    return LitmusRegisters()
  }
}

/// `P0: r0=Rx; Wx=1 | P1: r0=Rx; Wx=2`
enum N4<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }
  static var locations: Int { 1 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    let r0 = Orders.load(cells.x)
    Orders.fence(cells)
    Orders.store(process == 0 ? 1 : 2, to: cells.x)
    return LitmusRegisters(r0)
  }
}

/// `P0: Wx=1; r0=Rx | P1: Wx=2; r0=Rx`
enum N5<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }
  static var locations: Int { 1 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    Orders.store(process == 0 ? 1 : 2, to: cells.x)
    return LitmusRegisters(Orders.load(cells.x))
  }
}

/// `P0: r0=FADD(x,1) | P1: r0=FADD(x,1)`: no update is lost.
enum UpdatesAreAtomic: LitmusShape {
  static var processes: Int { 2 }
  static var locations: Int { 1 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    LitmusRegisters(cells.x.add(1, .relaxed))
  }
}

/// `P0: r0=Rx; Wx=r0+1 | P1: r0=Rx; Wx=r0+1`: a load and a store are no update.
enum LoadAndStoreIsNoUpdate: LitmusShape {
  static var processes: Int { 2 }
  static var locations: Int { 1 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    let r0 = cells.x.loadAcquire()
    cells.x.storeRelease(r0 &+ 1)
    return LitmusRegisters(r0)
  }
}
