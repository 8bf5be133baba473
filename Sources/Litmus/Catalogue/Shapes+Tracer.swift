// The shapes that the tracer itself rests on. Its wake-up Dekker is store buffering.

import MemoryInterface

/// `P0: Wx=1 plain; Wy=1 | P1: r0=Ry; if(r0==1) r1=Rx plain`: x is a record, y the ring's write
/// position. r1 is 9, which nobody writes, where it was not read.
enum RingPublish<Writer: LitmusOrders, Reader: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      cells.x.storePlain(1)
      Writer.store(1, to: cells.y)
      return LitmusRegisters()
    default:
      let r0 = Reader.load(cells.y)
      return LitmusRegisters(r0, r0 == 1 ? cells.x.loadPlain() : 9)
    }
  }
}

/// The same with the position published before the record is written.
enum RingPublishTooEarly: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      cells.y.storeRelease(1)
      cells.x.storePlain(1)
      return LitmusRegisters()
    default: return RingPublish<ReleaseAcquire, ReleaseAcquire>.run(1, on: cells)
    }
  }
}

/// `P0: r0=Rx plain; Wy=1 | P1: r0=Ry; if(r0==1) Wx=2 plain`: the reader gives the record's space
/// back by its position y, the writer takes it.
enum RingReuse<Reader: LitmusOrders, Writer: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      let r0 = cells.x.loadPlain()
      Reader.store(1, to: cells.y)
      return LitmusRegisters(r0)
    default:
      let r0 = Writer.load(cells.y)
      if r0 == 1 { cells.x.storePlain(2) }
      return LitmusRegisters(r0)
    }
  }
}

/// `P0: Wx=1; F.rel; Wy=1; Wx=2.rel | P1: r0=Rx.acq; r1=Ry; fence; r2=Rx`: x is a version, y what
/// it guards; the reader's fence is the parameter.
enum VersionedRead<Reader: LitmusOrders>: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      cells.x.storeRelaxed(1)
      cells.fence(.release)
      cells.y.storeRelaxed(1)
      cells.x.storeRelease(2)
      return LitmusRegisters()
    default:
      let r0 = cells.x.loadAcquire()
      let r1 = cells.y.loadRelaxed()
      Reader.fence(cells)
      return LitmusRegisters(r0, r1, cells.x.loadRelaxed())
    }
  }
}

/// `P0: Wx=1; F.rel; Wy=1; Wx=2 | P1: r0=Rx.acq; r1=Ry`: the version ends without a release.
enum VersionEndedTooWeakly: LitmusShape {
  static var processes: Int { 2 }

  @inline(__always) static func run<Memory: SharedMemory>(
    _ process: Int, on cells: LitmusCells<Memory>
  ) -> LitmusRegisters {
    switch process {
    case 0:
      cells.x.storeRelaxed(1)
      cells.fence(.release)
      cells.y.storeRelaxed(1)
      cells.x.storeRelaxed(2)
      return LitmusRegisters()
    default:
      let r0 = cells.x.loadAcquire()
      return LitmusRegisters(r0, cells.y.loadRelaxed())
    }
  }
}
