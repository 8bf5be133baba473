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

  @Test func whatNeverEndsIsSaidAndTheOtherTestsRun() throws {
    let endless = try file(
      "C endless\n{ }\nP0 (atomic_int* x) { while (1) atomic_fetch_add(x, 1); }\nexists (x=3)\n")
    let undefined = try file("C undefined\n{ }\nP0 (atomic_int* x) {\n int r = 1 / *x;\n}\n")
    let other = try file(Self.storeBuffering + "exists (0:r0=0)\n")
    defer { for path in [endless, undefined, other] { unlink(path) } }
    let torture = try bench(
      "torture", endless, undefined, other, "--duration", "1", "--backing", "memfd")
    #expect(torture.code == 64, "\(torture.errors)")
    #expect(torture.output.contains("NO INSTANCE ENDED"), "\(torture.output)")
    #expect(torture.output.contains("not reached (bounded: 8 rounds of the loop in line 3)"))
    #expect(torture.output.contains("SB: batch, RC11 allowed"), "\(torture.output)")
    #expect(torture.errors.contains("\(undefined):4: undefined: division by zero"))
    let model = try bench("model", endless, undefined, other, "--format", "json", "--jobs", "2")
    #expect(model.code == 64, "\(model.errors)")
    #expect(model.errors.contains("\(undefined):4: undefined: division by zero"))
    let lines = try model.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.map { $0["path"] as? String } == [endless, undefined, other])
    #expect(lines.map { $0["verdict"] as? String } == ["not reached", "undecided", "allowed"])
    #expect(lines[0]["bound"] as? String == "8 rounds of the loop in line 3")
    #expect(try bench("model", endless, "--strict").code == 4)
    #expect(try bench("model", endless, "--strict", "--loop-rounds", "0").code == 64)
  }

  @Test func compiledTestsComputeWithTheTypesOfTheModel() throws {
    let text = """
      C types
      { x = 2147483647; }
      P0 (atomic_uint* x, atomic_llong* y, atomic_uchar* z, int** p, int* a) {
        unsigned r0 = atomic_fetch_add(x, 1) + 2;
        int r1 = r0 > 1000;
        atomic_store(y, 4294967296 + r0);
        atomic_store(z, 511);
        uint8_t r2 = atomic_load(z) + 1;
        int r3 = -1 < 0u;
        *p = a;
        int *r4 = *p;
      }
      locations [x; y; z; p;]
      exists (0:r0=2147483649 /\\ 0:r1=1 /\\ 0:r2=0 /\\ 0:r3=0 /\\ 0:r4=a)

      """
    let path = try file(text)
    defer { unlink(path) }
    let outcome = try bench(
      "torture", path, "--duration", "1", "--backing", "anonymous", "--no-threads", "--format",
      "json")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(object["verdict"] as? String == "allowed")
    let observed = try #require(object["observed"] as? [String: [String: Int]])["anonymous"]
    let state = try #require((object["states"] as? [String])?.first)
    let outcomeText = String(state.dropLast()).replacingOccurrences(of: "; ", with: " ∧ ")
    #expect(observed.map { Array($0.keys) } == [outcomeText])
  }

  @Test func whateverMomentTheCompilerIsInterruptedAtNothingIsLeft() throws {
    let path = try file(Self.storeBuffering + "exists (0:r0=0)\n")
    defer { unlink(path) }
    let scratch = NSTemporaryDirectory() + "torture-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    func start() throws -> BenchProcess {
      try BenchProcess(["torture", path, "--duration", "600"], variables: ["TMPDIR=\(scratch)"])
    }
    func left() -> Set<String> { names(in: scratch).subtracting([".", ".."]) }
    func waitForFolder() { for _ in 0..<5000 where left().isEmpty { usleep(1000) } }
    for moment in 0..<8 {
      let run = try start()
      waitForFolder()
      usleep(UInt32(moment) * 15_000)
      run.signal(SIGINT)
      #expect(run.wait().code == 130)
      #expect(left().isEmpty, "after \(moment * 15) ms: \(left())")
    }
    let killed = try start()
    waitForFolder()
    killed.signal(SIGKILL)
    _ = killed.wait()
    // The next run removes what the dead one left.
    let next = try start()
    func dead() -> Set<String> { left().filter { $0.contains(".\(killed.identifier).") } }
    #expect(!dead().isEmpty)
    for _ in 0..<2000 where !dead().isEmpty { usleep(5000) }
    #expect(dead().isEmpty)
    next.signal(SIGINT)
    _ = next.wait()
  }

  @Test func moreProcessesThanCPUsSayThatZeroIsNoEvidence() throws {
    let outcome = try bench(
      "torture", "--test", "IRIW+rlx", "--cpus", "0", "--duration", "1", "--backing", "memfd")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("no evidence"))
  }
}
