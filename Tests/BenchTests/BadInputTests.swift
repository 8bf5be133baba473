// Bad input: one clear line that names the thing and the limit, the right exit code, nothing done.

import Testing

@Suite struct BadInputTests {
  @Test(arguments: [
    (["--foo"], "--foo"),
    (["throughput", "--size", "0"], "--size 0"),
    (["throughput", "--size", "-8"], "--size -8"),
    (["throughput", "--size", "12"], "--size 12"),
    (["throughput", "--size", "2097152"], "1048576"),
    (["throughput", "--capacity", "3"], "--capacity 3"),
    (["throughput", "--batch", "0"], "--batch 0"),
    (["throughput", "--cpu-producer", "70000"], "CPU 70000"),
    (["throughput", "--cpu-consumer", "-1"], "CPU -1"),
    (["throughput", "--cpu-producer", "0", "--cpu-consumer", "0"], "both 0"),
    (["throughput", "--numa-memory", "99"], "NUMA node 99"),
    (["throughput", "--path", "/nonexistent"], "/nonexistent"),
    (["throughput", "--path", "/etc/passwd"], "/etc/passwd"),
    (["throughput", "--backing", "tape"], "tape"),
    (["throughput", "--duration", "0"], "--duration 0"),
    (["throughput", "--launches", "65"], "--launches 65"),
    (["latency", "--rate", "0"], "--rate 0"),
    (["tracing", "--rate", "0"], "--rate 0"),
    (["tracing", "--part", "none"], "none"),
    (["stress", "--pairs", "0"], "--pairs 0"),
    (["collect"], "PROGRAM"),
    (["collect", "--region", "tape", "--", "true"], "--region tape"),
    (["collect", "--ring-size", "100", "--", "true"], "--ring-size 100"),
    (["collect", "--top", "-1", "--", "true"], "--top -1"),
    (["collect", "--threads", "-1", "--", "true"], "--threads -1"),
    (["collect", "--rings", "-1", "--", "true"], "--rings -1"),
    (["collect", "--ring-size", "-1", "--", "true"], "--ring-size -1"),
    (["collect", "--region", "shm:/", "--", "true"], "--region shm:/"),
    (["collect", "--region", "shm:/a/b", "--", "true"], "--region shm:/a/b"),
    (["throughput", "--size", "1048576", "--capacity", "16777216"], "available"),
  ])
  func badArgumentsAreOneLineAndExit64(arguments: [String], named: String) throws {
    let outcome = try BenchProcess(arguments).wait()
    #expect(outcome.code == 64, "\(arguments): \(outcome.errors)")
    #expect(outcome.output == "")
    #expect(outcome.errors.contains(named), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }

  @Test(arguments: ["/etc/passwd", "/nonexistent", "/"])
  func inspectingWhatIsNoRegionFailsWithItsName(path: String) throws {
    let outcome = try bench("inspect", path)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains(path))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test func comparingWhatIsNoDocumentFailsWithItsName() throws {
    let outcome = try bench("compare", "/etc/passwd", "/etc/passwd")
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("/etc/passwd"))
  }

  @Test func helpExplainsExitCodesAndShowsExamples() throws {
    let outcome = try bench("--help")
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("EXAMPLES"))
    #expect(outcome.output.contains("130 interrupted"))
  }
}
