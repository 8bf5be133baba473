// `tracer-bench stress` on lanes as people run it: every scenario passes on every region kind, a
// spoiled record is found, timed and replayed.

import Foundation
import Glibc
import Testing

@Suite(.serialized) struct LaneTortureTests {
  /// Seconds: the quick form; every region kind has at least one round of it.
  private static let quick = "1.6"
  private static let scenarios = [
    "lanes", "exhaustion", "marks", "flush", "attach", "takeover", "kill",
  ]
  /// What a scenario is about, and must have happened in some round.
  private static let deeds = [
    "lanes": "frames", "exhaustion": "probes", "marks": "marks", "flush": "flushes",
    "attach": "forks", "takeover": "takeovers", "kill": "deaths",
  ]

  @Test func theLastRoundThatCanBeNamedIsPlayed() throws {
    let run = try LaneTortureRun([
      "--scenario", "lanes", "--duration", "0.1", "--seed", "3", "--round", "\(UInt64.max)",
    ])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.cases.count == 4)
  }

  @Test(arguments: scenarios)
  func everyAttemptIsAccountedForOverEveryRegionKind(scenario: String) throws {
    let run = try LaneTortureRun([
      "--scenario", scenario, "--duration", LaneTortureTests.quick, "--seed", "3",
    ])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.cases.count == 4)
    for item in run.cases {
      #expect(item["verified"] as? Bool == true)
      #expect(item["records"] as? Int ?? 0 > 0)
    }
    let deed = try #require(LaneTortureTests.deeds[scenario])
    #expect(run.cases.contains { LaneTortureRun.figure(deed, of: $0) ?? 0 > 0 })
  }

  @Test func spoiledRecordIsFoundTimedAndReplayed() throws {
    let run = try LaneTortureRun([
      "--scenario", "lanes", "--duration", "3", "--seed", "5", "--spoil", "40",
    ])
    #expect(run.code == 3, "\(run.errors)")
    #expect(run.errors.contains("message 40"))
    #expect(run.errors.contains("found after"))
    let finding = try #require(run.cases.first)
    #expect(finding["verified"] as? Bool == false)
    #expect(LaneTortureRun.figure("secondsUntilFound", of: finding) != nil)

    // The replay line is a command that finds it again.
    let line = try #require(run.errors.split(separator: "\n").first { $0.contains("replay: ") })
    let command = try #require(line.components(separatedBy: "replay: ").last)
      .components(separatedBy: ";")[0].split(separator: " ").dropFirst(2).map(String.init)
    let again = try LaneTortureRun(command + ["--duration", "3", "--spoil", "40"])
    #expect(again.code == 3, "\(again.errors)")
  }

  @Test func interruptedTakeoverLeavesNeitherProcessNorTrace() throws {
    // Files go to the run's own folder.
    let process = try BenchProcess([
      "stress", "--scenario", "takeover", "--backing", "file", "--path", ".", "--duration", "60",
      "--quiet",
    ])
    func files() -> Set<String> {
      names(in: process.path(".")).filter { $0.hasPrefix("tracer-bench.") }
    }
    // Until a controller has begun its trace file: there is one for most of every round. Before
    // the first worker it is the region's file that shows, for a moment.
    var tries = 0
    while children(of: process.identifier).isEmpty || files().isEmpty, tries < 3000 {
      usleep(10_000)
      tries += 1
    }
    let workers = children(of: process.identifier)
    #expect(tries < 3000 && !workers.isEmpty)
    process.signal(SIGINT)
    #expect(process.wait().code == 130)
    #expect(workers.allSatisfy { kill($0, 0) != 0 && errno == ESRCH })
    #expect(files().isEmpty)
  }

  @Test(arguments: ["--agents", "--threads"])
  func numberOutOfBoundsIsNamed(option: String) throws {
    let run = try LaneTortureRun(["--scenario", "lanes", option, "17"])
    #expect(run.code == 64)
    #expect(run.errors.contains("\(option) 17: 1 to 16"))
  }
}

/// One finished run of `tracer-bench stress` with its document.
private struct LaneTortureRun {
  var code: Int32
  var errors: String
  var cases: [[String: Any]]

  init(_ arguments: [String]) throws {
    let outcome = try BenchProcess(["stress", "--format", "json"] + arguments).wait()
    code = outcome.code
    errors = outcome.errors
    let document =
      try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    cases = document?["cases"] as? [[String: Any]] ?? []
  }

  /// The median of a case's metric.
  static func figure(_ name: String, of item: [String: Any]) -> Double? {
    let metrics = item["metrics"] as? [[String: Any]] ?? []
    return metrics.first { $0["name"] as? String == name }?["median"] as? Double
  }
}
