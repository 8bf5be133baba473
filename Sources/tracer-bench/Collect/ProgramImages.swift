// Which file an address of a traced program belongs to, and what the function there is called.
//
// Modules come from the program's own records (see tracer_instrument.h); for one that was loaded
// later they are read from /proc while the process lives. An image is one program in one process;
// a forked child shares its parent's.

import CPlatform
import Glibc

/// A file as it is mapped into a program.
struct LoadedModule: Hashable {
  let bias: UInt64
  let addresses: Range<UInt64>
  let path: String
}

/// The images of a run, by the numbers that their threads write down.
struct ProgramImages {
  private var modules: [UInt64: Set<LoadedModule>] = [:]
  private var files: [String: ElfFunctions] = [:]

  /// How many there are.
  var count: Int { modules.count }

  mutating func add(_ module: LoadedModule?, image: UInt64) {
    modules[image, default: []].formUnion(module.map { [$0] } ?? [])
  }

  /// The module of an address.
  func module(of address: UInt64, image: UInt64) -> LoadedModule? {
    modules[image]?.first { $0.addresses.contains(address) }
  }

  /// Reads what a living process has mapped: for an address that no known module covers.
  mutating func refresh(image: UInt64, process: UInt32) {
    for module in ProgramImages.modules(ofProcess: process) { add(module, image: image) }
  }

  /// The demangled name of a function, or where it lies in its file, or its bare address.
  mutating func name(of address: UInt64, image: UInt64) -> String {
    guard let module = module(of: address, image: image) else {
      return "0x\(String(address, radix: 16))"
    }
    let functions = files[module.path] ?? ElfFunctions(path: module.path)
    files[module.path] = functions
    let offset = address &- module.bias
    guard let raw = functions.name(at: offset) else {
      let file = module.path.split(separator: "/").last.map(String.init) ?? module.path
      return "\(file)+0x\(String(offset, radix: 16))"
    }
    guard raw.hasPrefix("_Z"), let demangled = platform_demangle(raw) else { return raw }
    defer { free(demangled) }
    return String(cString: demangled)
  }

  /// Files mapped executable, from a text that may name anything.
  private static func modules(ofProcess process: UInt32) -> [LoadedModule] {
    guard let file = fopen("/proc/\(process)/maps", "re") else { return [] }
    defer { fclose(file) }
    // By path: the lowest mapping is at offset zero of the file, which is the bias for every file
    // whose first segment begins at address zero: position-independent ones.
    var starts: [String: UInt64] = [:]
    var ranges: [String: Range<UInt64>] = [:]
    var line = [CChar](repeating: 0, count: Int(PATH_MAX) + 128)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      // begin-end permissions offset device inode path
      let fields = text.split(separator: " ", maxSplits: 5)
      guard fields.count == 6, let slash = fields[5].firstIndex(of: "/") else { continue }
      let bounds = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
      guard bounds.count == 2, bounds[0] < bounds[1] else { continue }
      let path = String(fields[5][slash...])
      if UInt64(fields[2], radix: 16) == 0 { starts[path] = starts[path] ?? bounds[0] }
      guard fields[1].contains("x") else { continue }
      let known = ranges[path] ?? bounds[0]..<bounds[1]
      ranges[path] = min(known.lowerBound, bounds[0])..<max(known.upperBound, bounds[1])
    }
    return ranges.compactMap { path, range in
      starts[path].map { LoadedModule(bias: $0, addresses: range, path: path) }
    }
  }
}
