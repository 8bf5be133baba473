// Whole runs of tracer-bench: what is measured is verified, wrong data are found, nothing stays.
//
// They pin workers to CPUs, so they run one after the other.

import Glibc
import Harness
import Testing

@Suite(.serialized) struct RunTests {
  @Test(arguments: ["slots", "records"])
  func spoiledMessageIsFoundAndExits3(ring: String) throws {
    let outcome = try bench(
      "throughput", "--ring", ring, "--backing", "memfd", "--launches", "1", "--duration", "0.1",
      "--spoil", "1234", "--quiet")
    #expect(outcome.code == 3, "\(outcome.errors)")
    #expect(outcome.errors.contains("first bad record: message 1234, word 0"))
  }

  @Test func spoiledRecordOfAStressRunIsFoundAndExits3() throws {
    let outcome = try bench(
      "stress", "--pairs", "2", "--duration", "0.3", "--seed", "5", "--spoil", "40", "--quiet")
    #expect(outcome.code == 3, "\(outcome.errors)")
    #expect(outcome.errors.contains("message 40"))
  }

  @Test func stressVerifiesEveryRecordOfEveryKind() throws {
    let process = try BenchProcess([
      "stress", "--pairs", "4", "--duration", "0.5", "--seed", "7", "--no-progress",
    ])
    let outcome = process.wait()
    #expect(outcome.code == 0, "\(outcome.errors)")
    for kind in ["anonymous", "memfd", "shm", "file"] {
      #expect(outcome.output.contains(kind))
    }
    #expect(leftovers(of: process.identifier).isEmpty)
  }

  @Test func documentIsValidAndMarksADebugBuild() throws {
    let process = try BenchProcess([
      "throughput", "--backing", "anonymous", "--backing", "shm", "--launches", "2",
      "--duration", "0.2", "--capacity", "1024", "--ring", "slots", "--format", "json",
      "--output", "document.json",
    ])
    let outcome = process.wait()
    #expect(outcome.code == 0, "\(outcome.errors)")
    // Reading validates.
    let document = try ResultDocument(path: process.path("document.json"))
    #expect(document.schema == "tracer-bench/v1")
    #expect(
      document.cases.map(\.id) == [
        "throughput/anonymous/slots/64x1024/adaptive", "throughput/shm/slots/64x1024/adaptive",
      ])
    #expect(document.cases.allSatisfy { $0.verified && $0.records > 0 })
    #expect(document.cases.allSatisfy { ($0.metrics.first?.shareOfLimit ?? 0) > 0 })
    let isDebug = document.tool.configuration == "debug"
    #expect(document.warnings.contains { $0.contains("DEBUG BUILD") } == isDebug)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func interruptedRunExits130AndLeavesNothing(signal: Int32) throws {
    let process = try BenchProcess(["stress", "--pairs", "3", "--duration", "60", "--quiet"])
    // Until its workers run: six of them.
    for _ in 0..<500 where children(of: process.identifier).count < 6 {
      usleep(10_000)
    }
    let workers = children(of: process.identifier)
    // A seventh shortens the memory now and then.
    #expect(workers.count == 6 || workers.count == 7)
    process.signal(signal)
    #expect(process.wait().code == 130)
    #expect(workers.allSatisfy { kill($0, 0) != 0 && errno == ESRCH })
    #expect(leftovers(of: process.identifier).isEmpty)
  }

  @Test func killedRunTakesItsWorkersAlong() throws {
    let process = try BenchProcess(["stress", "--pairs", "2", "--duration", "60", "--quiet"])
    for _ in 0..<500 where children(of: process.identifier).count < 4 {
      usleep(10_000)
    }
    let workers = children(of: process.identifier)
    #expect(workers.count == 4 || workers.count == 5)
    process.signal(SIGKILL)
    #expect(process.wait().code == 128 + SIGKILL)
    // Their parent-death signal reaches them soon, though not at once.
    for _ in 0..<500 where workers.contains(where: { kill($0, 0) == 0 }) { usleep(10_000) }
    #expect(workers.allSatisfy { kill($0, 0) != 0 && errno == ESRCH })
    #expect(leftovers(of: process.identifier).isEmpty)
  }
}
