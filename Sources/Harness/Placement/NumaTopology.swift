// The memory nodes of a machine, read from the kernel's folder of nodes or from a copy of it.
//
// Node numbers have gaps, nodes without CPUs and nodes without memory exist, and libnuma does not
// count the latter: so the folder is read here, with a root that tests replace by fixtures.

/// A folder of nodes that cannot be read or does not make sense.
public struct NumaTopologyError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file in question.
  public let path: String
  /// What is wrong with it.
  public let reason: String

  /// One line that names the file.
  public var description: String { "\(path): \(reason)" }
}

/// One memory node.
public struct NumaNode: Equatable, Sendable {
  /// The kernel's number of the node.
  public let number: Int
  /// The node's CPUs; empty for memory without CPUs.
  public let cpus: CPUSet
  /// The node's memory in bytes; zero for CPUs without memory.
  public let memoryBytes: UInt64
  /// Distance to each node, by node number; 10 is local (ACPI's unit).
  public let distances: [Int: Int]

  /// Whether pages can be placed here.
  public var hasMemory: Bool { memoryBytes > 0 }
}

/// The memory nodes of a machine.
public struct NumaTopology: Equatable, Sendable {
  /// All nodes, by ascending number.
  public let nodes: [NumaNode]

  /// Reads `root`. A machine whose kernel knows no nodes has none: `nodes` is empty.
  public init(root: String = "/sys/devices/system/node") throws(NumaTopologyError) {
    let names = SystemFile.names(in: root) ?? []
    let numbers = names.compactMap { name in
      name.hasPrefix("node") ? Int(name.dropFirst(4)) : nil
    }.sorted()
    var nodes: [NumaNode] = []
    for number in numbers {
      nodes.append(try NumaTopology.readNode(number, among: numbers, root: root))
    }
    self.nodes = nodes
  }

  /// The node with this number.
  public subscript(number: Int) -> NumaNode? { nodes.first { $0.number == number } }

  /// The node that a CPU belongs to.
  public func node(ofCPU cpu: Int) -> NumaNode? { nodes.first { $0.cpus.contains(cpu) } }

  /// The numbers of the nodes that have memory.
  public var nodesWithMemory: CPUSet { CPUSet(nodes.filter(\.hasMemory).map(\.number)) }

  private static func readNode(
    _ number: Int, among numbers: [Int], root: String
  ) throws(NumaTopologyError) -> NumaNode {
    let folder = "\(root)/node\(number)"
    let cpus = try required("\(folder)/cpulist") { CPUSet(list: $0) }
    let memory = try required("\(folder)/meminfo", totalMemory)
    // One distance for each node there is, in the order of their numbers.
    let row = try required("\(folder)/distance") { text -> [Int]? in
      let values = text.split(separator: " ").map { Int($0) }
      return values.contains(nil) || values.count != numbers.count ? nil : values.compactMap { $0 }
    }
    return NumaNode(
      number: number, cpus: cpus, memoryBytes: memory,
      distances: Dictionary(uniqueKeysWithValues: zip(numbers, row)))
  }

  private static func required<Value>(
    _ path: String, _ parse: (String) -> Value?
  ) throws(NumaTopologyError) -> Value {
    guard let text = SystemFile.read(path) else {
      throw NumaTopologyError(path: path, reason: "cannot be read")
    }
    guard let value = parse(text) else {
      throw NumaTopologyError(path: path, reason: "does not make sense: \(text.prefix(80))")
    }
    return value
  }

  /// `Node 0 MemTotal:        4548824 kB`, in bytes.
  private static func totalMemory(_ text: String) -> UInt64? {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 4, words[2] == "MemTotal:" else { continue }
      return UInt64(words[3]).flatMap { kibibytes in
        let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1024)
        return overflow ? nil : bytes
      }
    }
    return nil
  }
}
