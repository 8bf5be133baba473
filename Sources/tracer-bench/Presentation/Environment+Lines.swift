// The environment in a few lines for people; the document has all of it.

import Harness

extension CounterClock {
  var text: String {
    "\(Format.fixed(ticksPerNanosecond, 3)) ticks/ns, step \(Format.significant(stepNanoseconds)) ns, "
      + "one reading \(Format.significant(overheadNanoseconds)) ns"
      + (isInvariant == true ? ", invariant" : "")
  }
}

extension Environment {
  var lines: [(name: String, value: String)] {
    var lines: [(name: String, value: String)] = []
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { lines.append((name, value)) }
    }
    add("processor", cpuModel.map { "\($0) (\(machine ?? "?")), CPUs \(cpusAllowed ?? "?")" })
    add(
      "caches",
      caches?.filter { $0.type != "Instruction" }
        .map { "L\($0.level) \($0.bytes >> 10) KiB" }.joined(separator: ", "))
    add(
      "memory",
      memoryBytes.map { bytes in
        "\(bytes >> 30) GiB, \(numaNodes?.count ?? 1) NUMA node(s), "
          + "transparent huge pages \(transparentHugePages ?? "?")"
      })
    add("system", kernel.map { "Linux \($0), hypervisor \(hypervisor ?? "unknown")" })
    add(
      "file systems",
      fileSystems?.map { "\($0.use) on \($0.type)" }.joined(separator: ", "))
    add(
      "load",
      loadBefore?.average.map { values in
        values.map { Format.fixed($0, 2) }.joined(separator: " ") + " (1, 5, 15 minutes)"
      })
    return lines
  }
}
