// Where everything stands in a trace file: the output of a drain, read back by recovery and tools.
//
//     file header │ block header │ payload │ block header │ payload │ …
//
// Everything is little-endian and stands on a grid of eight bytes. A block begins with a mark that
// a reader finds again behind damage, and its header has a checksum of its own, so that a length
// is believed only where all of the header is. `TraceFormat.md` shows the same for people and
// `od`. Tests assert this table; a changed byte changes the version.

/// Byte offsets and sizes of a trace file.
public enum TraceFileLayout {
  /// One field: its name, its byte offset, its size in bytes.
  public struct Field: Hashable, Sendable {
    /// The name, as in `TraceFormat.md`.
    public let name: String
    /// The offset in bytes from the start of its header.
    public let offset: Int
    /// The size in bytes.
    public let byteCount: Int
  }

  /// `TRCOUT01` as a little-endian word: name and major version in one.
  public static let magic: UInt64 = 0x3130_5455_4F43_5254
  /// The part of the magic that names the format; the version stands above it.
  static let name: UInt64 = magic & 0xFFFF_FFFF_FFFF
  /// The major version: two digits in ASCII.
  static let version = UInt16(magic >> 48)
  /// Reads back as itself in the writer's byte order only.
  public static let byteOrderMark: UInt64 = 0x0102_0304_0506_0708
  /// Grows when reserved bytes, or a kind of block, get a meaning that an older reader may ignore.
  public static let minorVersion: UInt64 = 0
  /// `TRCBLOCK` as a little-endian word.
  public static let blockMark: UInt64 = 0x4B43_4F4C_4243_5254
  /// The grid that every header and payload begins on, in bytes.
  public static let alignment = 8
  /// The largest payload of a block: the largest ring.
  public static let mostPayloadBytes = 1 << 30

  /// The file header.
  public enum Header {
    static let magic = 0
    static let byteOrder = 8
    static let minorVersion = 16
    static let number = 24
    static let session = 32
    static let boot = 48
    static let counter = 64
    static let realTime = 72
    static let checksum = 120
    /// Bytes of the file header.
    public static let byteCount = 128

    /// Every field in order, without gap.
    public static let fields = [
      Field(name: "magic", offset: magic, byteCount: 8),
      Field(name: "byte order mark", offset: byteOrder, byteCount: 8),
      Field(name: "minor version", offset: minorVersion, byteCount: 8),
      Field(name: "number of the file", offset: number, byteCount: 8),
      Field(name: "session", offset: session, byteCount: 16),
      Field(name: "boot", offset: boot, byteCount: 16),
      Field(name: "counter", offset: counter, byteCount: 8),
      Field(name: "real time", offset: realTime, byteCount: 8),
      Field(name: "reserved, zero", offset: 80, byteCount: 40),
      Field(name: "checksum", offset: checksum, byteCount: 8),
    ]
  }

  /// A block header. The fields from `lane` to `account` are zero in other blocks than frames.
  public enum Block {
    static let mark = 0
    static let kind = 8
    static let byteCountField = 16
    static let payloadChecksum = 24
    static let lane = 32
    static let slotEpoch = 40
    static let generation = 48
    static let firstSequence = 56
    static let recordCount = 64
    static let account = 72
    static let checksum = 152
    /// Bytes of a block header.
    public static let byteCount = 160

    /// Every field in order, without gap.
    public static let fields = [
      Field(name: "mark", offset: mark, byteCount: 8),
      Field(name: "kind", offset: kind, byteCount: 8),
      Field(name: "payload bytes", offset: byteCountField, byteCount: 8),
      Field(name: "payload checksum", offset: payloadChecksum, byteCount: 8),
      Field(name: "lane", offset: lane, byteCount: 8),
      Field(name: "slot epoch", offset: slotEpoch, byteCount: 8),
      Field(name: "generation", offset: generation, byteCount: 8),
      Field(name: "first sequence", offset: firstSequence, byteCount: 8),
      Field(name: "records", offset: recordCount, byteCount: 8),
      Field(name: "account: next sequence", offset: account, byteCount: 8),
      Field(name: "account: drained", offset: account + 8, byteCount: 8),
      Field(name: "account: lost, no spare", offset: account + 16, byteCount: 8),
      Field(name: "account: lost, no spare while marked", offset: account + 24, byteCount: 8),
      Field(name: "account: lost, too large", offset: account + 32, byteCount: 8),
      Field(name: "account: lost, quarantined", offset: account + 40, byteCount: 8),
      Field(name: "account: overwritten", offset: account + 48, byteCount: 8),
      Field(name: "account: in flight", offset: account + 56, byteCount: 8),
      Field(name: "account: before the account began", offset: account + 64, byteCount: 8),
      Field(name: "account: next sequence is known", offset: account + 72, byteCount: 8),
      Field(name: "checksum", offset: checksum, byteCount: 8),
    ]
  }

  /// Whether a file that begins with this word is a trace file, of whatever version.
  public static func isMagic(_ word: UInt64) -> Bool { word & 0xFFFF_FFFF_FFFF == name }

  /// A major version for people: its two characters, or a number where they are none to print.
  static func versionText(_ version: UInt16) -> String {
    let characters = [UInt8(truncatingIfNeeded: version), UInt8(version >> 8)]
    guard characters.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return "0x\(String(version, radix: 16))"
    }
    return String(decoding: characters, as: UTF8.self)
  }

  /// Rounds up to the grid.
  static func padded(_ byteCount: Int) -> Int { (byteCount + alignment - 1) & ~(alignment - 1) }
}

/// What a block is about; open-ended, so that a minor version may add one.
public struct TraceBlockKind: RawRepresentable, Hashable, Sendable {
  /// The number in the block header.
  public let rawValue: UInt64
  /// Names a kind by number.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Records of one use of one ring.
  public static let frame = TraceBlockKind(rawValue: 1)
  /// The accounts of all lanes at the beginning of a file that follows others.
  public static let accounts = TraceBlockKind(rawValue: 2)
  /// The counter and the clocks at one moment.
  public static let clock = TraceBlockKind(rawValue: 3)
  /// Which thread of which process owned a slot in an epoch.
  public static let thread = TraceBlockKind(rawValue: 4)
  /// Names of addresses.
  public static let symbols = TraceBlockKind(rawValue: 5)
}
