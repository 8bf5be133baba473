// Rings in ordinary mapped memory, both sides in one thread: the small worlds of the unit tests.

import HardwareMemory
import Testing
import TracerCore

/// A mapping and what stands in it. The rings' handles do not own memory: keep this alive.
struct RingFixture: ~Copyable {
  let mapping: Mapping

  init(byteCount: Int = 1 << 20) throws {
    mapping = try Mapping(descriptor: nil, byteCount: byteCount)
  }

  var memory: HardwareMemory { mapping.memory }

  func slotRing(
    slotByteCount: Int = 8, capacity: Int, startingAt position: UInt64 = 0
  ) throws -> SlotRing<HardwareMemory> {
    let geometry = try SlotRingGeometry(slotByteCount: slotByteCount, capacity: capacity)
    return SlotRing(formatting: memory, geometry: geometry, startingAt: position)
  }

  func byteRing(
    capacity: Int, startingAt position: UInt64 = 0
  ) throws -> ByteRing<HardwareMemory> {
    let geometry = try ByteRingGeometry(capacity: capacity)
    return ByteRing(formatting: memory, geometry: geometry, startingAt: position)
  }

  /// The positions as they stand in memory now.
  func positions(capacity: Int) -> RingPositions {
    RingPositions(
      write: memory.word(at: RingHeader.writePosition).loadRelaxed(),
      read: memory.word(at: RingHeader.readPosition).loadRelaxed(),
      capacity: UInt64(capacity))
  }
}

/// Start positions that matter: zero, mid-lap, and so close to 2^32 and to 2^64 that every test
/// passes them.
let interestingStarts: [UInt64] = [
  0, 8, 1 << 32, (1 << 32) - 8, UInt64.max - 7, UInt64.max - 63,
]

/// Payload bytes that depend on the record, its length and the place within it, so that a byte of
/// another record or of a previous lap is noticed.
func patternByte(record: UInt64, length: Int, index: Int) -> UInt8 {
  UInt8(truncatingIfNeeded: record &* 131 &+ UInt64(length) &* 17 &+ UInt64(index) &* 7 &+ 1)
}

/// `#expect` for values that come from a mutating call on a non-copyable handle, which the macro
/// cannot take apart.
func expect(
  _ condition: Bool, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(condition, comment, sourceLocation: sourceLocation)
}
