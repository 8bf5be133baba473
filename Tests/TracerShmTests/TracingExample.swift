// The example of the article Tracing, compiled and run; a test sees to it that the article shows
// this text.

import Foundation
import Glibc
import Testing

// Tracing begin
import HardwareMemory
import TracerCore
import TracerShm

/// Attaches the calling thread, writes a hundred events, and leaves.
func trace(into region: TracerRegion) throws {
  let agent = try Agent(region)
  var thread = try agent.attachThread()
  for value: UInt64 in 0..<100 {
    // Wait-free: in the region when this returns, or dropped and counted.
    _ = thread.writeIndex(type: 1, timestamp: TracerClock.now(), value, value * value)
  }
  thread.detach()
}

/// Counts events. An output that returns has what it was given: the ring goes back to the agent.
struct EventCounter: LaneOutput {
  var events: UInt64 = 0
  var lost: UInt64 = 0
  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(LaneCorruption) {
    var found: UInt64 = 0
    try records.forEach { memory, record, sequence in found += 1 }
    events += found
    lost = frame.account.losses.total
  }
}

/// Drains everything, asleep while there is nothing, until the traced thread has left.
func control(_ region: TracerRegion) throws -> EventCounter {
  var controller = try Controller(region)
  var counter = EventCounter()
  var threads = 0
  while threads == 0 {
    let report = try controller.drain(into: &counter)
    threads += report.pass.reclaimedSlots
    if report.isIdle { _ = controller.wait(timeoutNanoseconds: 1_000_000_000) }
  }
  try controller.destroyDrained(into: &counter)
  return counter
}
// Tracing end

@Suite struct TracingExampleTests {
  @Test(arguments: RegionKind.allCases)
  func exampleCountsItsEvents(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind, ringByteCount: 4096)
    try trace(into: fixture.region)
    let counter = try control(fixture.region)
    #expect(counter.events == 100 && counter.lost == 0)
  }

  @Test func articleShowsTheCompiledExample() throws {
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let example = try #require(
      source.components(separatedBy: "// Tracing begin\n").dropFirst().first?
        .components(separatedBy: "// Tracing end\n").first)
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let article = try String(
      contentsOf: root.appendingPathComponent(
        "Sources/TracerShm/Documentation.docc/Tracing.md"), encoding: .utf8)
    #expect(article.contains("```swift\n" + example + "```"))
  }
}
