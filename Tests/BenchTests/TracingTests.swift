// `tracer-bench tracing` as people run it: short, for what it does and not for its figures.
//
// Its workers are pinned to CPUs, so the runs follow one another.

import Glibc
import Harness
import Testing

@Suite(.serialized) struct TracingTests {
  @Test func everyLaneOfEveryKindIsMeasuredAndVerified() throws {
    let document = try measure(
      "event", "--backing", "memfd", "--backing", "file", "--launches", "1", "--duration", "0.2")
    for backing in ["memfd", "file"] {
      for lane in ["index", "detail"] {
        for threads in [1, 2] {
          let id = "tracing/\(backing)/event/\(lane)/\(threads)"
          let item = try #require(document.cases.first { $0.id == id }, "\(id)")
          #expect(item.verified && item.records > 0)
          func metric(_ name: String) -> Double? {
            item.metrics.first { $0.name == name }?.median
          }
          for name in [
            "event.cost", "write.costWithTimestamp", "write.cost", "counter.cost",
          ] {
            #expect((metric(name) ?? 0) > 0, "\(id) \(name)")
          }
          // Rings of a file have a checksum, others have none.
          #expect((metric("checksum.cost") ?? 0 > 0) == (backing == "file"), "\(id)")
          #expect((metric("lostEvent.cost") != nil) == (lane == "index"), "\(id)")
        }
      }
    }
  }

  @Test func tracesReadBackAndEveryAttemptIsAccountedFor() throws {
    let document = try measure(
      "rate", "--backing", "anonymous", "--backing", "file", "--duration", "0.6")
    #expect(
      document.cases.map(\.id)
        == ["tmpfs/paced", "tmpfs/flatOut", "disk/flatOut"].flatMap { run in
          ["anonymous", "file"].map { "tracing/\($0)/rate/\(run)" }
        })
    for item in document.cases {
      func metric(_ name: String) -> ResultDocument.Metric? {
        item.metrics.first { $0.name == name }
      }
      #expect(item.verified && item.records > 0, "\(item.id)")
      #expect((metric("throughput")?.median ?? 0) > 0, "\(item.id)")
      #expect(metric("loss") != nil, "\(item.id)")
      // The disk's own rate stands beside.
      #expect((metric("bandwidth")?.limit != nil) == item.id.contains("disk"), "\(item.id)")
    }
  }

  @Test func submissionsAreDrainedUnderEveryWakingPolicy() throws {
    let document = try measure(
      "wake", "--backing", "anonymous", "--backing", "shm", "--launches", "1", "--duration", "0.5")
    #expect(
      document.cases.map(\.id)
        == ["spin", "eventfd", "semaphore"].flatMap { policy in
          ["anonymous", "shm"].map { "tracing/\($0)/wake/\(policy)" }
        })
    #expect(document.cases.allSatisfy { $0.verified && $0.records > 0 })
  }

  @Test(arguments: ["event", "rate", "wake"])
  func spoiledEventIsFoundAndExits3(part: String) throws {
    let process = try BenchProcess([
      "tracing", "--part", part, "--backing", "memfd", "--launches", "1", "--duration", "0.2",
      "--spoil", "5", "--quiet",
    ])
    let outcome = process.wait()
    #expect(outcome.code == 3, "\(outcome.errors)")
    #expect(outcome.errors.contains("message 5,"), "\(outcome.errors)")
    #expect(leftovers(of: process.identifier).isEmpty)
  }

  @Test func interruptedTraceTakesItsFilesAlong() throws {
    let process = try BenchProcess([
      "tracing", "--part", "rate", "--backing", "memfd", "--duration", "60", "--quiet",
    ])
    // Until its rotated files are there.
    for _ in 0..<1000 where leftovers(of: process.identifier).isEmpty { usleep(10_000) }
    #expect(!leftovers(of: process.identifier).isEmpty)
    usleep(200_000)
    process.signal(SIGINT)
    #expect(process.wait().code == 130)
    #expect(leftovers(of: process.identifier).isEmpty)
  }

  /// Runs one part of the command to its end; the document it wrote. It leaves nothing behind.
  private func measure(_ part: String, _ arguments: String...) throws -> ResultDocument {
    let process = try BenchProcess(
      ["tracing", "--part", part, "--format", "json", "--output", "document.json"] + arguments)
    let outcome = process.wait()
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(leftovers(of: process.identifier).isEmpty)
    // Reading validates.
    return try ResultDocument(path: process.path("document.json"))
  }
}
