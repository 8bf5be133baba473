// Files as they are mapped into a program, in the order of their addresses, and what /proc says of
// them. The texts come from somebody's process and may name anything.

import Glibc

/// A file as it is mapped into a program.
struct LoadedModule: Equatable {
  let bias: UInt64
  let addresses: Range<UInt64>
  let path: String
}

/// Modules of one program, which do not overlap.
struct ModuleMap {
  /// By address.
  private(set) var modules: [LoadedModule] = []

  /// The module of an address.
  func module(of address: UInt64) -> LoadedModule? {
    let next = place(of: address)
    guard next > 0, modules[next - 1].addresses.contains(address) else { return nil }
    return modules[next - 1]
  }

  /// Takes in a module; what was known at its addresses is there no more.
  mutating func replace(by module: LoadedModule) {
    let (first, end) = overlapping(module.addresses)
    modules.replaceSubrange(first..<end, with: [module])
  }

  /// Takes in a module where nothing is known yet.
  mutating func fill(with module: LoadedModule) {
    let (first, end) = overlapping(module.addresses)
    if first == end { modules.insert(module, at: first) }
  }

  private func overlapping(_ addresses: Range<UInt64>) -> (first: Int, end: Int) {
    var first = place(of: addresses.lowerBound)
    if first > 0, modules[first - 1].addresses.upperBound > addresses.lowerBound { first -= 1 }
    // What begins at the upper bound does not overlap.
    return (first, max(first, place(of: addresses.upperBound - 1)))
  }

  /// How many modules begin at this address or below it.
  private func place(of address: UInt64) -> Int {
    var low = 0
    var high = modules.count
    while low < high {
      let middle = (low + high) / 2
      if modules[middle].addresses.lowerBound <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// What a text of the form of /proc/PID/maps says: files mapped executable.
struct ProcessMaps {
  // By path: the lowest mapping is at offset zero of the file, which is the bias for every file
  // whose first segment begins at address zero: position-independent ones.
  private var starts: [String: UInt64] = [:]
  private var ranges: [String: Range<UInt64>] = [:]

  /// Nothing yet.
  init() {}

  /// What a living process has mapped.
  init(process: UInt32) {
    guard let file = fopen("/proc/\(process)/maps", "re") else { return }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: Int(PATH_MAX) + 128)
    while fgets(&line, Int32(line.count), file) != nil {
      add(
        line: String(
          decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) },
          as: UTF8.self))
    }
  }

  var modules: [LoadedModule] {
    ranges.compactMap { path, range in
      starts[path].map { LoadedModule(bias: $0, addresses: range, path: path) }
    }
  }

  /// Takes in a line: begin-end permissions offset device inode path. Others say nothing.
  mutating func add(line: String) {
    let fields = line.split(separator: " ", maxSplits: 5)
    guard fields.count == 6, let slash = fields[5].firstIndex(of: "/") else { return }
    let bounds = fields[0].split(separator: "-", omittingEmptySubsequences: false)
      .map { UInt64($0, radix: 16) }
    guard bounds.count == 2, let begin = bounds[0], let end = bounds[1], begin < end else { return }
    let path = String(fields[5][slash...])
    if UInt64(fields[2], radix: 16) == 0 { starts[path] = min(starts[path] ?? begin, begin) }
    guard fields[1].contains("x") else { return }
    let known = ranges[path] ?? begin..<end
    ranges[path] = min(known.lowerBound, begin)..<max(known.upperBound, end)
  }
}
