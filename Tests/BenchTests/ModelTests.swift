// `tracer-bench model` as people run it: bounds have words, parts add up, and what would be ignored
// is refused.

import Glibc
import Testing

@Suite struct ModelTests {
  private static let property = "lanes/scan/agent/index/2x3"

  private func executions(_ text: String) -> Int? {
    text.split(separator: "\"executions\":").last?.prefix { $0.isNumber }.split(separator: " ")
      .first.flatMap { Int($0) }
  }

  @Test func jobsAndShardsDivideAProperty() throws {
    let whole = try bench("model", "--property", Self.property, "--format", "json", "--jobs", "1")
    let jobs = try bench("model", "--property", Self.property, "--format", "json", "--jobs", "3")
    #expect(jobs.code == 0 && jobs.output.contains("\"complete\":true"), "\(jobs.errors)")
    #expect(executions(jobs.output) != nil)
    #expect(executions(jobs.output) == executions(whole.output))
    var sum = 0
    for part in 1...3 {
      let outcome = try bench(
        "model", "--property", Self.property, "--format", "json", "--shard", "\(part)/3")
      #expect(outcome.output.contains("\"bound\":\"shard \(part)/3\""), "\(outcome.output)")
      sum += executions(outcome.output) ?? 0
    }
    #expect(sum == executions(whole.output))
  }

  @Test func aBoundOnTimeIsNamedAndStrictFails() throws {
    let outcome = try bench(
      "model", "--property", "lanes/takeover/2x3", "--seconds", "0.000001", "--strict", "--format",
      "junit")
    #expect(outcome.code == 4)
    #expect(outcome.output.contains("holds; bounded: 1e-06 seconds; "), "\(outcome.output)")
    let complete = try bench("model", "--property", "wake/one", "--strict", "--format", "junit")
    #expect(complete.code == 0)
    #expect(complete.output.contains("holds; explored completely; "), "\(complete.output)")
  }

  @Test(arguments: [
    (["--property", ""], "--property"), (["--list", "--mutants"], "--mutants"),
    (["--list", "--strict"], "--strict"), (["--graph", "x.txt"], "--graph"),
    (["--seed", "3"], "--seed"), (["--random", "3", "--shard", "1/2"], "--shard"),
    (["--preemptions", "1", "--shard", "1/2"], "--shard"),
    (["--mutants", "--graph", "x.svg"], "--graph"), (["--speed", "--quick"], "--quick"),
    (["x.litmus", "--weaken", "laneCommit.releasing"], "--weaken"),
    (["x.litmus", "--graph", "x.svg"], "--graph"), (["x.litmus", "--quick"], "--quick"),
    (["--property", "wake/one", "--replay", "0ri", "--format", "json"], "--format"),
    (["--property", "wake/one", "--replay", "0ri 0r-1.0"], "--replay"),
    (["--property", "wake/one", "--weaken", "nothing"], "--weaken nothing"),
  ])
  func whatWouldBeIgnoredIsRefused(arguments: [String], name: String) throws {
    let outcome = try BenchProcess(["model"] + arguments).wait()
    #expect(outcome.code == 64)
    #expect(outcome.output == "")
    #expect(outcome.errors.contains(name) && outcome.errors.filter { $0 == "\n" }.count == 1)
  }

  @Test(arguments: [["model", "--property", "wake/one"], ["model", "--list"], ["env"]])
  func outputThatCannotBeWrittenIsAFailure(arguments: [String]) throws {
    let full = open("/dev/full", O_WRONLY)
    #expect(full >= 0)
    defer { close(full) }
    let outcome = try BenchProcess(arguments, output: full).wait()
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("cannot write to standard output"), "\(outcome.errors)")
  }

  @Test func resultsComeAsTheyAreFound() throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    // The second property takes much longer than it takes to read the first line.
    let run = try BenchProcess(
      [
        "model", "--property", "wake/one", "--property", "lanes/death/recovery/index/2x1",
        "--format", "json",
      ], output: ends[1])
    close(ends[1])
    defer { close(ends[0]) }
    var bytes = [UInt8](repeating: 0, count: 1 << 12)
    let count = read(ends[0], &bytes, bytes.count)
    run.signal(SIGKILL)
    let outcome = run.wait()
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    #expect(text.contains("wake/one") && !text.contains("lanes/death"), "\(text)")
    #expect(outcome.code == 128 + SIGKILL)
  }
}
