// Store buffering and its relatives: may processes all miss one another's stores?

import MemoryInterface

/// `P0: Wx; r0=Ry | P1: Wy; r0=Rx`
enum StoreBuffering<First: LitmusOrders, Second: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }
  static var perpetual: PerpetualForm? { PerpetualForm(writers: [0, 1], reads: [[1], [0]]) }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      First.store(cells.one, to: cells.x)
      First.fence(cells)
      return LitmusRegisters(First.load(cells.y))
    default:
      Second.store(cells.one, to: cells.y)
      Second.fence(cells)
      return LitmusRegisters(Second.load(cells.x))
    }
  }
}

/// `P0: Wx; r0=Ry | P1: Wy; r0=Rz | P2: Wz; r0=Rx`
enum StoreBuffering3<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 3 }
  static var locations: Int { 3 }
  static var perpetual: PerpetualForm? {
    PerpetualForm(writers: [0, 1, 2], reads: [[1], [2], [0]])
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
    _ own: LitmusCell<Memory>, _ next: LitmusCell<Memory>, _ cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    Orders.store(cells.one, to: own)
    Orders.fence(cells)
    return LitmusRegisters(Orders.load(next))
  }
}

/// `P0: Wx=1; r0=Rx; r1=Ry | P1: Wy=1; r0=Ry; r1=Rx`: each reads its own store first.
enum StoreBufferingWithOwnReads<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    let (own, other) = process == 0 ? (cells.x, cells.y) : (cells.y, cells.x)
    Orders.store(1, to: own)
    let r0 = Orders.load(own)
    Orders.fence(cells)
    return LitmusRegisters(r0, Orders.load(other))
  }
}

/// `P0: Wx=1; r0=Rx; r1=Ry | P1: Wy=1; Wx=2`
enum N6<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Orders.store(1, to: cells.x)
      let r0 = Orders.load(cells.x)
      Orders.fence(cells)
      return LitmusRegisters(r0, Orders.load(cells.y))
    default:
      Orders.store(1, to: cells.y)
      Orders.fence(cells)
      Orders.store(2, to: cells.x)
      return LitmusRegisters()
    }
  }
}

/// `P0: Wx=1; r0=Rx; r1=Ry | P1: Wy=1 | P2: r0=Ry; fence; r1=Rx`
enum N7<Orders: LitmusOrders, Reader: LitmusOrders>: LitmusShape {
  static var processes: Int { 3 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Orders.store(1, to: cells.x)
      let r0 = Orders.load(cells.x)
      return LitmusRegisters(r0, Orders.load(cells.y))
    case 1:
      Orders.store(1, to: cells.y)
      return LitmusRegisters()
    default:
      let r0 = Reader.load(cells.y)
      Reader.fence(cells)
      return LitmusRegisters(r0, Reader.load(cells.x))
    }
  }
}

/// `P0: Wx=1; Wy=1 | P1: Wy=2; r0=Rx`
enum ReadAfterWrites<Orders: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      Orders.store(1, to: cells.x)
      Orders.fence(cells)
      Orders.store(1, to: cells.y)
      return LitmusRegisters()
    default:
      Orders.store(2, to: cells.y)
      Orders.fence(cells)
      return LitmusRegisters(Orders.load(cells.x))
    }
  }
}
