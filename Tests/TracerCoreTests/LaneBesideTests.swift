// What a lane does because the other lane of its thread was written to: no write of its own follows.

import HardwareMemory
import Testing

@testable import TracerCore

@Suite struct LaneBesideTests {
  @Test func whatIsHandedOverBesideAnotherLaneIsAnnounced() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    fixture.mapping.memory.word(at: LaneLayout.Control.sleeping).storeRelaxed(1)
    expect(writer.fill(limit: 2) == 2)
    #expect(fixture.host.wakeUps == 0)
    expect(writer.serveBeside(flush: 1))
    #expect(fixture.lane(.index).metrics().submittedRings == 1)
    #expect(fixture.host.wakeUps == 1)
  }

  /// The other lane's request comes again, and brings nothing but the mark.
  @Test func postRollOfAMarkSeenBesideAnotherLaneEndsWhereItShould() throws {
    let fixture = try LaneFixture(smallLanes(postRecords: 3))
    let lane = fixture.lane(.detail)
    var writer = fixture.writer(.detail)
    lane.requestFlush(1)
    expect(writer.serveBeside(flush: 1))
    expect(writer.writeNumbered() == .written)
    lane.mark()
    expect(writer.serveBeside(flush: 1))
    #expect(lane.metrics().submittedRings == 0)
    expect(writer.fill(limit: 3) == 3)
    expect(writer.writeNumbered() == .written)
    #expect(lane.metrics().submittedRings == 1, "the ring is not full yet")
  }
}
