// A ring whose words are overwritten before any access: neither side ever counts on more room or
// records than a ring can have, whatever the other one's position says when it is looked at again;
// and a queue of rings whose tickets change under the controller, which follows what it checked.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct HostileRingTests {
  private static let capacity = 128

  @Test(arguments: [2, 5, 20] as [UInt64])
  func aPositionThatChangesBetweenTwoLooksIsNeverFollowed(oneIn: UInt64) throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("hostile ring: seed \(seed)")
    for round in 0..<UInt64(60) { try play(seed: seed &+ round, oneIn: oneIn) }
  }

  private func play(seed: UInt64, oneIn: UInt64) throws {
    let fixture = try RingFixture(byteCount: 4096)
    let ring = try fixture.byteRing(capacity: Self.capacity)
    let end = RingHeader.data + Self.capacity
    let peer = HostilePeer(
      fixture.memory, byteCount: ring.geometry.byteCount, range: 0..<ring.geometry.byteCount,
      oneIn: 0, seed: seed)
    let hostile = ByteRing(in: HostileMemory(peer: peer), geometry: ring.geometry)
    var writer = try hostile.makeWriter()
    var reader = try hostile.makeReader()
    peer.oneIn = oneIn
    do {
      for round in 0..<60 {
        _ = writer.tryWrite(type: 0, byteCount: 8 * (round % 4)) { _, _ in }
        expect(
          writer.core.knownFree <= UInt64(Self.capacity), "seed \(seed): more room than there is")
        _ = try reader.drain { _, record in
          expect(record.payloadOffset + record.byteCount <= end, "seed \(seed): beyond the ring")
        }
      }
    } catch {
      // Corruption that was noticed.
    }
    expect(peer.outside == 0, "seed \(seed): outside")
  }

  @Test(arguments: [2, 3, 7] as [UInt64])
  func aTicketThatChangesBetweenTwoLooksIsNeverFollowed(oneIn: UInt64) throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("hostile tickets: seed \(seed)")
    for round in 0..<UInt64(200) { try drainTickets(seed: seed &+ round, oneIn: oneIn) }
  }

  private func drainTickets(seed: UInt64, oneIn: UInt64) throws {
    let geometry = try smallLanes(indexRings: 4)
    let fixture = try LaneFixture(geometry)
    var writer = fixture.writer(.index)
    _ = writer.fill()
    writer.leave()
    let lane = fixture.lane(.index)
    let tickets = lane.offset + lane.geometry.submitQueueOffset + RingHeader.data
    let peer = HostilePeer(
      fixture.mapping.memory, byteCount: geometry.byteCount,
      range: tickets..<(tickets + RingTicket.byteCount * lane.geometry.queueCapacity), oneIn: 0,
      seed: seed)
    let lanes = try Lanes(attaching: HostileMemory(peer: peer), available: geometry.byteCount)
    var reader = LaneReader(lanes.lane(0, .index))
    var output = CollectingOutput<HostileMemory>()
    peer.oneIn = oneIn
    do { try reader.drainAll(into: &output) } catch {
      // Quarantined: noticed.
    }
    expect(peer.outside == 0, "seed \(seed): a ring outside of the lane")
  }
}
