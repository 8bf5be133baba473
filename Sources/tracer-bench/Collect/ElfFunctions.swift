// The functions of an ELF file by address: what names the addresses in a trace. Read-only; 64-bit
// little-endian files, with the section headers that linkers write.
//
// The file is somebody's: one that makes no sense has no functions.

/// Function names of one program or shared object.
struct ElfFunctions {
  private struct Function {
    let address: UInt64
    let byteCount: UInt64
    let name: UInt32
  }

  /// What is longer is cut: a table of names need not have an end in it.
  private static let mostNameBytes = 4096

  /// Sorted by address.
  private var functions: [Function] = []
  private var names: [UInt8] = []

  /// What it takes.
  var tableByteCount: Int { names.count + functions.count * MemoryLayout<Function>.stride }

  /// Reads the symbol table of a file, or its table of dynamic symbols where it is stripped.
  ///
  /// - Parameter mostTableBytes: a table that is longer is not read.
  init(path: String, mostTableBytes: Int = ElfFile.mostTableBytes) {
    guard
      let file = ElfFile(path: path, mostTableBytes: min(mostTableBytes, ElfFile.mostTableBytes)),
      let sections = file.sections()
    else { return }
    let table =
      sections.first { $0.kind == ElfFile.symbolTable }
      ?? sections.first { $0.kind == ElfFile.dynamicSymbols }
    guard let table, table.link < sections.count,
      let symbols = file.bytes(of: table), let names = file.bytes(of: sections[table.link])
    else { return }
    self.names = names
    read(symbols)
  }

  /// The raw name of the function that an address lies in, relative to the file's load bias.
  func name(at address: UInt64) -> String? {
    var low = 0
    var high = functions.count
    while low < high {
      let middle = (low + high) / 2
      if functions[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let function = functions[low - 1]
    // Written in assembly, many have no length.
    guard address &- function.address < max(function.byteCount, 1) else { return nil }
    let bytes = names[Int(function.name)...].prefix(ElfFunctions.mostNameBytes).prefix { $0 != 0 }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// Symbols of 24 bytes: name, kind and binding, visibility, section, address, length.
  private mutating func read(_ symbols: [UInt8]) {
    let indirectFunction: UInt8 = 10
    let function: UInt8 = 2
    symbols.withUnsafeBytes { bytes in
      for start in stride(from: 0, through: bytes.count - 24, by: 24) {
        let kind = bytes[start + 4] & 15
        let section = bytes.loadUnaligned(fromByteOffset: start + 6, as: UInt16.self)
        let name = bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)
        guard kind == function || kind == indirectFunction, section != 0, Int(name) < names.count
        else { continue }
        functions.append(
          Function(
            address: bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self),
            byteCount: bytes.loadUnaligned(fromByteOffset: start + 16, as: UInt64.self),
            name: name))
      }
    }
    // Of two names for one address the longer function says more; then the earlier symbol.
    functions.sort { ($0.address, $0.byteCount, $1.name) < ($1.address, $1.byteCount, $0.name) }
  }
}
