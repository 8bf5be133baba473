// Gathers the environment from the running system, or from a copy of /proc and /sys below a root.

import CPlatform
import Glibc

extension Environment {
  /// Captures everything but `loadAfter`, which `finish()` adds.
  ///
  /// - Parameters:
  ///   - clock: The counter as calibrated for this run.
  ///   - folders: Folders in use, with what they are used for, which is all that is kept of them.
  ///   - root: What stands before `/proc` and `/sys`; for tests.
  public static func capture(
    clock: CounterClock?, folders: [(use: String, path: String)] = [], root: String = ""
  ) -> Environment {
    var reader = FactReader(root: root)
    var environment = Environment()
    environment.readProcessor(&reader)
    environment.readMemory(&reader)
    environment.readKernel(&reader)
    environment.counter = reader.keep(
      "counter", clock.map(CounterFact.init), orElse: "not calibrated")
    environment.controlGroup = reader.keep(
      "controlGroup", ControlGroupFact.read(reader), orElse: "no control group with limits found")
    let mounts = reader.text("/proc/self/mountinfo") ?? ""
    environment.fileSystems = folders.map { folder in
      FileSystemFact.read(use: folder.use, path: folder.path, mountTable: mounts)
    }
    environment.loadBefore = reader.keep(
      "loadBefore", LoadFact.read(reader), orElse: "neither load nor pressure can be read")
    environment.unknown = reader.unknown
    environment.unknown?["loadAfter"] = "the measurement has not ended"
    return environment
  }

  /// Adds the load after the measurement.
  public mutating func finish(root: String = "") {
    loadAfter = LoadFact.read(FactReader(root: root))
    unknown?["loadAfter"] = loadAfter == nil ? "neither load nor pressure can be read" : nil
  }

  private mutating func readKernel(_ reader: inout FactReader) {
    kernel = reader.fact("kernel", "/proc/sys/kernel/osrelease") { $0 }
    var names = utsname()
    uname(&names)
    machine = withUnsafeBytes(of: names.machine) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    clockSource = reader.fact(
      "clockSource", "/sys/devices/system/clocksource/clocksource0/current_clocksource"
    ) { $0 }
  }

  private mutating func readProcessor(_ reader: inout FactReader) {
    cpuModel = reader.fact("cpuModel", "/proc/cpuinfo") { text in
      // x86 names the model; aarch64 gives numbers only.
      FactReader.value(of: "model name", in: text)
        ?? FactReader.value(of: "CPU part", in: text).map { part in
          let maker = FactReader.value(of: "CPU implementer", in: text) ?? "?"
          return "implementer \(maker) part \(part)"
        }
    }
    cpusOnline = reader.fact("cpusOnline", "/sys/devices/system/cpu/online") { $0 }
    cpusAllowed = reader.keep(
      "cpusAllowed", (try? Placement.allowedCPUs()).map(\.description),
      orElse: "sched_getaffinity failed")
    caches = reader.keep(
      "caches", CacheFact.read(reader), orElse: "no caches under /sys/devices/system/cpu/cpu0")
    governor = reader.fact(
      "governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
    ) { $0 }
    var signature = [CChar](repeating: 0, count: 13)
    switch platform_hypervisor(&signature) {
    case 0: hypervisor = "none"
    case 1:
      hypervisor = String(
        decoding: signature.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    default: hypervisor = reader.fact("hypervisor", "/sys/hypervisor/type") { $0 }
    }
  }

  private mutating func readMemory(_ reader: inout FactReader) {
    do {
      let topology = try NumaTopology(root: reader.root + "/sys/devices/system/node")
      numaNodes = topology.nodes.map { node in
        NodeFact(
          node: node.number, cpus: node.cpus.description, memoryBytes: node.memoryBytes,
          distances: node.distances.sorted { $0.key < $1.key }.map(\.value))
      }
      if topology.nodes.isEmpty {
        numaNodes = reader.keep("numaNodes", nil, orElse: "this kernel knows no memory nodes")
      }
    } catch {
      numaNodes = reader.keep("numaNodes", nil, orElse: error.description)
    }
    memoryBytes = reader.fact("memoryBytes", "/proc/meminfo") {
      FactReader.kibibytes(of: "MemTotal", in: $0)
    }
    pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
    let huge = "/sys/kernel/mm/transparent_hugepage"
    transparentHugePages = reader.fact(
      "transparentHugePages", "\(huge)/enabled", FactReader.chosenWord)
    sharedMemoryHugePages = reader.fact(
      "sharedMemoryHugePages", "\(huge)/shmem_enabled", FactReader.chosenWord)
    hugePages = reader.fact("hugePages", "/proc/meminfo") { text in
      guard let size = FactReader.kibibytes(of: "Hugepagesize", in: text),
        let total = FactReader.value(of: "HugePages_Total", in: text).flatMap({ UInt64($0) }),
        let free = FactReader.value(of: "HugePages_Free", in: text).flatMap({ UInt64($0) })
      else { return nil }
      return HugePageFact(bytes: size, total: total, free: free)
    }
  }
}

extension CacheFact {
  /// The caches of CPU 0, or of the first that this process may use.
  static func read(_ reader: FactReader) -> [CacheFact]? {
    let folder = "/sys/devices/system/cpu/cpu0/cache"
    let names = (SystemFile.names(in: reader.root + folder) ?? []).filter { $0.hasPrefix("index") }
    let caches = names.compactMap { name -> CacheFact? in
      guard let level = reader.text("\(folder)/\(name)/level").flatMap({ Int($0) }),
        let type = reader.text("\(folder)/\(name)/type"),
        let size = reader.text("\(folder)/\(name)/size").flatMap(bytes)
      else { return nil }
      let shared = reader.text("\(folder)/\(name)/shared_cpu_list") ?? ""
      return CacheFact(level: level, type: type, bytes: size, sharedBy: shared)
    }
    return caches.isEmpty ? nil : caches
  }

  /// `48K`, `36M` as bytes.
  private static func bytes(_ text: String) -> Int? {
    let scale: Int
    switch text.last {
    case "K": scale = 1 << 10
    case "M": scale = 1 << 20
    case "G": scale = 1 << 30
    default: return Int(text)
    }
    guard let number = Int(text.dropLast()) else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: scale)
    return overflow ? nil : bytes
  }
}

extension LoadFact {
  static func read(_ reader: FactReader) -> LoadFact? {
    let average = reader.text("/proc/loadavg").map { text in
      text.split(separator: " ").prefix(3).compactMap { Double($0) }
    }
    var pressure: [String: Double] = [:]
    for resource in ["cpu", "memory", "io"] {
      // `some avg10=24.47 avg60=…`
      guard let text = reader.text("/proc/pressure/\(resource)"),
        let word = text.split(separator: " ").first(where: { $0.hasPrefix("avg10=") }),
        let share = Double(word.dropFirst("avg10=".count))
      else { continue }
      pressure[resource] = share
    }
    if average == nil, pressure.isEmpty { return nil }
    return LoadFact(average: average, pressure: pressure.isEmpty ? nil : pressure)
  }
}
