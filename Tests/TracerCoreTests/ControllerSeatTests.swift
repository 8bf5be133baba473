// The one seat of the controller and what wakes who sits there.

import HardwareMemory
import Testing

@testable import TracerCore

@Suite struct ControllerSeatTests {
  private func process(_ pid: UInt32, _ start: UInt64 = 7) throws -> PackedProcess {
    try #require(PackedProcess(pid: pid, startTimeTicks: start))
  }

  @Test func aProcessComesOutAsItWasPacked() throws {
    let packed = try process(4_194_303, 1 << 41)
    #expect(packed.pid == 4_194_303 && packed.startTimeTicks == 1 << 41)
    #expect(PackedProcess(pid: 1 << 22, startTimeTicks: 0) == nil)
    #expect(try process(1, 5) != process(1, 6))
    // Beyond 42 bits a start time is shortened, not mixed with the number.
    #expect(try process(3, .max).pid == 3)
  }

  @Test func theSeatIsTakenFromNobodyOrFromWhomTheCallerNames() throws {
    let fixture = try LaneFixture()
    let seat = fixture.lanes.seat
    let (first, second, third) = (try process(1), try process(2), try process(3))
    #expect(seat.occupant == nil)
    #expect(seat.take(from: nil, for: first) && seat.occupant == first)
    #expect(!seat.take(from: nil, for: second))
    #expect(!seat.take(from: third, for: second), "it is not the one proved to be dead")
    #expect(seat.take(from: first, for: second) && seat.occupant == second)
    seat.leave()
    #expect(seat.occupant == nil)
  }

  @Test func aWakerIsKnownFromItsPublicationToItsProcesssEnd() throws {
    let fixture = try LaneFixture()
    let seat = fixture.lanes.seat
    let (first, second) = (try process(1), try process(2))
    #expect(seat.waker() == nil)
    #expect(seat.take(from: nil, for: first))
    #expect(seat.waker() == nil)
    seat.publish(descriptor: 9, token: 77)
    #expect(seat.waker() == ControllerWaker(process: first, descriptor: 9, token: 77))
    // A successor's seat says nothing of the dead one's descriptor.
    #expect(seat.take(from: first, for: second))
    #expect(seat.waker() == nil)
    seat.publish(descriptor: 4, token: 78)
    #expect(seat.waker() == ControllerWaker(process: second, descriptor: 4, token: 78))
    seat.leave()
    #expect(seat.waker() == nil)
  }

  @Test func anAcknowledgementBelongsToOneClaim() throws {
    let fixture = try LaneFixture()
    let slots = fixture.lanes.slots
    guard case .claimed(let claim) = slots.claim(owner: 1, ownerStart: 2, thread: 3) else {
      Issue.record("a free slot")
      return
    }
    slots.acknowledgeWaker(77, slot: claim.slot)
    #expect(slots.acknowledgedWaker(of: claim.slot) == 77)
    slots.retire(claim)
    slots.free(claim.slot, judged: slots.state(of: claim.slot))
    _ = slots.claim(owner: 1, ownerStart: 2, thread: 4)
    #expect(slots.acknowledgedWaker(of: claim.slot) == 0)
  }
}
