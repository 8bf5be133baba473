// The locations of a litmus test as its code sees them: x, y and z over any shared memory.
//
// On the model they are three words; on hardware those of one of many instances, or of one of many
// rounds. Tests are written against this and nothing else. Everything is inlined: over
// `HardwareMemory` an access is one instruction.

import CPlatform
import MemoryInterface

/// The locations of one instance of a test.
struct LitmusCells<Memory: SharedMemory> {
  let memory: Memory
  /// Where x stands, and how many bytes further each next location.
  let first: Int
  let pitch: Int
  /// Which round of a perpetual test this is; zero in all others.
  let round: UInt64

  @inline(__always) var x: LitmusCell<Memory> { cell(0) }
  @inline(__always) var y: LitmusCell<Memory> { cell(1) }
  @inline(__always) var z: LitmusCell<Memory> { cell(2) }

  /// What the round stores: 1, and in a perpetual test a value that was never stored before.
  @inline(__always) var one: UInt64 { round &+ 1 }

  @inline(__always) private func cell(_ index: Int) -> LitmusCell<Memory> {
    LitmusCell(memory: memory, offset: first &+ index &* pitch, edge: .litmus(location: index))
  }

  @inline(__always) func fence(_ order: FenceOrder) { memory.fence(order, .litmusFence) }
}

/// One location.
struct LitmusCell<Memory: SharedMemory> {
  let memory: Memory
  let offset: Int
  let edge: SyncEdge

  // Relaxed wherever the test says so: what may happen then is the question.
  @inline(__always) func loadRelaxed() -> UInt64 { memory.word(at: offset).loadRelaxed() }
  @inline(__always) func loadAcquire() -> UInt64 { memory.word(at: offset).loadAcquire(edge) }
  @inline(__always) func storeRelaxed(_ value: UInt64) {
    memory.word(at: offset).storeRelaxed(value)
  }
  @inline(__always) func storeRelease(_ value: UInt64) {
    memory.word(at: offset).storeRelease(value, edge)
  }
  @inline(__always) func add(_ operand: UInt64, _ order: UpdateOrder) -> UInt64 {
    memory.fetchAdd(operand, at: offset, order, edge)
  }
  @inline(__always) func loadPlain() -> UInt64 { memory.loadPayload(at: offset) }
  @inline(__always) func storePlain(_ value: UInt64) { memory.storePayload(value, at: offset) }

  /// The same location, its address depending on a value read before.
  @inline(__always) func depending(on value: UInt64) -> LitmusCell<Memory> {
    LitmusCell(
      memory: memory, offset: offset &+ Int(truncatingIfNeeded: platform_dependent_zero(value)),
      edge: edge)
  }
}
