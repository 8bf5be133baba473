// Flushes that a controller asks for: honoured by every thread at its next write, in both its lanes.

import Testing
import TracerCore

@testable import TracerShm

@Suite struct FlushTests {
  /// Writes records with these values; all have to be taken.
  private func write(_ values: Range<UInt64>, with thread: inout AgentThread) {
    for value in values {
      expect(thread.writeIndex(type: 1, timestamp: 0, value, 0) == .written)
    }
  }

  @Test(arguments: RegionKind.allCases)
  func aFlushIsServedAtTheNextWriteOfEachThread(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    var controller = try Controller(fixture.region)
    let agent = try Agent(fixture.region)
    var busy = try agent.attachThread()
    let leaving = try agent.attachThread()
    var output = KeptFrames()
    write(0..<2, with: &busy)
    try controller.drainAll(into: &output)
    expect(output.frames.isEmpty)
    let request = controller.requestFlush()
    expect(!controller.isServed(request))
    write(2..<3, with: &busy)
    expect(!controller.isServed(request), "the other thread has not yet")
    // A served flush is announced, also where a lane had nothing to submit.
    expect(controller.wait(timeoutNanoseconds: 0) == .ready)
    leaving.detach()
    expect(controller.isServed(request))
    try controller.drainAll(into: &output)
    expect(output.values[firstIndex] == [0, 1])
    expect(controller.wait(timeoutNanoseconds: 0) == .timeout)
    busy.detach()
    expect(controller.wait(timeoutNanoseconds: 0) == .ready)
    controller.close()
  }

  @Test func aWriteToEitherLaneServesAFlushInBoth() throws {
    let fixture = try TracerFixture(.anonymous, ringByteCount: 256)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    var output = KeptFrames()
    write(0..<2, with: &thread)
    // From here on details only.
    var request = controller.requestFlush()
    expect(thread.writeDetail(type: 1, timestamp: 0, 10, 0) == .written)
    expect(controller.isServed(request))
    try controller.drainAll(into: &output)
    expect(output.values[firstIndex] == [0, 1])
    // A marked history, and from here on index records only.
    try thread.mark()
    request = controller.requestFlush()
    write(2..<3, with: &thread)
    expect(controller.isServed(request))
    try controller.drainAll(into: &output)
    expect(output.values[firstDetail] == [10] && output.values[firstIndex] == [0, 1])
    // Each once: neither lane hands over a ring for what the other has served.
    expect(thread.writeDetail(type: 1, timestamp: 0, 11, 0) == .written)
    write(3..<4, with: &thread)
    try controller.drainAll(into: &output)
    expect(output.values[firstIndex] == [0, 1])
    thread.detach()
    controller.close()
  }

  @Test func aFlushWaitsForALaneWithoutASpareAndForNoOther() throws {
    let fixture = try TracerFixture(.anonymous)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    // Four records fill a ring: the third index ring is full, and none is spare.
    while thread.writeIndex(type: 1, timestamp: 0, 0, 0) == .written {}
    let request = controller.requestFlush()
    for value in 0..<3 {
      expect(thread.writeDetail(type: 1, timestamp: 0, UInt64(value), 0) == .written)
      expect(!controller.isServed(request))
    }
    var output = KeptFrames()
    try controller.drainAll(into: &output)
    expect(thread.writeDetail(type: 1, timestamp: 0, 3, 0) == .written)
    expect(controller.isServed(request))
    thread.detach()
    try controller.drainAll(into: &output)
    expect(LaneInvariant.everyAttemptAccountedFor(controller.account(of: firstIndex)))
    controller.close()
  }

  @Test func aFlushIsServedWhereAPredecessorDiedAskingForOne() throws {
    let fixture = try TracerFixture(.anonymous)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    // Killed between its two requests.
    _ = fixture.region.lanes.lane(0, .index).requestFlush()
    write(0..<1, with: &thread)
    let request = controller.requestFlush()
    expect(thread.writeDetail(type: 1, timestamp: 0, 0, 0) == .written)
    expect(controller.isServed(request))
    var output = KeptFrames()
    try controller.drainAll(into: &output)
    expect(output.values[firstIndex] == [0])
    thread.detach()
    controller.close()
  }
}
