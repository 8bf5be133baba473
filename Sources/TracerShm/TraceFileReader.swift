// Reads a trace file block by block. For tools and recovery; belongs to one thread.
//
// The file is untrusted: whatever stands in it, reading ends, stays within the file, and needs no
// more memory than its largest block. Damage is reported as an item, and reading goes on behind it.

import Glibc
import HardwareMemory
public import TracerCore

/// The records of one frame, in memory of this process.
public struct TraceRecords {
  private let bytes: PrivateBytes
  /// The records as a walk sees them: good while this value lives.
  let records: LaneRecords<HardwareMemory>

  init(_ bytes: PrivateBytes, offset: Int, byteCount: Int, firstSequence: UInt64) {
    self.bytes = bytes
    records = LaneRecords(
      memory: bytes.memory, offset: offset, byteCount: byteCount, firstSequence: firstSequence)
  }

  /// Call it behind the last use of `records`.
  func keepAlive() { withExtendedLifetime(bytes) {} }

  /// What stands at one place of a frame.
  public enum Item {
    /// A record: its header and its payload.
    case record(RecordHeader)
    /// Attempts lost at this place.
    case losses(LossCounts)
  }

  /// Calls `body` with each record or run of losses, its (first) sequence number and the payload,
  /// in order.
  ///
  /// - Throws: `LaneCorruption` where a length leads outside the frame, and what `body` throws.
  public func forEach(
    _ body: (Item, _ sequence: UInt64, _ payload: RawSpan) throws -> Void
  ) throws {
    defer { keepAlive() }
    var position = 0
    var sequence = records.firstSequence
    while position < records.byteCount {
      let (item, next) = try records.item(at: position)
      switch item {
      case .record(let record):
        try records.memory.withPayload(at: record.payloadOffset, byteCount: record.byteCount) {
          try body(.record(record.header), sequence, $0)
        }
        sequence &+= 1
      case .losses(let losses):
        try records.memory.withPayload(at: records.offset, byteCount: 0) {
          try body(.losses(losses), sequence, $0)
        }
        sequence &+= losses.total
      }
      position = next
    }
  }
}

/// One block of a trace file.
public enum TraceBlock {
  /// Records of one use of one ring.
  case frame(LaneFrame, TraceRecords)
  /// The accounts of all lanes when a file was begun behind others.
  case accounts([LaneIdentifier: LaneAccount])
  /// The counter and the real time at one moment.
  case clock(TraceClock)
  /// A thread that owned a slot.
  case thread(TraceThread)
  /// Names of addresses.
  case symbols([TraceSymbol])
  /// A kind that this version does not know.
  case other(TraceBlockKind, byteCount: Int)
  /// Bytes that cannot be believed; the next block stands behind them.
  case damage(TraceDamage)
}

/// A trace file being read.
public struct TraceFileReader: ~Copyable {
  private var scanner: TraceFileScanner

  /// What the file says about itself.
  public var header: TraceFileHeader { scanner.header }
  /// Bytes of the file when it was opened.
  public var byteCount: Int { scanner.byteCount }

  /// Opens a trace file and checks its header.
  public init(_ path: String) throws(TraceFileError) {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path, SystemError("open")) }
    do throws(TraceFileError) { scanner = try TraceFileScanner(descriptor, path: path) } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(scanner.descriptor) }

  /// The next block; `nil` at the end of the file.
  public mutating func next() throws(TraceFileError) -> TraceBlock? {
    guard let step = try scanner.next() else { return nil }
    switch step {
    case .damage(let damage): return .damage(damage)
    case .block(let block, let offset):
      let broken = TraceBlock.damage(
        TraceDamage(offset: offset, byteCount: block.byteCount, reason: .contents))
      guard let bytes = try scanner.payload(of: block, at: offset) else { return broken }
      if let frame = block.frame {
        return .frame(
          frame,
          TraceRecords(
            scanner.window, offset: scanner.payloadOffset(ofBlockAt: offset),
            byteCount: block.payloadByteCount, firstSequence: frame.firstSequence))
      }
      return TraceFileReader.parse(block, bytes) ?? broken
    }
  }

  /// Takes the payload of a block apart that is no frame.
  private static func parse(
    _ block: TraceBlockHeader, _ bytes: UnsafeRawBufferPointer
  ) -> TraceBlock? {
    var reader = TracePayloadReader(bytes)
    switch block.kind {
    case .accounts: return reader.accounts().map { .accounts($0) }
    case .clock: return reader.clock().map { .clock($0) }
    case .thread: return reader.thread().map { .thread($0) }
    case .symbols: return reader.symbols().map { .symbols($0) }
    default: return .other(block.kind, byteCount: block.payloadByteCount)
    }
  }
}

extension TraceFileReader {
  /// The files of one trace, oldest first: those that a rotation left beside `path`, then `path`.
  public static func files(of path: String) -> [String] {
    let (folder, base) = BackingObject.split(path)
    var numbers: [UInt64] = []
    if let stream = opendir(folder) {
      defer { closedir(stream) }
      while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard name.hasPrefix(base + "."), let number = UInt64(name.dropFirst(base.utf8.count + 1))
        else { continue }
        numbers.append(number)
      }
    }
    let older = numbers.sorted().map { "\(path).\($0)" }
    return access(path, F_OK) == 0 || older.isEmpty ? older + [path] : older
  }
}
