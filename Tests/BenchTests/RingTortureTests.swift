// `tracer-bench stress` as people run it: both scenarios pass on every region kind, a spoiled
// record is found and timed.

import Foundation
import Testing

@Suite(.serialized) struct RingTortureTests {
  /// Seconds: the quick form.
  private static let quick = "3"

  @Test func everyRecordOfEveryRegionKindIsVerifiedUnderDisturbance() throws {
    let run = try TortureRun(["--duration", RingTortureTests.quick, "--seed", "3"])
    #expect(run.code == 0, "\(run.errors)")
    for kind in ["anonymous", "memfd", "shm", "file"] { #expect(run.output.contains(kind)) }
    #expect(run.cases.count == 4)
    for item in run.cases {
      #expect(item["verified"] as? Bool == true)
      #expect(item["records"] as? Int ?? 0 > 0)
    }
  }

  @Test func positionsCrossTheirLimitsOverAnyRegionKind() throws {
    let run = try TortureRun([
      "--scenario", "crossings", "--duration", RingTortureTests.quick, "--seed", "3",
    ])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.cases.count == 4)
    // A round is thousands of rings, so thousands of crossings.
    for item in run.cases { #expect(item["records"] as? Int ?? 0 > 1024) }
  }

  @Test func spoiledRecordOfARoundOfCrossingsIsFound() throws {
    let run = try TortureRun([
      "--scenario", "crossings", "--pairs", "1", "--duration", "3", "--spoil", "4099",
    ])
    #expect(run.code == 3, "\(run.errors)")
    #expect(run.errors.contains("message 4099"))
  }

  @Test func noWakeUpIsLostOverAnyRegionKind() throws {
    let run = try TortureRun([
      "--scenario", "wake", "--duration", RingTortureTests.quick, "--seed", "3",
    ])
    #expect(run.code == 0, "\(run.errors)")
    // Four kinds, each with an event counter and with a semaphore.
    #expect(run.cases.count == 8)
    for item in run.cases { #expect(item["records"] as? Int ?? 0 > 0) }
  }

  @Test func spoiledRecordIsFoundAndTimed() throws {
    let run = try TortureRun(["--pairs", "1", "--duration", "3", "--seed", "5", "--spoil", "40"])
    #expect(run.code == 3, "\(run.errors)")
    #expect(run.errors.contains("message 40"))
    #expect(run.errors.contains("found after"))
    let finding = try #require(run.cases.first)
    #expect(finding["verified"] as? Bool == false)
    let metrics = try #require(finding["metrics"] as? [[String: Any]])
    #expect(metrics.first?["name"] as? String == "secondsUntilFound")
  }

  @Test func sameSeedAnnouncesTheSamePairs() throws {
    let runs = try (0..<2).map { _ in
      try TortureRun(["--duration", "0.2", "--pairs", "2", "--seed", "9"])
    }
    #expect(runs[0].pairs.count == 2)
    #expect(runs[0].pairs == runs[1].pairs)
  }
}

/// One finished run of `tracer-bench stress` with its document.
private struct TortureRun {
  var code: Int32
  var output: String
  var errors: String
  var cases: [[String: Any]]
  var pairs: [Substring] { errors.split(separator: "\n").filter { $0.hasPrefix("pair ") } }

  init(_ arguments: [String]) throws {
    let outcome = try BenchProcess(["stress", "--format", "json"] + arguments).wait()
    code = outcome.code
    output = outcome.output
    errors = outcome.errors
    let document = try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
    cases = document?["cases"] as? [[String: Any]] ?? []
  }
}
