// Message passing, load buffering, and stores that race with the message.

import MemoryInterface

/// `P0: Wx; Wy | P1: r0=Ry; r1=Rx`: `Data` orders the accesses of x.
enum MessagePassing<Writer: LitmusOrders, Reader: LitmusOrders, Data: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }
  static var perpetual: PerpetualForm? {
    // Updates by the reader store as well.
    Reader.self == LoadByUpdate.self || Reader.self == LoadByRelaxedUpdate.self
      ? nil : PerpetualForm(writers: [0, 0], reads: [[], [1, 0]])
  }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Data.store(cells.one, to: cells.x)
      Writer.fence(cells)
      Writer.store(cells.one, to: cells.y)
      return LitmusRegisters()
    default:
      let r0 = Reader.load(cells.y)
      Reader.fence(cells)
      return LitmusRegisters(r0, Data.load(cells.x))
    }
  }
}

/// `P0: r0=Rx; Wy | P1: r0=Ry; Wx`
enum LoadBuffering<First: LitmusOrders, Second: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }
  static var perpetual: PerpetualForm? { PerpetualForm(writers: [1, 0], reads: [[0], [1]]) }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      let r0 = First.load(cells.x)
      First.fence(cells)
      First.store(cells.one, to: cells.y)
      return LitmusRegisters(r0)
    default:
      let r0 = Second.load(cells.y)
      Second.fence(cells)
      Second.store(cells.one, to: cells.x)
      return LitmusRegisters(r0)
    }
  }
}

/// `P0: r0=Rx; Wy | P1: r0=Ry; Wz | P2: r0=Rz; Wx`
enum LoadBuffering3<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 3 }
  static var locations: Int { 3 }
  static var perpetual: PerpetualForm? {
    PerpetualForm(writers: [2, 0, 1], reads: [[0], [1], [2]])
  }

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
    _ from: LitmusCell<Memory>, _ to: LitmusCell<Memory>, _ cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    let r0 = Orders.load(from)
    Orders.fence(cells)
    Orders.store(cells.one, to: to)
    return LitmusRegisters(r0)
  }
}

/// `P0: r0=Rx; Wy=r0 | P1: r0=Ry; Wx=r0`: values out of thin air?
enum LoadBufferingOfData: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    let (from, to) = process == 0 ? (cells.x, cells.y) : (cells.y, cells.x)
    let r0 = from.loadRelaxed()
    to.storeRelaxed(r0)
    return LitmusRegisters(r0)
  }
}

/// `P0: r0=Rx; if(r0==1) Wy=1 | P1: r0=Ry; if(r0==1) Wx=1`
enum LoadBufferingOfControl: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    let (from, to) = process == 0 ? (cells.x, cells.y) : (cells.y, cells.x)
    let r0 = from.loadRelaxed()
    if r0 == 1 { to.storeRelaxed(1) }
    return LitmusRegisters(r0)
  }
}

/// `P0: Wx=2; Wy=1 | P1: r0=Ry; Wx=1`: `Data` orders the stores to x.
enum StoreAfterMessage<Writer: LitmusOrders, Reader: LitmusOrders, Data: LitmusOrders>:
  LitmusShape
{
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Data.store(2, to: cells.x)
      Writer.fence(cells)
      Writer.store(1, to: cells.y)
      return LitmusRegisters()
    default:
      let r0 = Reader.load(cells.y)
      Reader.fence(cells)
      Data.store(1, to: cells.x)
      return LitmusRegisters(r0)
    }
  }
}

/// `P0: Wx=1; Wy=2 | P1: Wy=1; Wx=2`
enum TwoByTwoWrites<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    let (first, second) = process == 0 ? (cells.x, cells.y) : (cells.y, cells.x)
    Orders.store(1, to: first)
    Orders.fence(cells)
    Orders.store(2, to: second)
    return LitmusRegisters()
  }
}

/// `P0: Wx=1; Wy=1 | P1: r0=Ry; if(r0==1) Wz=1; r1=Rz; r2=Rx`, the last address depending on r1:
/// what is written after a branch and read again must not outrun the branch.
enum WriteAfterBranch: LitmusShape {
  static var processes: Int { 2 }
  static var locations: Int { 3 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      cells.x.storeRelaxed(1)
      cells.y.storeRelease(1)
      return LitmusRegisters()
    default:
      let r0 = cells.y.loadAcquire()
      if r0 == 1 { cells.z.storeRelaxed(1) }
      let r1 = cells.z.loadRelaxed()
      return LitmusRegisters(r0, r1, cells.x.depending(on: r1).loadRelaxed())
    }
  }
}
