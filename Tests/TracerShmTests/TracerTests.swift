// Agent and controller in one process, on every kind of region: what is written comes out, once,
// and every attempt is accounted for.

import Glibc
import HardwareMemory
import Testing
import TracerCore

@testable import TracerShm

@Suite struct TracerTests {
  @Test(arguments: RegionKind.allCases)
  func whatAThreadWritesIsDrainedOnceOnEveryKind(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    let agent = try Agent(fixture.region)
    var controller = try Controller(fixture.region)
    var output = KeptFrames()
    var thread = try agent.attachThread()
    for round in 0..<20 {
      for step in 0..<5 {
        let value = UInt64(round * 5 + step)
        let outcome = thread.writeIndex(
          type: 7, timestamp: TracerClock.now(), value, value &* 3)
        #expect(outcome == .written)
      }
      try controller.drainAll(into: &output)
    }
    thread.detach()
    try controller.drainAll(into: &output)
    #expect(output.values[firstIndex] == Array(0..<100))
    #expect(output.sequences[firstIndex] == Array(0..<100))
    #expect(output.corruptions == 0)
    let account = controller.account(of: firstIndex)
    #expect(account.drained == 100 && account.nextSequence == 100)
    #expect(LaneInvariant.everyAttemptAccountedFor(account))
    #expect(fixture.region.lanes.slots.state(of: 0).phase == .free)
    controller.close()
    try fixture.region.destroy()
  }
}
