// `tracer-bench torture` as people run it: judged outcomes, exit codes, refusals.

import Foundation
import Testing

@Suite(.serialized) struct TortureTests {
  private static let storeBuffering = """
    C SB
    { }
    P0 (atomic_int* x, atomic_int* y) {
      atomic_store_explicit(x, 1, memory_order_relaxed);
      int r0 = atomic_load_explicit(y, memory_order_relaxed);
    }
    P1 (atomic_int* x, atomic_int* y) {
      atomic_store_explicit(y, 1, memory_order_relaxed);
      int r0 = atomic_load_explicit(x, memory_order_relaxed);
    }

    """

  private func file(_ text: String) throws -> String {
    let path = "/tmp/torture-test-\(UUID().uuidString).litmus"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test func whatTheHardwareDoesAndTheTestForbidsIsExit3() throws {
    let path = try file(Self.storeBuffering + "~exists (0:r0=0 /\\ 1:r0=0)\n")
    defer { unlink(path) }
    let outcome = try bench("torture", path, "--duration", "2", "--seed", "7")
    #expect(outcome.code == 3, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.errors.contains("--seed 7"))
    #expect(outcome.errors.contains("0:r0=0 ∧ 1:r0=0"))
  }

  @Test func weakOutcomeIsSeenOnEveryRegionKindAndIsData() throws {
    let path = try file(Self.storeBuffering + "exists (0:r0=0 /\\ 1:r0=0)\n")
    defer { unlink(path) }
    let outcome = try bench(
      "torture", path, "--duration", "3", "--seed", "7", "--format", "json")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(object["verdict"] as? String == "allowed")
    let observed = try #require(object["observed"] as? [String: [String: Int]])
    for backing in ["anonymous", "memfd", "shm", "file", "file-tmpfs", "anonymous/threads"] {
      #expect(observed[backing]?["0:r0=0 ∧ 1:r0=0", default: 0] ?? 0 > 0, "\(backing)")
    }
  }

  @Test func fencedStoreBufferingIsNeverWeak() throws {
    for mode in ["batch", "perpetual"] {
      let outcome = try bench(
        "torture", "--test", "SB+rlx+Fsc", "--mode", mode, "--duration", "1")
      #expect(outcome.code == 0, "\(outcome.output)")
      #expect(outcome.output.contains("SB+rlx+Fsc: \(mode), RC11 forbidden"))
      #expect(outcome.output.contains("forbidden outcomes: none"))
    }
  }

  @Test func perpetualFormStatesFramesBesideDistinctOutcomes() throws {
    let outcome = try bench(
      "torture", "--test", "SB+rlx", "--mode", "perpetual", "--duration", "2", "--seed", "7",
      "--format", "json", "--backing", "memfd", "--no-threads")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(object["mode"] as? String == "perpetual")
    let rates = try #require(object["rates"] as? [String: [String: Double]])["memfd"]
    // Unoptimised code leaves the store buffer time to drain: perhaps there is no weak outcome.
    let distinct = try #require(rates?["weakPerSecond"])
    let frames = try #require(rates?["weakFramesPerSecond"])
    #expect(frames >= distinct)
    let observed = try #require(object["observed"] as? [String: [String: Int]])["memfd"]
    #expect((observed ?? [:]).values.contains { $0 > 0 })
  }

  @Test func aTestWithoutPerpetualFormRefusesIt() throws {
    let outcome = try bench("torture", "--test", "S+rlx", "--mode", "perpetual")
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains("S+rlx has no such form"), "\(outcome.errors)")
  }

  @Test func missingFolderIsSkippedWithItsReasonAndTheRestRuns() throws {
    let outcome = try bench(
      "torture", "--test", "SB+rlx", "--duration", "1", "--path", "/nowhere-at-all",
      "--backing", "file", "--backing", "memfd", "--no-threads")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("file: skipped: open /nowhere-at-all"), "\(outcome.output)")
    #expect(outcome.output.contains("memfd "))
  }

  @Test func interruptedTortureLeavesNothingBehind() throws {
    let run = try BenchProcess(["torture", "--test", "SB+rlx", "--duration", "600"])
    var workers: [pid_t] = []
    for _ in 0..<1000 where workers.isEmpty {
      usleep(10_000)
      workers = children(of: run.identifier)
    }
    #expect(!workers.isEmpty)
    run.signal(SIGINT)
    #expect(run.wait().code == 130)
    // Region names carry the number of the process that made them.
    for folder in ["/dev/shm", "/var/tmp", "/tmp"] {
      let left = names(in: folder).filter {
        $0.hasPrefix("tracer-torture") && $0.contains("\(run.identifier)")
      }
      #expect(left.isEmpty, "\(folder): \(left)")
    }
    for worker in workers { #expect(kill(worker, 0) != 0, "worker \(worker) lives") }
  }

  @Test func unsupportedConstructIsExit64WithFileLineAndName() throws {
    let path = try file(Self.storeBuffering.replacing("int r0 =", with: "goto end; int r0 ="))
    defer { unlink(path) }
    for command in ["torture", "model"] {
      let outcome = try bench(command, path)
      #expect(outcome.code == 64)
      #expect(outcome.errors.contains("\(path):5: unsupported: goto"), "\(outcome.errors)")
      #expect(outcome.output == "")
    }
  }

  @Test func moreProcessesThanCPUsSayThatZeroIsNoEvidence() throws {
    let outcome = try bench(
      "torture", "--test", "IRIW+rlx", "--cpus", "0", "--duration", "1", "--backing", "memfd")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("no evidence"))
  }
}
