// A ring's writer dies before every access: what a reader finds in the memory as the executed
// stores left it. Records up to the write position are whole, and each that was written is there.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct RingDeathTests {
  private static let bytes = 4096

  /// A copy of the memory as it stands now.
  private func copy(of memory: HardwareMemory, into mapping: borrowing Mapping) {
    memory.withPayload(at: 0, byteCount: Self.bytes) { bytes in
      bytes.withUnsafeBytes { mapping.memory.copyPayload(from: $0, to: 0) }
    }
  }

  @Test func slotsBelowTheWritePositionAreWholeAtEveryAccess() throws {
    let fixture = try RingFixture(byteCount: Self.bytes)
    let ring = try fixture.slotRing(capacity: 4)
    let observed = ObservedMemory(memory: fixture.memory)
    let image = try Mapping(descriptor: nil, byteCount: Self.bytes)
    var pushed: UInt64 = 0
    var popped: UInt64 = 0
    var kills = 0
    var writer = try SlotRing(in: observed, geometry: ring.geometry).makeWriter()
    var reader = try ring.makeReader()
    observed.observer.beforeAccess = {
      kills += 1
      copy(of: fixture.memory, into: image)
      guard var successor = try? SlotRing(in: image.memory, geometry: ring.geometry).makeReader()
      else {
        Issue.record("the positions are honest")
        return
      }
      var next = popped
      while let value = try? successor.tryPop() {
        expect(value == next &+ 100, "slot \(next) holds \(value)")
        next += 1
      }
      expect(next == pushed || next == pushed + 1, "\(next) of \(pushed) are there")
    }
    for round in 0..<12 {
      if writer.tryPush(pushed &+ 100) { pushed += 1 }
      if round % 3 == 2 {
        reader.release()
        while let value = try reader.tryPop() {
          expect(value == popped &+ 100)
          popped += 1
        }
        reader.release()
      }
    }
    observed.observer.beforeAccess = nil
    #expect(kills > 20, "the sweep has to cover something")
  }

  @Test func bytesBelowTheWritePositionAreWholeRecordsAtEveryAccess() throws {
    let fixture = try RingFixture(byteCount: Self.bytes)
    let ring = try fixture.byteRing(capacity: 128)
    let observed = ObservedMemory(memory: fixture.memory)
    let image = try Mapping(descriptor: nil, byteCount: Self.bytes)
    var written: UInt64 = 0
    var read: UInt64 = 0
    var kills = 0
    var writer = try ByteRing(in: observed, geometry: ring.geometry).makeWriter()
    var reader = try ring.makeReader()
    observed.observer.beforeAccess = {
      kills += 1
      copy(of: fixture.memory, into: image)
      var next = read
      do {
        var successor = try ByteRing(in: image.memory, geometry: ring.geometry).makeReader()
        _ = try successor.drain { memory, record in
          let isWhole =
            record.type == UInt16(truncatingIfNeeded: next) && record.byteCount == 16
            && memory.loadPayload(at: record.payloadOffset) == next &+ 100
            && memory.loadPayload(at: record.payloadOffset + 8) == next &+ 200
          expect(isWhole, "record \(next) is torn")
          next += 1
        }
      } catch { Issue.record("an honest ring is corrupt: \(error)") }
      expect(next == written || next == written + 1, "\(next) of \(written) are there")
    }
    for round in 0..<14 {
      let outcome = writer.tryWrite(
        type: UInt16(truncatingIfNeeded: written), byteCount: 16
      ) { memory, offset in
        memory.storePayload(written &+ 100, at: offset)
        memory.storePayload(written &+ 200, at: offset + 8)
      }
      if outcome == .written { written += 1 }
      if round % 4 == 3 {
        read += UInt64(try reader.drain { _, _ in })
        reader.release()
      }
    }
    observed.observer.beforeAccess = nil
    #expect(kills > 40, "the sweep has to cover something")
  }
}
