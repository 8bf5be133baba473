// The fast paths of the slot ring over hardware, each as a function of its own, so that
// `scripts/codegen` can disassemble it. Nobody calls these; a probe is what a client's own
// function would compile to.

public import HardwareMemory
public import TracerCore

/// One word into a queue of small values.
@inline(never) public func codegenSlotPush(
  _ writer: inout SlotRingWriter<HardwareMemory>, _ value: UInt64
) -> Bool {
  writer.tryPush(value)
}

/// One word out of a queue of small values.
@inline(never) public func codegenSlotPop(
  _ reader: inout SlotRingReader<HardwareMemory>
) throws(RingCorruption) -> UInt64? {
  try reader.tryPop()
}

/// A slot of 64 bytes, filled in place.
@inline(never) public func codegenSlotReserveCommit(
  _ writer: inout SlotRingWriter<HardwareMemory>, _ value: UInt64
) -> Bool {
  guard let slot = writer.tryReserve() else { return false }
  for index in 0..<8 {
    writer.memory.storePayload(value &+ UInt64(index), at: slot &+ index &* 8)
  }
  writer.commit()
  return true
}

/// A run of slots read in place.
@inline(never) public func codegenSlotDrain(
  _ reader: inout SlotRingReader<HardwareMemory>
) throws(RingCorruption) -> UInt64 {
  let run = try reader.readableRun()
  var sum: UInt64 = 0
  for slot in 0..<run.count {
    sum &+= reader.memory.loadPayload(at: run.offset &+ slot &* 64)
  }
  reader.consume(run.count)
  return sum
}
