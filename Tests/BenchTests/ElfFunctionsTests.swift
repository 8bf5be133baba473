// The reader of symbol tables, on files made by hand: whole, cut short, and with figures that
// cannot be.

import Foundation
import Testing

@testable import tracer_bench

@Suite struct ElfFunctionsTests {
  /// A file with two functions, each of whose figures can be made wrong.
  private struct Crafted {
    var magic: [UInt8] = [0x7F, 0x45, 0x4C, 0x46]
    var fileClass: UInt8 = 2
    var byteOrder: UInt8 = 1
    var sectionOffset: UInt64 = 64
    var sectionStride: UInt16 = 64
    var sectionCount: UInt16 = 3
    var kind = ElfFile.symbolTable
    var link: UInt32 = 2
    var symbolOffset: UInt64 = 256
    var symbolBytes: UInt64 = 48
    var nameOfSecond: UInt32 = 7
    /// The last name ends with the table.
    var names = Array("\0first\0second".utf8)

    var bytes: [UInt8] {
      var file = magic + [fileClass, byteOrder, 1] + [UInt8](repeating: 0, count: 9)
      file += [UInt8](repeating: 0, count: 24) + word(sectionOffset)
      file += [UInt8](repeating: 0, count: 10) + word(sectionStride) + word(sectionCount) + [0, 0]
      file += [UInt8](repeating: 0, count: 64)
      file += section(kind, symbolOffset, symbolBytes, link)
      file += section(3, 304, UInt64(names.count), 0)
      file += symbol(name: 1, address: 0x1000, byteCount: 16)
      file += symbol(name: nameOfSecond, address: 0x1010, byteCount: 0)
      return file + names
    }

    private func section(
      _ kind: UInt32, _ offset: UInt64, _ byteCount: UInt64, _ link: UInt32
    ) -> [UInt8] {
      word(UInt32(0)) + word(kind) + [UInt8](repeating: 0, count: 16) + word(offset)
        + word(byteCount) + word(link) + [UInt8](repeating: 0, count: 20)
    }

    private func symbol(name: UInt32, address: UInt64, byteCount: UInt64) -> [UInt8] {
      word(name) + [2, 0] + word(UInt16(1)) + word(address) + word(byteCount)
    }

    private func word<Word: FixedWidthInteger>(_ value: Word) -> [UInt8] {
      withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
  }

  /// Reads bytes as a file of its own.
  private func functions(
    _ bytes: [UInt8], mostTableBytes: Int = ElfFile.mostTableBytes
  ) throws -> ElfFunctions {
    let path = NSTemporaryDirectory() + "elf-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return ElfFunctions(path: path, mostTableBytes: mostTableBytes)
  }

  @Test func functionsAreFoundByAddress() throws {
    let functions = try functions(Crafted().bytes)
    #expect(functions.name(at: 0xFFF) == nil)
    #expect(functions.name(at: 0x1000) == "first")
    #expect(functions.name(at: 0x100F) == "first")
    #expect(functions.name(at: 0x1010) == "second", "a function without a length is its entry")
    #expect(functions.name(at: 0x1011) == nil)
    #expect(functions.name(at: .max) == nil)
  }

  @Test func symbolsOfAStrippedFileAreItsDynamicOnes() throws {
    var file = Crafted()
    file.kind = ElfFile.dynamicSymbols
    #expect(try functions(file.bytes).name(at: 0x1000) == "first")
  }

  /// Nothing is named, and nothing ends the reader.
  @Test func aFileThatMakesNoSenseHasNoFunctions() throws {
    let changes: [(String, (inout Crafted) -> Void)] = [
      ("magic", { $0.magic[1] = 0 }),
      ("32 bits", { $0.fileClass = 1 }),
      ("big-endian", { $0.byteOrder = 2 }),
      ("sections beyond the end", { $0.sectionOffset = 1 << 40 }),
      ("sections at the last byte there is", { $0.sectionOffset = .max }),
      ("no sections", { $0.sectionCount = 0 }),
      ("sections without end", { $0.sectionCount = .max }),
      ("short sections", { $0.sectionStride = 63 }),
      ("long sections", { $0.sectionStride = .max }),
      ("no symbols", { $0.kind = 1 }),
      ("names in no section", { $0.link = 3 }),
      ("names without end", { $0.link = .max }),
      ("symbols beyond the end", { $0.symbolOffset = 1 << 20 }),
      ("symbols whose end overflows", { $0.symbolOffset = .max }),
      ("symbols without end", { $0.symbolBytes = .max }),
      ("half a symbol", { $0.symbolBytes = 23 }),
    ]
    for (what, change) in changes {
      var file = Crafted()
      change(&file)
      #expect(try functions(file.bytes).name(at: 0x1000) == nil, "\(what)")
    }
  }

  @Test func aNameOutsideOfTheNamesIsLeftOut() throws {
    var file = Crafted()
    file.nameOfSecond = .max
    let functions = try functions(file.bytes)
    #expect(functions.name(at: 0x1000) == "first")
    #expect(functions.name(at: 0x1010) == nil)
  }

  @Test func everyPrefixIsReadWithoutATrap() throws {
    let whole = Crafted().bytes
    for count in whole.indices {
      #expect(try functions(Array(whole[..<count])).name(at: 0x1000) == nil, "\(count) bytes")
    }
  }

  @Test func aTableBeyondTheBoundIsNotRead() throws {
    // The longest of the three tables: section headers, symbols, names.
    #expect(try functions(Crafted().bytes, mostTableBytes: 192).name(at: 0x1000) == "first")
    #expect(try functions(Crafted().bytes, mostTableBytes: 191).name(at: 0x1000) == nil)
  }

  @Test func onlyRegularFilesAreOpened() {
    for path in ["/dev/zero", "/dev/tty", "/tmp", "/nonexistent", ""] {
      #expect(ElfFunctions(path: path).name(at: 0) == nil, "\(path)")
    }
  }
}
