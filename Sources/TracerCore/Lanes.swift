// All lanes of a region: the control block, and the way to slots and lanes.
//
// One process formats it before anyone else can reach it; every other one attaches, checks the
// control block once, and works with the copy of its geometry.

public import MemoryInterface

/// The lanes of a region in a shared memory. Any thread of any process may hold one.
public struct Lanes<Memory: SharedMemory> {
  /// The memory: offset zero is the control block.
  public let memory: Memory
  /// Thread slots and rings, checked.
  public let geometry: LanesGeometry
  /// How the controller is woken: a number that `TracerShm` gives a meaning.
  public let waking: UInt64

  /// Makes empty lanes in zeroed memory. No other thread or process may use it yet; how it is
  /// handed over must order this before what they do.
  public init(formatting memory: Memory, geometry: LanesGeometry, waking: UInt64 = 0) {
    typealias Control = LaneLayout.Control
    self.memory = memory
    self.geometry = geometry
    self.waking = waking
    let values: [(Int, Int)] = [
      (Control.threadSlots, geometry.threadSlots),
      (Control.indexRings, geometry.index.ringCount),
      (Control.indexRingBytes, geometry.index.ringByteCount),
      (Control.detailRings, geometry.detail.ringCount),
      (Control.detailRingBytes, geometry.detail.ringByteCount),
      (Control.historyRings, geometry.detail.historyRings),
      (Control.postRecords, geometry.detail.postRecords),
    ]
    for (offset, value) in values { memory.word(at: offset).storeRelaxed(UInt64(value)) }
    memory.word(at: Control.waking).storeRelaxed(waking)
    for slot in 0..<geometry.threadSlots {
      for kind in LaneKind.allCases { lane(slot, kind).resetQueues() }
    }
    memory.word(at: Control.magic).storeRelaxed(LaneLayout.magic)
  }

  /// The lanes of a memory whose geometry this process has checked before.
  package init(_ memory: Memory, checked geometry: LanesGeometry, waking: UInt64 = 0) {
    self.memory = memory
    self.geometry = geometry
    self.waking = waking
  }

  /// Finds the lanes in a memory of `available` bytes. Nothing there is trusted but what passes.
  public init(attaching memory: Memory, available: Int) throws(LaneLayoutError) {
    typealias Control = LaneLayout.Control
    guard available >= Control.byteCount else {
      throw .outsideMemory(needed: Control.byteCount, available: available)
    }
    // Relaxed, here and below: written once, before the memory was handed over. Loaded once.
    func load(_ offset: Int) -> Int { Int(clamping: memory.word(at: offset).loadRelaxed()) }
    let magic = memory.word(at: Control.magic).loadRelaxed()
    guard magic == LaneLayout.magic else { throw .notLanes(found: magic) }
    let geometry = try LanesGeometry(
      threadSlots: load(Control.threadSlots),
      index: .index(
        ringCount: load(Control.indexRings), ringByteCount: load(Control.indexRingBytes)),
      detail: .detail(
        ringCount: load(Control.detailRings), ringByteCount: load(Control.detailRingBytes),
        historyRings: load(Control.historyRings), postRecords: load(Control.postRecords)))
    guard geometry.byteCount <= available else {
      throw .outsideMemory(needed: geometry.byteCount, available: available)
    }
    self.memory = memory
    self.geometry = geometry
    waking = memory.word(at: Control.waking).loadRelaxed()
  }

  /// A lane.
  public func lane(_ slot: Int, _ kind: LaneKind) -> Lane<Memory> {
    Lane(memory, geometry: geometry, identifier: LaneIdentifier(slot: slot, kind: kind))
  }

  /// The thread slots.
  public var slots: ThreadSlots<Memory> { ThreadSlots(memory: memory, geometry: geometry) }

  /// Which controller works on the region, and how to wake it.
  public var seat: ControllerSeat<Memory> { ControllerSeat(memory: memory) }

  /// The controller's sleeping flag.
  public var wakeFlag: WakeFlag<Memory> { WakeFlag(memory, at: LaneLayout.Control.sleeping) }
}

extension Lanes: Sendable where Memory: Sendable {}
