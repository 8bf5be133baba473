// The example of the README, compiled and run; a test sees to it that the README shows this text.

import Foundation
import Glibc
import HardwareMemory
import Testing

// README begin
import TracerCore
import TracerShm

/// Creates a named region with a ring of 1 MiB in it, and writes a hundred records.
func produce(name: String) throws -> SharedRegion {
  let geometry = try ByteRingGeometry(capacity: 1 << 20)
  let region = try SharedRegion.create(.shm(name: name), byteCount: geometry.byteCount) { memory in
    _ = ByteRing(formatting: memory, geometry: geometry)
  }
  let ring = try ByteRing(attaching: region.payload, available: region.payloadByteCount)
  var writer = try ring.makeWriter(policy: .everyRecord)
  for value: UInt64 in 0..<100 {
    // Refuses with `.full`, never blocks. The payload is stored in place.
    let outcome = writer.tryWrite(type: 1, byteCount: 8) { memory, offset in
      memory.storePayload(value, at: offset)
    }
    precondition(outcome == .written)
  }
  return region
}

/// Opens the region, in any process with permission, and reads the records in place.
func consume(name: String) throws -> [UInt64] {
  let region = try SharedRegion.open(.shm(name: name))
  let ring = try ByteRing(attaching: region.payload, available: region.payloadByteCount)
  var reader = try ring.makeReader()
  var values: [UInt64] = []
  while values.count < 100 {
    _ = try reader.drain { memory, record in
      values.append(memory.loadPayload(at: record.payloadOffset))
    }
  }
  try region.destroy()
  return values
}
// README end

@Suite struct ReadmeTests {
  @Test func exampleMovesItsRecords() throws {
    let name = "/tracer-readme-\(getpid())"
    let region = try produce(name: name)
    #expect(try consume(name: name) == Array(0..<100))
    withExtendedLifetime(region) {}
  }

  @Test func readmeShowsTheCompiledExample() throws {
    try expectReadmeShows(example: #filePath)
  }
}

/// Expects the README to show what stands between the markers of a file.
func expectReadmeShows(example path: String) throws {
  let source = try String(contentsOfFile: path, encoding: .utf8)
  let example = try #require(
    source.components(separatedBy: "// README begin\n").dropFirst().first?
      .components(separatedBy: "// README end\n").first)
  let root = URL(fileURLWithPath: path).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
  #expect(readme.contains("```swift\n" + example + "```"))
}
