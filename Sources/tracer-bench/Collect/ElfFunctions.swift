// The functions of an ELF file by address: what names the addresses in a trace. Read-only; 64-bit
// little-endian files, with the section headers that linkers write.
//
// The file is somebody's: every offset and length is checked against its size, and a file that
// makes no sense has no functions.

import Glibc

/// Function names of one program or shared object.
struct ElfFunctions {
  private struct Function {
    let address: UInt64
    let byteCount: UInt64
    let name: UInt32
  }

  /// Sorted by address.
  private var functions: [Function] = []
  private var names: [UInt8] = []

  /// Reads the symbol table of a file, or its table of dynamic symbols where it is stripped.
  init(path: String) {
    // Without waiting, should it be a pipe.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard let file = ElfFile(descriptor), let sections = file.sections() else { return }
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
    let bytes = names[Int(function.name)...].prefix { $0 != 0 }
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

/// The headers of an ELF file, checked.
private struct ElfFile {
  struct Section {
    let kind: UInt32
    let offset: UInt64
    let byteCount: UInt64
    let link: Int
  }

  static let symbolTable: UInt32 = 2
  static let dynamicSymbols: UInt32 = 11

  let descriptor: Int32
  let byteCount: UInt64
  private let header: [UInt8]

  init?(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size >= 64
    else { return nil }
    self.descriptor = descriptor
    byteCount = UInt64(status.st_size)
    header = ElfFile.read(descriptor, offset: 0, byteCount: 64) ?? []
    // The magic; 64 bits; little-endian.
    guard header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return nil }
  }

  func sections() -> [Section]? {
    func word<Word: FixedWidthInteger>(_ bytes: [UInt8], _ offset: Int, _: Word.Type) -> Word {
      bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Word.self) }
    }
    let start = word(header, 40, UInt64.self)
    let stride = Int(word(header, 58, UInt16.self))
    let count = Int(word(header, 60, UInt16.self))
    guard stride >= 64, let table = bytes(at: start, byteCount: UInt64(stride * count)) else {
      return nil
    }
    return (0..<count).map { index in
      let offset = index * stride
      return Section(
        kind: word(table, offset + 4, UInt32.self), offset: word(table, offset + 24, UInt64.self),
        byteCount: word(table, offset + 32, UInt64.self),
        link: Int(word(table, offset + 40, UInt32.self)))
    }
  }

  func bytes(of section: Section) -> [UInt8]? {
    bytes(at: section.offset, byteCount: section.byteCount)
  }

  private func bytes(at offset: UInt64, byteCount count: UInt64) -> [UInt8]? {
    guard offset <= byteCount, count <= byteCount - offset else { return nil }
    return ElfFile.read(descriptor, offset: Int(offset), byteCount: Int(count))
  }

  private static func read(_ descriptor: Int32, offset: Int, byteCount: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var done = 0
    while done < byteCount {
      let count = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress! + done, byteCount - done, off_t(offset + done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      done += count
    }
    return bytes
  }
}
