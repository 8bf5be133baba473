// Three and four processes: do all see stores in one order, and does order pass from one to the next?

import MemoryInterface

/// `P0: Wx | P1: r0=Rx; Wy | P2: r0=Ry; r1=Rx`: `Data` orders P0's store and the last load.
enum WriteToReadCausality<Middle: LitmusOrders, Last: LitmusOrders, Data: LitmusOrders>:
  LitmusShape
{
  static var processes: Int { 3 }
  static var perpetual: PerpetualForm? {
    PerpetualForm(writers: [0, 1], reads: [[], [0], [1, 0]])
  }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Data.store(cells.one, to: cells.x)
      return LitmusRegisters()
    case 1:
      let r0 = Middle.load(cells.x)
      Middle.fence(cells)
      Middle.store(cells.one, to: cells.y)
      return LitmusRegisters(r0)
    default:
      let r0 = Last.load(cells.y)
      Last.fence(cells)
      return LitmusRegisters(r0, Data.load(cells.x))
    }
  }
}

/// As above, ordered by nothing but dependencies: `P1: r0=Rx; Wy=r0 | P2: r0=Ry; r1=Rx[addr:r0]`.
enum CausalityByDependencies: LitmusShape {
  static var processes: Int { 3 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      cells.x.storeRelaxed(1)
      return LitmusRegisters()
    case 1:
      let r0 = cells.x.loadRelaxed()
      cells.y.storeRelaxed(r0)
      return LitmusRegisters(r0)
    default:
      let r0 = cells.y.loadRelaxed()
      return LitmusRegisters(r0, cells.x.depending(on: r0).loadRelaxed())
    }
  }
}

/// `P0: Wx | P1: r0=Rx; r1=Ry | P2: Wy; r0=Rx`
enum ReadToWriteCausality<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 3 }
  static var perpetual: PerpetualForm? {
    PerpetualForm(writers: [0, 2], reads: [[], [0, 1], [0]])
  }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Orders.store(cells.one, to: cells.x)
      return LitmusRegisters()
    case 1:
      let r0 = Orders.load(cells.x)
      Orders.fence(cells)
      return LitmusRegisters(r0, Orders.load(cells.y))
    default:
      Orders.store(cells.one, to: cells.y)
      Orders.fence(cells)
      return LitmusRegisters(Orders.load(cells.x))
    }
  }
}

/// `P0: Wx=2 | P1: r0=Rx; Wy=1 | P2: r0=Ry; Wx=1`
enum WriteToWriteCausality<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 3 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    guard process > 0 else {
      Orders.store(2, to: cells.x)
      return LitmusRegisters()
    }
    let (from, to) = process == 1 ? (cells.x, cells.y) : (cells.y, cells.x)
    let r0 = Orders.load(from)
    Orders.fence(cells)
    Orders.store(1, to: to)
    return LitmusRegisters(r0)
  }
}

/// `P0: Wx; Wy | P1: r0=Ry; Wz | P2: r0=Rz; r1=Rx`: `Data` orders the accesses of x.
enum ISA2<First: LitmusOrders, Middle: LitmusOrders, Last: LitmusOrders, Data: LitmusOrders>:
  LitmusShape
{
  static var processes: Int { 3 }
  static var locations: Int { 3 }
  static var perpetual: PerpetualForm? {
    PerpetualForm(writers: [0, 0, 1], reads: [[], [1], [2, 0]])
  }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Data.store(cells.one, to: cells.x)
      First.fence(cells)
      First.store(cells.one, to: cells.y)
      return LitmusRegisters()
    case 1:
      let r0 = Middle.load(cells.y)
      Middle.fence(cells)
      Middle.store(cells.one, to: cells.z)
      return LitmusRegisters(r0)
    default:
      let r0 = Last.load(cells.z)
      Last.fence(cells)
      return LitmusRegisters(r0, Data.load(cells.x))
    }
  }
}

/// `P0: Wx=1; Wy=1 | P1: r0=Ry; Wz=1 | P2: Wz=2; r0=Rx`
enum Z60<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 3 }
  static var locations: Int { 3 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Orders.store(1, to: cells.x)
      Orders.fence(cells)
      Orders.store(1, to: cells.y)
      return LitmusRegisters()
    case 1:
      let r0 = Orders.load(cells.y)
      Orders.fence(cells)
      Orders.store(1, to: cells.z)
      return LitmusRegisters(r0)
    default:
      Orders.store(2, to: cells.z)
      Orders.fence(cells)
      return LitmusRegisters(Orders.load(cells.x))
    }
  }
}

/// `P0: Wx=1; Wy=1 | P1: Wy=2; Wz=1 | P2: r0=Rz; r1=Rx`
enum Z63<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 3 }
  static var locations: Int { 3 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Orders.store(1, to: cells.x)
      Orders.fence(cells)
      Orders.store(1, to: cells.y)
      return LitmusRegisters()
    case 1:
      Orders.store(2, to: cells.y)
      Orders.fence(cells)
      Orders.store(1, to: cells.z)
      return LitmusRegisters()
    default:
      let r0 = Orders.load(cells.z)
      Orders.fence(cells)
      return LitmusRegisters(r0, Orders.load(cells.x))
    }
  }
}

/// `P0: Wx=2; Wy=1 | P1: Wy=2; Wz=1 | P2: Wz=2; Wx=1`
enum ThreeByTwoWrites<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 3 }
  static var locations: Int { 3 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0: side(cells.x, cells.y, cells)
    case 1: side(cells.y, cells.z, cells)
    default: side(cells.z, cells.x, cells)
    }
  }

  @inline(__always) private static func side<Memory: SharedMemory>(
    _ first: LitmusCell<Memory>, _ second: LitmusCell<Memory>, _ cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    Orders.store(2, to: first)
    Orders.fence(cells)
    Orders.store(1, to: second)
    return LitmusRegisters()
  }
}

/// `P0: Wx | P1: Wy | P2: r0=Rx; r1=Ry | P3: r0=Ry; r1=Rx`: independent reads of independent writes.
enum IRIW<Writer: LitmusOrders, Reader: LitmusOrders>: LitmusShape {
  static var processes: Int { 4 }
  static var perpetual: PerpetualForm? {
    PerpetualForm(writers: [0, 1], reads: [[], [], [0, 1], [1, 0]])
  }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Writer.store(cells.one, to: cells.x)
      return LitmusRegisters()
    case 1:
      Writer.store(cells.one, to: cells.y)
      return LitmusRegisters()
    default:
      let (first, second) = process == 2 ? (cells.x, cells.y) : (cells.y, cells.x)
      let r0 = Reader.load(first)
      Reader.fence(cells)
      return LitmusRegisters(r0, Reader.load(second))
    }
  }
}

/// `P0: Wx=1; Wy=1 | P1: r0=Ry; Wy=2 | P2: r0=Ry; r1=Rx`: another process's store ends a release
/// sequence.
enum ReleaseSequenceOfAnother: LitmusShape {
  static var processes: Int { 3 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      cells.x.storeRelaxed(1)
      cells.y.storeRelease(1)
      return LitmusRegisters()
    case 1:
      let r0 = cells.y.loadRelaxed()
      cells.y.storeRelaxed(2)
      return LitmusRegisters(r0)
    default:
      let r0 = cells.y.loadAcquire()
      return LitmusRegisters(r0, cells.x.loadRelaxed())
    }
  }
}
