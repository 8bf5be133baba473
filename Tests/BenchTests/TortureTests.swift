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
    let outcome = try bench("torture", "--test", "SB+rlx+Fsc", "--duration", "1")
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(outcome.output.contains("expected here: forbidden"))
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
