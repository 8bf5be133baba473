// The slot ring in one thread: contents, refusal, positions, policies, corruption.

import HardwareMemory
import MemoryInterface
import Testing
import TracerCore

@Suite struct SlotRingTests {
  @Test(arguments: [1, 2, 4, 8, 64], interestingStarts)
  func fillReadOneRefillKeepsOrderAtEveryPhase(capacity: Int, start: UInt64) throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(capacity: capacity, startingAt: start)
    var writer = try ring.makeWriter()
    var reader = try ring.makeReader()
    var written: UInt64 = 0
    var read: UInt64 = 0
    for _ in 0..<(4 * capacity + 3) {
      while writer.tryPush(written) { written += 1 }
      expect(written - read <= UInt64(capacity))
      expect(RingInvariant.positionsOrdered(fixture.positions(capacity: capacity)))
      let value = try reader.tryPop()
      expect(value == read)
      read += 1
    }
    while let value = try reader.tryPop() {
      expect(RingInvariant.sequenceUnbroken(expected: read, found: value))
      read += 1
    }
    expect(read == written)
  }

  @Test func fullRingRefusesAndKeepsContents() throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(capacity: 4)
    var writer = try ring.makeWriter()
    for value in 0..<4 as Range<UInt64> { expect(writer.tryPush(value)) }
    expect(!writer.tryPush(99))
    expect(!writer.tryPush(99))
    var reader = try ring.makeReader()
    for value in 0..<4 as Range<UInt64> { try expect(reader.tryPop() == value) }
    try expect(reader.tryPop() == nil)
  }

  @Test func reservationWithoutCommitIsForgotten() throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(slotByteCount: 16, capacity: 2)
    var writer = try ring.makeWriter()
    var reader = try ring.makeReader()
    let reserved = writer.tryReserve()
    let first = try #require(reserved)
    expect(writer.tryReserve() == first)
    try expect(reader.readableRun().count == 0)
    writer.commit()
    try expect(reader.readableRun().count == 1)
  }

  @Test func runEndsAtTheEndOfTheLap() throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(capacity: 8)
    var writer = try ring.makeWriter()
    var reader = try ring.makeReader()
    for value in 0..<6 as Range<UInt64> { expect(writer.tryPush(value)) }
    reader.consume(try reader.readableRun().count)
    reader.release()
    for value in 6..<12 as Range<UInt64> { expect(writer.tryPush(value)) }
    let first = try reader.readableRun()
    expect(first.count == 2)
    reader.consume(2)
    let second = try reader.readableRun()
    expect(second.count == 4)
    expect(fixture.memory.loadPayload(at: second.offset) == 8)
  }

  @Test func explicitPolicyShowsNothingBeforePublish() throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(capacity: 4)
    var writer = try ring.makeWriter(policy: .explicit)
    var reader = try ring.makeReader()
    for value in 0..<4 as Range<UInt64> { expect(writer.tryPush(value)) }
    expect(!writer.tryPush(4))
    try expect(reader.tryPop() == nil)
    writer.publish()
    try expect(reader.tryPop() == 0)
  }

  @Test func adaptivePolicyPublishesAtOnceToAnIdleReaderAndInBatchesToABusyOne() throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(capacity: 64)
    var writer = try ring.makeWriter(policy: .adaptive(count: 8))
    var reader = try ring.makeReader()
    expect(writer.tryPush(0))
    try expect(reader.readableRun().count == 1, "the reader was idle")
    // Not consumed: the reader is busy with record 0.
    for value in 1..<8 as Range<UInt64> { expect(writer.tryPush(value)) }
    expect(fixture.positions(capacity: 64).write == 1, "seven are pending")
    expect(writer.tryPush(8))
    expect(fixture.positions(capacity: 64).write == 9, "eight were")
  }

  @Test func adaptivePolicyPublishesWhenTheRingIsFull() throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(capacity: 4)
    var writer = try ring.makeWriter(policy: .adaptive(count: 1000))
    var reader = try ring.makeReader()
    for value in 0..<4 as Range<UInt64> { expect(writer.tryPush(value)) }
    expect(!writer.tryPush(4))
    try expect(reader.readableRun().count == 4)
  }

  @Test func readerReleasesLazilyByAQuarterAndWhenNothingIsLeft() throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(capacity: 16)
    var writer = try ring.makeWriter()
    var reader = try ring.makeReader()
    for value in 0..<6 as Range<UInt64> { expect(writer.tryPush(value)) }
    for _ in 0..<3 { _ = try reader.tryPop() }
    expect(fixture.positions(capacity: 16).read == 0)
    _ = try reader.tryPop()
    expect(fixture.positions(capacity: 16).read == 4)
    for _ in 0..<2 { _ = try reader.tryPop() }
    expect(fixture.positions(capacity: 16).read == 4)
    try expect(reader.tryPop() == nil)
    expect(fixture.positions(capacity: 16).read == 6)
  }

  @Test(arguments: [17, UInt64.max, UInt64.max - 5, 1 << 63] as [UInt64])
  func readerReportsAWritePositionThatNoHonestWriterReaches(position: UInt64) throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(capacity: 16)
    var reader = try ring.makeReader()
    fixture.memory.word(at: RingHeader.writePosition).storeRelaxed(position)
    #expect(throws: RingCorruption.position(found: position, own: 0)) {
      _ = try reader.tryPop()
    }
  }

  @Test(arguments: [5, UInt64.max, 1 << 63] as [UInt64])
  func writerIgnoresAReadPositionThatNoHonestReaderReaches(position: UInt64) throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(capacity: 4)
    var writer = try ring.makeWriter()
    for value in 0..<4 as Range<UInt64> { expect(writer.tryPush(value)) }
    fixture.memory.word(at: RingHeader.readPosition).storeRelaxed(position)
    expect(!writer.tryPush(4), "no slot was handed back")
  }

  @Test func successorContinuesAtThePositionsInMemory() throws {
    let fixture = try RingFixture()
    let ring = try fixture.slotRing(capacity: 4, startingAt: .max)
    var writer = try ring.makeWriter()
    expect(writer.tryPush(7))
    var successor = try SlotRing(attaching: fixture.memory, available: 1 << 20).makeWriter()
    expect(successor.tryPush(8))
    var reader = try ring.makeReader()
    try expect(reader.tryPop() == 7)
    try expect(reader.tryPop() == 8)
  }

  @Test func headerThatCannotBeIsATypedError() throws {
    let fixture = try RingFixture()
    let memory = fixture.memory
    func attach(available: Int = 1 << 20) throws -> SlotRingGeometry {
      try SlotRing(attaching: memory, available: available).geometry
    }
    #expect(throws: RingLayoutError.notARing(offset: 0, found: 0)) { try attach() }
    let ring = try fixture.slotRing(slotByteCount: 16, capacity: 8)
    try expect(attach() == ring.geometry)
    #expect(throws: RingLayoutError.outsideMemory(needed: 512, available: 511)) {
      try attach(available: 511)
    }
    #expect(throws: RingLayoutError.outsideMemory(needed: 384, available: 100)) {
      try attach(available: 100)
    }
    memory.word(at: RingHeader.capacity).storeRelaxed(12)
    #expect(throws: RingLayoutError.invalidCapacity(12)) { try attach() }
    memory.word(at: RingHeader.capacity).storeRelaxed(1 << 63)
    #expect(throws: RingLayoutError.self) { try attach() }
    memory.word(at: RingHeader.capacity).storeRelaxed(8)
    for size in [0, 4, 12, 1 << 40] as [UInt64] {
      memory.word(at: RingHeader.slotByteCount).storeRelaxed(size)
      #expect(throws: RingLayoutError.self, "slot size \(size)") { try attach() }
    }
    memory.word(at: RingHeader.slotByteCount).storeRelaxed(16)
    memory.word(at: RingHeader.writePosition).storeRelaxed(9)
    #expect(throws: RingLayoutError.positionsOutOfOrder(write: 9, read: 0, capacity: 8)) {
      _ = try ring.makeReader()
    }
    #expect(throws: RingLayoutError.positionsOutOfOrder(write: 9, read: 0, capacity: 8)) {
      _ = try ring.makeWriter()
    }
  }
}
