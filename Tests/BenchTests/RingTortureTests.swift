// `tracer-bench stress` as people run it: both scenarios pass on every region kind, a spoiled
// record is found and timed, and nothing is left behind. The test runner has threads, so it never
// forks: it starts the executable with posix_spawn.

import Foundation
import Glibc
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
  var pairs: [String] {
    errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("pair ") }
  }

  /// The executable lies beside the bundle of tests.
  private static var executable: String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return (own as NSString).deletingLastPathComponent + "/tracer-bench"
  }

  init(_ arguments: [String]) throws {
    let folder = NSTemporaryDirectory() + "ring-torture-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let words =
      [TortureRun.executable, "stress", "--format", "json", "--results", folder + "/results"]
      + arguments
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT
    posix_spawn_file_actions_addopen(&actions, 1, folder + "/output", flags, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, folder + "/errors", flags, 0o600)
    var copies: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    var process: pid_t = 0
    try #require(posix_spawn(&process, words[0], &actions, nil, &copies, environ) == 0)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    // A signal as a shell reports it.
    code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    output = try String(contentsOfFile: folder + "/output", encoding: .utf8)
    errors = try String(contentsOfFile: folder + "/errors", encoding: .utf8)
    let document = try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
    cases = document?["cases"] as? [[String: Any]] ?? []
  }
}
