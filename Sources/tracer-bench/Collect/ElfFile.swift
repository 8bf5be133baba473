// An ELF file's sections, checked: 64-bit little-endian files.
//
// The file is somebody's, and so is its name: only a regular file is opened, every offset and length
// is checked against its size, and no table is read that is longer than tables are. A sparse file
// has any size for nothing.

import Glibc

/// An open ELF file.
final class ElfFile {
  struct Section {
    let kind: UInt32
    let offset: UInt64
    let byteCount: UInt64
    /// The section with the names of this one's symbols.
    let link: Int
  }

  /// SHT_SYMTAB and SHT_DYNSYM.
  static let symbolTable: UInt32 = 2
  static let dynamicSymbols: UInt32 = 11

  /// No table is read that is longer: the largest programs have a tenth of it.
  static let mostTableBytes = 256 << 20

  private static let headerByteCount = 64

  private let descriptor: Int32
  private let byteCount: UInt64
  private let mostTableBytes: Int
  private let header: [UInt8]

  init?(path: String, mostTableBytes: Int) {
    // Looked at first, since opening a device can have an effect; and opened without waiting, should
    // it be another file by then.
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size >= ElfFile.headerByteCount,
      let header = ElfFile.read(descriptor, offset: 0, byteCount: ElfFile.headerByteCount),
      // The magic; 64 bits; little-endian.
      header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
    else {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
    self.mostTableBytes = mostTableBytes
    self.header = header
    byteCount = UInt64(status.st_size)
  }

  deinit { close(descriptor) }

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
    guard offset <= byteCount, count <= byteCount - offset, count <= mostTableBytes else {
      return nil
    }
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
