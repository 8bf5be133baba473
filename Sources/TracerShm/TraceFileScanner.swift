// Walks the blocks of a trace file, with every length checked and damage stepped over. What both
// the resuming writer and the reader are made of.
//
// Nothing in the file is trusted: a block header is believed where its mark and its checksum are
// right and its payload lies within the file; behind anything else the next header is looked for
// on the grid of eight bytes. At most one block is in memory at a time, and never more than the
// file is long.

import Glibc
import HardwareMemory

/// A stretch of a trace file that holds nothing to be believed.
public struct TraceDamage: Equatable, Sendable {
  /// What is wrong.
  public enum Reason: String, Sendable {
    /// No block header stands where one should.
    case noBlock = "no block header"
    /// The file ends within a block.
    case cutShort = "cut short"
    /// The payload does not match its checksum.
    case checksum = "checksum mismatch"
    /// The payload does not hold what its kind says.
    case contents = "contents that make no sense"
  }
  /// Where it begins, in bytes of the file.
  public var offset: Int
  /// How long it is.
  public var byteCount: Int
  /// What is wrong.
  public var reason: Reason
}

/// A walk over the blocks of one file.
struct TraceFileScanner: ~Copyable {
  enum Step {
    case block(TraceBlockHeader, offset: Int)
    case damage(TraceDamage)
  }

  /// Big enough that small blocks cost no call each.
  private static let windowByteCount = 1 << 20

  let path: String
  let descriptor: Int32
  /// The file's size when the walk began.
  let byteCount: Int
  let header: TraceFileHeader
  private var position = TraceFileLayout.Header.byteCount
  /// The part of the file that is in memory, and where it begins.
  private(set) var window = PrivateBytes(byteCount: 0)
  private var windowStart = 0
  private var windowEnd = 0

  /// Looks at a file's header. The descriptor stays the caller's.
  init(_ descriptor: Int32, path: String) throws(TraceFileError) {
    (header, byteCount) = try TraceFileScanner.header(descriptor, path)
    self.descriptor = descriptor
    self.path = path
  }

  private static func header(
    _ descriptor: Int32, _ path: String
  ) throws(TraceFileError) -> (TraceFileHeader, Int) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(path, SystemError("fstat")) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(path) }
    let length = TraceFileLayout.Header.byteCount
    var words = [UInt64](repeating: 0, count: length / 8)
    let count = words.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, length, 0) }
    guard count >= 0 else { throw .system(path, SystemError("pread")) }
    guard count == length else { throw .notATraceFile(path) }
    do throws(TraceFileHeader.Refusal) {
      return (try TraceFileHeader(decoding: words), Int(status.st_size))
    } catch {
      switch error {
      case .notATraceFile: throw .notATraceFile(path)
      case .version(let found): throw .unsupportedVersion(path, found: found)
      case .foreignByteOrder: throw .foreignByteOrder(path)
      case .damaged(let stored, let computed):
        throw .damagedHeader(path, stored: stored, computed: computed)
      }
    }
  }

  /// The next block whose payload is whole, or the next stretch of damage; `nil` at the end.
  mutating func next() throws(TraceFileError) -> Step? {
    guard position < byteCount else { return nil }
    let offset = position
    guard let header = try blockHeader(at: offset) else {
      return .damage(try skipDamage(from: offset, .noBlock))
    }
    guard header.byteCount <= byteCount - offset else {
      return .damage(try skipDamage(from: offset, .cutShort))
    }
    position = offset + header.byteCount
    guard let payload = try payload(of: header, at: offset) else {
      return .damage(try skipDamage(from: offset, .cutShort))
    }
    if header.payloadChecksum != 0,
      header.payloadChecksum != TraceBlockHeader.checksum(of: payload)
    {
      return .damage(
        TraceDamage(offset: offset, byteCount: header.byteCount, reason: .checksum))
    }
    return .block(header, offset: offset)
  }

  /// The payload of a block; good until the window moves, or as long as `window` is held.
  mutating func payload(
    of header: TraceBlockHeader, at offset: Int
  ) throws(TraceFileError) -> UnsafeRawBufferPointer? {
    guard
      let start = try load(
        offset + TraceFileLayout.Block.byteCount, header.payloadByteCount)
    else { return nil }
    return window.slice(start, header.payloadByteCount)
  }

  /// Where the payload of the block just returned begins within `window`.
  func payloadOffset(ofBlockAt offset: Int) -> Int {
    offset + TraceFileLayout.Block.byteCount - windowStart
  }

  private mutating func blockHeader(at offset: Int) throws(TraceFileError) -> TraceBlockHeader? {
    guard let start = try load(offset, TraceFileLayout.Block.byteCount) else { return nil }
    let bytes = window.slice(start, TraceFileLayout.Block.byteCount)
    var words = InlineArray<20, UInt64>(repeating: 0)
    for index in 0..<TraceBlockHeader.wordCount {
      words[index] = bytes.load(fromByteOffset: 8 * index, as: UInt64.self)
    }
    return TraceBlockHeader(decoding: words)
  }

  /// Looks for the next header behind `offset`. Linear: each word of the file is looked at once.
  private mutating func skipDamage(
    from offset: Int, _ reason: TraceDamage.Reason
  ) throws(TraceFileError) -> TraceDamage {
    var next = offset + TraceFileLayout.alignment
    while next < byteCount {
      guard let start = try load(next, 8) else {
        next = byteCount
        break
      }
      let mark = window.slice(start, 8).load(as: UInt64.self)
      if mark == TraceFileLayout.blockMark, try blockHeader(at: next) != nil { break }
      next += TraceFileLayout.alignment
    }
    position = min(next, byteCount)
    return TraceDamage(offset: offset, byteCount: position - offset, reason: reason)
  }

  /// Brings a stretch into the window; returns where it stands there, `nil` if the file is shorter.
  private mutating func load(_ offset: Int, _ length: Int) throws(TraceFileError) -> Int? {
    guard offset <= byteCount, length <= byteCount - offset else { return nil }
    if offset >= windowStart, offset + length <= windowEnd { return offset - windowStart }
    let wanted = min(max(length, TraceFileScanner.windowByteCount), byteCount - offset)
    if window.byteCount < wanted || !isKnownUniquelyReferenced(&window) {
      window = PrivateBytes(byteCount: wanted)
    }
    windowStart = offset
    windowEnd = offset
    while windowEnd < offset + wanted {
      let done = windowEnd - offset
      let count = pread(
        descriptor, window.buffer.baseAddress! + done, wanted - done, off_t(windowEnd))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(path, SystemError("pread")) }
      // The file was cut short meanwhile.
      if count == 0 { break }
      windowEnd += count
    }
    return offset + length <= windowEnd ? 0 : nil
  }
}
