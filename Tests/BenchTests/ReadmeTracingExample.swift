// The README's example of an agent and a controller, compiled and run; `ReadmeTests` sees to it
// that the README shows this text.

import Foundation
import Testing

// README begin
import TracerCore
import TracerShm

/// The traced process: each event is in the region when the write returns, or dropped and counted.
func traceSquares(into region: TracerRegion) throws {
  let agent = try Agent(region)
  var thread = try agent.attachThread()
  for value: UInt64 in 0..<100 {
    _ = thread.writeIndex(type: 1, timestamp: TracerClock.now(), value, value * value)
  }
  thread.detach()
}

/// The controller, in any process that has the region: drains it into a trace file, asleep while
/// there is nothing, until a traced thread has left.
func collectTrace(of region: TracerRegion, into path: String) throws {
  var controller = try Controller(region)
  var file = try TraceFileWriter(creating: path, session: region.region.superblock.session)
  var threadsLeft = 0
  while threadsLeft == 0 {
    let report = try controller.drain(into: &file)
    threadsLeft += report.pass.reclaimedSlots
    if report.isIdle { _ = controller.wait(timeoutNanoseconds: 1_000_000_000) }
  }
  try file.close()
}
// README end

@Suite struct ReadmeTracingTests {
  @Test func everyEventOfTheExampleIsInTheFile() throws {
    let region = try TracerRegion.create(.memfd)
    let path = "/tmp/readme-tracing-\(UUID().uuidString).trace"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try traceSquares(into: region)
    try collectTrace(of: region, into: path)
    var reader = try TraceFileReader(path)
    var records: UInt64 = 0
    while let block = try reader.next() {
      if case .frame(let frame, _) = block { records += frame.recordCount }
    }
    #expect(records == 100)
  }

  @Test func readmeShowsTheCompiledExample() throws {
    try expectReadmeShows(example: #filePath)
  }
}
