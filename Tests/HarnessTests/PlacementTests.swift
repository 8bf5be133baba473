// CPU lists, NUMA fixtures, binding, and the calibrated counter.

import Foundation
import Testing

@testable import Harness

@Suite struct PlacementTests {
  private func topology(_ name: String) throws -> NumaTopology {
    let root = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(name)")
    return try NumaTopology(root: root.path)
  }

  @Test(arguments: [
    ("0-3,8,10-11", [0, 1, 2, 3, 8, 10, 11], "0-3,8,10-11"), ("5", [5], "5"), ("", [], "none"),
    ("3,1,2", [1, 2, 3], "1-3"),
  ])
  func cpuListRoundTrips(text: String, numbers: [Int], canonical: String) {
    #expect(CPUSet(list: text)?.numbers == numbers)
    #expect(CPUSet(numbers).description == canonical)
  }

  @Test(arguments: ["a", "1-", "-1", "3-1", "1-2-3", "0-99999999", "1..2"])
  func nonsenseIsNoCPUList(text: String) { #expect(CPUSet(list: text) == nil) }

  @Test func oneNodeIsRead() throws {
    let topology = try topology("one-node")
    #expect(topology.nodes.count == 1)
    #expect(topology[0]?.cpus == CPUSet([0, 1]))
    #expect(topology[0]?.memoryBytes == 4_548_824 * 1024)
  }

  @Test func fourNodesHaveTheirDistances() throws {
    let topology = try topology("four-nodes")
    #expect(topology.nodes.map(\.number) == [0, 1, 2, 3])
    #expect(topology[1]?.distances == [0: 20, 1: 10, 2: 20, 3: 30])
    #expect(topology.node(ofCPU: 9)?.number == 2)
    #expect(topology.node(ofCPU: 99) == nil)
  }

  @Test func memoryWithoutCPUsAndGapsInNumbersAreUnderstood() throws {
    let topology = try topology("memory-only")
    #expect(topology.nodes.map(\.number) == [0, 3])
    #expect(topology[3]?.cpus.isEmpty == true)
    #expect(topology[0]?.distances == [0: 10, 3: 17])
    #expect(topology.nodesWithMemory == CPUSet([0, 3]))
    #expect(throws: NumaError.noSuchNode(2, available: CPUSet([0, 3]))) {
      try NumaMemory.validate(node: 2, topology: topology)
    }
  }

  @Test func cpusWithoutMemoryCannotHoldPages() throws {
    let topology = try topology("cpu-only")
    #expect(topology[1]?.cpus == CPUSet([2, 4, 5]))
    #expect(topology[1]?.hasMemory == false)
    #expect(throws: NumaError.nodeWithoutMemory(1, available: CPUSet([0]))) {
      try NumaMemory.validate(node: 1, topology: topology)
    }
    #expect(
      NumaError.nodeWithoutMemory(1, available: CPUSet([0])).description
        == "NUMA node 1 has no memory: nodes with memory are 0")
  }

  @Test(arguments: [
    ("short-distances", "node0/distance"), ("bad-cpulist", "node0/cpulist"),
    ("no-meminfo", "node0/meminfo"),
  ])
  func brokenTreesNameTheFile(fixture: String, file: String) throws {
    let error = try #require(throws: NumaTopologyError.self) { try topology(fixture) }
    #expect(error.path.hasSuffix(file))
  }

  @Test func machineWithoutNodesHasNone() throws {
    #expect(try NumaTopology(root: "/nonexistent").nodes.isEmpty)
  }

  @Test func boundMemoryIsVerifiedPageByPageAlsoInAWorker() throws {
    guard let node = try NumaTopology().nodesWithMemory.numbers.first else {
      print("skipped: this kernel knows no memory nodes")
      return
    }
    #expect(try Probe.run("numa", "\(node)").value("status") == "exit code 0")
    #expect(try Probe.run("numa", "63").value("error")?.hasPrefix("NUMA node 63 does not") == true)
  }

  @Test func defaultPairIsTwoCPUsWhereThereAreTwo() throws {
    let allowed = try Placement.allowedCPUs()
    let pair = try Placement.defaultPair()
    #expect(allowed.contains(pair.producer) && allowed.contains(pair.consumer))
    #expect((pair.producer != pair.consumer) == (allowed.count > 1))
  }

  @Test func counterAgreesWithTheSystemClock() {
    let clock = CounterClock.calibrated()
    #expect(clock.ticksPerNanosecond > 0.01 && clock.ticksPerNanosecond < 10)
    #expect(clock.stepNanoseconds > 0 && clock.stepNanoseconds < 1_000)
    #expect(clock.overheadNanoseconds > 0 && clock.overheadNanoseconds < 1_000)
    let start = (CounterClock.now(), MonotonicTime.nanoseconds())
    usleep(50_000)
    let end = (CounterClock.now(), MonotonicTime.nanoseconds())
    let byCounter = clock.nanoseconds(ticks: end.0 - start.0)
    let bySystem = Double(end.1 - start.1)
    #expect(abs(byCounter / bySystem - 1) < 0.01)
    #expect(clock.ticks(nanoseconds: 1_000_000) == UInt64(1_000_000 * clock.ticksPerNanosecond))
  }
}
