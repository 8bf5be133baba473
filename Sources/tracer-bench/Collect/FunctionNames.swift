// Names for the addresses of a run: from the symbol tables of the files that were mapped there.

import CPlatform
import Glibc
import TracerShm

/// The functions of a run by name.
struct FunctionNames {
  /// What all symbol tables together may take.
  private static let mostTableBytes = 1 << 30

  /// Calls by name: same names of several images together.
  private var calls: [String: UInt64] = [:]
  /// By address: several, where it meant different functions in several images or ages.
  private var names: [UInt64: Set<String>] = [:]
  private var files: [String: ElfFunctions] = [:]
  private var tableBytesLeft = FunctionNames.mostTableBytes

  init(_ ages: [ImageAge]) {
    for age in ages {
      for (address, number) in age.counts.all {
        let name = name(of: address, in: age.map)
        calls[name, default: 0] &+= number
        names[address, default: []].insert(name)
      }
    }
  }

  /// Most calls first.
  var functions: [(name: String, calls: UInt64)] {
    calls.map { (name: $0.key, calls: $0.value) }
      .sorted { ($1.calls, $0.name) < ($0.calls, $1.name) }
  }

  /// Names of all addresses, for the file.
  var symbols: [TraceSymbol] {
    names.sorted { $0.key < $1.key }.map {
      TraceSymbol(address: $0.key, name: $0.value.sorted().joined(separator: " | "))
    }
  }

  /// The demangled name of a function, or where it lies in its file, or its bare address.
  private mutating func name(of address: UInt64, in map: ModuleMap) -> String {
    guard let module = map.module(of: address) else { return "0x\(String(address, radix: 16))" }
    let offset = address &- module.bias
    guard let raw = functions(of: module.path).name(at: offset) else {
      let file = module.path.split(separator: "/").last.map(String.init) ?? module.path
      return "\(file)+0x\(String(offset, radix: 16))"
    }
    guard raw.hasPrefix("_Z"), let demangled = platform_demangle(raw) else { return raw }
    defer { free(demangled) }
    return String(cString: demangled)
  }

  private mutating func functions(of path: String) -> ElfFunctions {
    if let known = files[path] { return known }
    let functions = ElfFunctions(path: path, mostTableBytes: tableBytesLeft)
    tableBytesLeft -= functions.tableByteCount
    files[path] = functions
    return functions
  }
}
