// `tracer-bench crash` as people run it: short sweeps that hold, refusals, and nothing left behind.

import Foundation
import Glibc
import Testing

@Suite(.serialized) struct CrashTests {
  @Test func everyDeathOfALeavingAgentAndItsControllerIsSurvived() throws {
    let outcome = try bench(
      "crash", "--method", "access", "--scenario", "leave", "--backing", "anonymous", "--backing",
      "shm", "--format", "json")
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 4)
    for line in lines {
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["killPoints"] as? Int ?? 0 > 150, "\(line)")
      #expect(object["broken"] == nil)
    }
  }

  @Test func recoveryIsSurvivedTwiceOver() throws {
    let outcome = try bench(
      "crash", "--method", "access", "--scenario", "reclaim", "--at", "140,60", "--victim",
      "recovery", "--backing", "file")
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("everything held"))
  }

  @Test func everyInstructionOfAReservationIsSurvived() throws {
    let outcome = try bench(
      "crash", "--method", "instruction", "--scenario", "reserve", "--backing", "memfd",
      "--format", "junit")
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("instruction/reserve/agent/memfd"))
    #expect(outcome.output.contains("failures=\"0\""))
  }

  @Test func randomMomentsAreSurvivedInEveryOrder() throws {
    let outcome = try bench("crash", "--method", "time", "--kills", "5", "--backing", "shm")
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.errors.contains("seed "))
    for victim in ["agent", "controller", "both", "recovery"] {
      #expect(outcome.output.contains("time/free/\(victim)/shm"))
    }
  }

  @Test func powerCutsOfARunAreSurvived() throws {
    let outcome = try bench(
      "crash", "--method", "power", "--kills", "1", "--seed", "3", "--backing", "file-tmpfs",
      "--format", "json")
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(object["test"] as? String == "power/free/both/file-tmpfs")
    #expect(object["runs"] as? Int == 1 && object["killPoints"] as? Int ?? 0 > 100)
    #expect(object["broken"] == nil)
  }

  @Test(arguments: [
    (["--method", "power", "--backing", "shm"], "--method power"),
    (["--scenario", "nothing"], "--scenario nothing"), (["--kills", "0"], "--kills 0"),
    (["--at", "3"], "--at 3"), (["--method", "luck"], "luck"),
    (
      ["--method", "access", "--scenario", "swap", "--victim", "agent", "--at", "1,2"],
      "--at 1,2"
    ),
  ])
  func badOptionIsExit64AndNamesIt(options: [String], named: String) throws {
    let outcome = try BenchProcess(["crash"] + options).wait()
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains(named), "\(outcome.errors)")
    #expect(outcome.output == "")
  }

  @Test(arguments: [
    (
      ["--method", "access", "--scenario", "swap", "--victim", "agent", "--at", "\(UInt64.max)"],
      "--at \(UInt64.max): access/swap/agent/memfd ends before that access"
    ),
    (["--method", "time", "--scenario", "swap"], "no sweep is all that was asked for"),
  ])
  func whatKillsNobodyDoesNotPass(options: [String], named: String) throws {
    let outcome = try BenchProcess(["crash", "--backing", "memfd"] + options).wait()
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains(named), "\(outcome.errors)")
    #expect(outcome.output == "")
  }

  @Test func interruptedSweepLeavesNoVictim() throws {
    let process = try BenchProcess(["crash", "--method", "time", "--kills", "100000"])
    var victims: [pid_t] = []
    while victims.isEmpty { victims = children(of: process.identifier) }
    process.signal(SIGINT)
    #expect(process.wait().code == 130)
    #expect(victims.allSatisfy { kill($0, 0) != 0 }, "\(victims)")
  }
}
