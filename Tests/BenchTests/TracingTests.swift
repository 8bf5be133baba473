// `tracer-bench tracing` as people run it: short, for what it does and not for its figures.
//
// Its workers are pinned to CPUs, so the runs follow one another.

import Harness
import Testing

@Suite(.serialized) struct TracingTests {
  @Test func everyLaneOfEveryKindIsMeasuredAndVerified() throws {
    let process = try BenchProcess([
      "tracing", "--backing", "memfd", "--backing", "file", "--launches", "1", "--duration", "0.2",
      "--format", "json", "--output", "document.json",
    ])
    let outcome = process.wait()
    #expect(outcome.code == 0, "\(outcome.errors)")
    let document = try ResultDocument(path: process.path("document.json"))
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

  @Test func spoiledEventIsFoundAndExits3() throws {
    let outcome = try bench(
      "tracing", "--backing", "memfd", "--launches", "1", "--duration", "0.1", "--spoil", "77",
      "--quiet")
    #expect(outcome.code == 3, "\(outcome.errors)")
    #expect(outcome.errors.contains("message 77"), "\(outcome.errors)")
  }
}
