// Worker processes, seen from outside: the probe forks, the tests look.

import Foundation
import Glibc
import Testing

@testable import Harness

@Suite struct WorkerTests {
  @Test func pinnedWorkerRunsOnItsCPU() throws {
    let cpu = try #require(try Placement.allowedCPUs().numbers.last)
    let outcome = try Probe.run("pin", "\(cpu)")
    #expect(outcome.value("cpu") == "\(cpu)")
    #expect(outcome.value("status") == "exit code 0")
  }

  @Test func missingCPUIsRefusedByNameWithThoseAvailable() throws {
    let outcome = try Probe.run("pin", "7777")
    let available = try Placement.allowedCPUs()
    #expect(outcome.exitCode == 1)
    #expect(
      outcome.value("error")
        == "worker pinned: CPU 7777 does not exist: CPUs \(available) are available")
  }

  @Test(arguments: [0, 3, 255]) func exitCodeReachesTheParent(code: Int) throws {
    #expect(try Probe.run("exit", "\(code)").value("status") == "exit code \(code)")
  }

  @Test func crashOfAWorkerIsNamed() throws {
    let outcome = try Probe.run("crash")
    #expect(
      outcome.value("error")
        == "worker victim ended unexpectedly with signal 9 (Killed)")
  }

  @Test func hungWorkerIsKilledAtItsDeadline() throws {
    let outcome = try Probe.run("hang")
    #expect(outcome.value("gone") == "true")
    #expect(
      outcome.value("error") == "worker sleeper did not answer within 0.1 s and was killed")
  }

  @Test func messagesArriveInOrderAndClosingEndsTheWorker() throws {
    #expect(try Probe.run("echo").value("status") == "exit code 5")
  }

  @Test func workerDiesWithItsKilledParent() throws {
    let probe = try Probe(["orphan"])
    let text = probe.read(until: "worker")
    let worker = try #require(pid_t(number(after: "worker ", in: text)))
    #expect(probe.killAndReap() & 0x7f == SIGKILL)
    let died = isGone(worker)
    #expect(died)
    if !died { kill(worker, SIGKILL) }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func interruptionLeavesNoProcessFileOrName(signal: Int32) throws {
    let probe = try Probe(["interrupt"])
    let text = probe.read(until: "name")
    let worker = try #require(pid_t(number(after: "worker ", in: text)))
    let name = String(try #require(text.split(separator: "\n").last).dropFirst("name ".count))
    #expect(access("/tmp/\(name)", F_OK) == 0)
    #expect(access("/dev/shm/\(name)", F_OK) == 0)
    kill(probe.process, signal)
    #expect(probe.finish().exitCode == 130)
    #expect(isGone(worker))
    #expect(access("/tmp/\(name)", F_OK) != 0)
    #expect(access("/dev/shm/\(name)", F_OK) != 0)
    #expect(access("/tmp/\(name).kept", F_OK) == 0, "a forgotten name stays")
    unlink("/tmp/\(name).kept")
  }

  @Test func barrierLetsNobodyPassBeforeAllArrived() throws {
    #expect(try Probe.run("barrier").values("status") == Array(repeating: "exit code 0", count: 3))
  }

  @Test func sweepRemovesTheNamesOfTheDeadOnly() throws {
    let folder = NSTemporaryDirectory() + "sweep-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let own = TemporaryName(prefix: "sweep", number: 1).text
    var parts = own.split(separator: ".").map(String.init)
    parts[2] = "1"  // this process's number, but of one that started earlier
    let dead = parts.joined(separator: ".")
    parts[4] = "2"
    let deadFolder = parts.joined(separator: ".")
    parts[3] = "42"  // another container's
    let foreign = parts.joined(separator: ".")
    let others = [own, foreign, "sweep.notes.txt", "else.1.1.1.1"]
    for name in others + [dead] {
      #expect(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: nil))
    }
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(deadFolder)", withIntermediateDirectories: false)
    for number in 0..<300 {
      #expect(
        FileManager.default.createFile(
          atPath: "\(folder)/\(deadFolder)/trace.\(number)", contents: nil))
    }
    #expect(
      TemporaryName.sweep(folder: folder, prefix: "sweep").sorted() == [dead, deadFolder].sorted())
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == others.sorted())
  }

  @Test func fixedTextKeepsWhatFits() {
    #expect(FixedText("größer").description == "größer")
    let long = String(repeating: "x", count: 400)
    #expect(FixedText(long).description == String(repeating: "x", count: FixedText.capacity))
  }

  private func number(after key: String, in text: String) -> String {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else {
      return ""
    }
    return String(line.dropFirst(key.count))
  }
}
