// What a result was measured on. Absolute figures mean nothing without it.
//
// Everything is read, nothing assumed: what cannot be read is `null` in the document, and
// `unknown` says why. No host name, no path, no user: documents are published.

/// One cache of the first CPU.
public struct CacheFact: Codable, Equatable, Sendable {
  /// 1, 2, 3 …
  public var level: Int
  /// `Data`, `Instruction` or `Unified`.
  public var type: String
  /// Its size in bytes.
  public var bytes: Int
  /// The CPUs that share it, as a list.
  public var sharedBy: String
}

/// One memory node.
public struct NodeFact: Codable, Equatable, Sendable {
  /// The kernel's number.
  public var node: Int
  /// Its CPUs, as a list.
  public var cpus: String
  /// Its memory in bytes.
  public var memoryBytes: UInt64
  /// Distances to all nodes in the order of their numbers; 10 is local.
  public var distances: [Int]
}

/// Explicit huge pages.
public struct HugePageFact: Codable, Equatable, Sendable {
  /// The size of one in bytes.
  public var bytes: UInt64
  /// How many the machine has set aside.
  public var total: UInt64
  /// How many of them are free.
  public var free: UInt64
}

/// What the control group allows; `nil` of a limit that is not set.
public struct ControlGroupFact: Codable, Equatable, Sendable {
  /// CPUs' worth of time.
  public var cpus: Double?
  /// Bytes of memory.
  public var memoryBytes: UInt64?
}

/// The file system behind a region that is a file.
public struct FileSystemFact: Codable, Equatable, Sendable {
  /// What it is used for: a region kind, not a path.
  public var use: String
  /// Its type, such as `ext4`; hexadecimal where the name is not known here.
  public var type: String
  /// The options it is mounted with.
  public var mountOptions: String?
}

/// How busy the machine is, besides the measurement or because of it.
public struct LoadFact: Codable, Equatable, Sendable {
  /// Runnable and waiting processes, means over 1, 5 and 15 minutes.
  public var average: [Double]?
  /// The share of the last ten seconds in which something waited for `cpu`, `memory`, `io`, in
  /// per cent.
  public var pressure: [String: Double]?
}

/// The counter, as calibrated for this run.
public struct CounterFact: Codable, Equatable, Sendable {
  /// Ticks in a nanosecond.
  public var ticksPerNanosecond: Double
  /// The smallest observed step in nanoseconds.
  public var stepNanoseconds: Double
  /// The cost of a reading in nanoseconds.
  public var overheadNanoseconds: Double
  /// Whether its rate is the same in every power state.
  public var invariant: Bool?

  /// The facts of a calibrated counter.
  public init(_ clock: CounterClock) {
    ticksPerNanosecond = clock.ticksPerNanosecond
    stepNanoseconds = clock.stepNanoseconds
    overheadNanoseconds = clock.overheadNanoseconds
    invariant = clock.isInvariant
  }
}

/// The machine, its settings and its load.
public struct Environment: Codable, Equatable, Sendable {
  /// The kernel's release.
  public var kernel: String?
  /// The instruction set, as the kernel calls it.
  public var machine: String?
  /// The processor's name.
  public var cpuModel: String?
  /// The CPUs that are online, as a list.
  public var cpusOnline: String?
  /// The CPUs that this process may use, as a list.
  public var cpusAllowed: String?
  /// The caches of the first CPU.
  public var caches: [CacheFact]?
  /// Memory nodes with distances.
  public var numaNodes: [NodeFact]?
  /// The machine's memory in bytes.
  public var memoryBytes: UInt64?
  /// The size of a page in bytes.
  public var pageBytes: Int?
  /// The hypervisor's signature; `none` on bare metal.
  public var hypervisor: String?
  /// The frequency governor of the first CPU.
  public var governor: String?
  /// The setting for transparent huge pages.
  public var transparentHugePages: String?
  /// The same for shared memory.
  public var sharedMemoryHugePages: String?
  /// Explicit huge pages.
  public var hugePages: HugePageFact?
  /// The kernel's clock source.
  public var clockSource: String?
  /// The calibrated counter.
  public var counter: CounterFact?
  /// The limits of the control group.
  public var controlGroup: ControlGroupFact?
  /// The file systems of the folders in use.
  public var fileSystems: [FileSystemFact]?
  /// The load before the measurement.
  public var loadBefore: LoadFact?
  /// The load after the measurement.
  public var loadAfter: LoadFact?
  /// Why a field is `null`, by its name.
  public var unknown: [String: String]? = [:]

  /// An environment of which nothing is known.
  public init() {}
}

extension Environment {
  /// Writes every field, as `null` where it is unknown: a reader of the document must see that it
  /// was looked for.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kernel, forKey: .kernel)
    try container.encode(machine, forKey: .machine)
    try container.encode(cpuModel, forKey: .cpuModel)
    try container.encode(cpusOnline, forKey: .cpusOnline)
    try container.encode(cpusAllowed, forKey: .cpusAllowed)
    try container.encode(caches, forKey: .caches)
    try container.encode(numaNodes, forKey: .numaNodes)
    try container.encode(memoryBytes, forKey: .memoryBytes)
    try container.encode(pageBytes, forKey: .pageBytes)
    try container.encode(hypervisor, forKey: .hypervisor)
    try container.encode(governor, forKey: .governor)
    try container.encode(transparentHugePages, forKey: .transparentHugePages)
    try container.encode(sharedMemoryHugePages, forKey: .sharedMemoryHugePages)
    try container.encode(hugePages, forKey: .hugePages)
    try container.encode(clockSource, forKey: .clockSource)
    try container.encode(counter, forKey: .counter)
    try container.encode(controlGroup, forKey: .controlGroup)
    try container.encode(fileSystems, forKey: .fileSystems)
    try container.encode(loadBefore, forKey: .loadBefore)
    try container.encode(loadAfter, forKey: .loadAfter)
    try container.encode(unknown ?? [:], forKey: .unknown)
  }
}
