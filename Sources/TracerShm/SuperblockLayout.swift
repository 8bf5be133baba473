// Where everything stands in a region's first page. Layout is law: tests assert this table, and a
// changed byte changes the version. `Layout.md` shows the same for people and for `od`.
//
//      0 ┌──────────────────────────────────────┐
//        │ immutable: written once, checksummed │  magic last
//    128 ├──────────────────────────────────────┤
//        │ identity slot 0                      │  mutable, alternating, each with a
//    256 ├──────────────────────────────────────┤  sequence and a checksum of its own
//        │ identity slot 1                      │
//    384 ├──────────────────────────────────────┤
//        │ zero up to the end of the page       │
//   page └──────────────────────────────────────┘  the payload begins

/// A version of the layout: the major must match, the minor may grow.
public struct RegionVersion: Hashable, Sendable, CustomStringConvertible {
  /// Changes when a reader of the former layout would go wrong.
  public let major: UInt32
  /// Grows when reserved bytes get a meaning that an older reader may ignore.
  public let minor: UInt32

  /// Makes a version of its parts.
  public init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }

  /// The version written by this library.
  public static let current = RegionVersion(major: 1, minor: 0)

  /// `1.0`.
  public var description: String { "\(major).\(minor)" }
}

/// Byte offsets and sizes of the superblock.
public enum SuperblockLayout {
  /// One field: its name, its byte offset, its size in bytes.
  public struct Field: Hashable, Sendable {
    /// The name, as in `Layout.md`.
    public let name: String
    /// The offset in bytes from the start of the region, or of the slot.
    public let offset: Int
    /// The size in bytes.
    public let byteCount: Int
  }

  /// `TRACESHM` as a little-endian word.
  public static let magic: UInt64 = 0x4D48_5345_4341_5254
  /// Reads back as itself in the writer's byte order only.
  public static let byteOrderMark: UInt64 = 0x0102_0304_0506_0708

  static let magicOffset = 0
  static let byteOrderOffset = 8
  static let versionOffset = 16
  static let layoutHashOffset = 24
  static let contentsKindOffset = 32
  static let pageSizeOffset = 36
  static let regionSizeOffset = 40
  static let payloadOffsetOffset = 48
  static let sessionOffset = 56
  static let bootOffset = 72
  static let creationTimeOffset = 88
  static let reservedOffset = 96
  /// The checksum covers every byte below this offset.
  static let checksumOffset = 120
  /// The size of the immutable part: two cache lines, which nobody stores into once published.
  static let immutableByteCount = 128

  /// Where the two identity slots stand. Each has two lines to itself (one and its neighbour,
  /// which the prefetcher fetches along).
  static let slotOffsets = [128, 256]
  static let slotSequenceOffset = 0
  static let slotEpochOffset = 8
  static let slotAgentPidOffset = 16
  static let slotAgentStartOffset = 24
  static let slotControllerPidOffset = 32
  static let slotControllerStartOffset = 40
  static let slotBootOffset = 48
  /// The checksum covers every byte of the slot below this offset.
  static let slotChecksumOffset = 64
  static let slotByteCount = 72

  /// What has to be there before any field is looked at; the smallest page of any Linux.
  public static let leastByteCount = 4096

  /// The immutable fields in order, without gap.
  public static let fields = [
    Field(name: "magic", offset: magicOffset, byteCount: 8),
    Field(name: "byte order mark", offset: byteOrderOffset, byteCount: 8),
    Field(name: "version major", offset: versionOffset, byteCount: 4),
    Field(name: "version minor", offset: versionOffset + 4, byteCount: 4),
    Field(name: "layout hash", offset: layoutHashOffset, byteCount: 8),
    Field(name: "contents kind", offset: contentsKindOffset, byteCount: 4),
    Field(name: "page size", offset: pageSizeOffset, byteCount: 4),
    Field(name: "region size", offset: regionSizeOffset, byteCount: 8),
    Field(name: "payload offset", offset: payloadOffsetOffset, byteCount: 8),
    Field(name: "session", offset: sessionOffset, byteCount: 16),
    Field(name: "boot", offset: bootOffset, byteCount: 16),
    Field(name: "creation time", offset: creationTimeOffset, byteCount: 8),
    Field(name: "reserved, zero", offset: reservedOffset, byteCount: 24),
    Field(name: "checksum", offset: checksumOffset, byteCount: 4),
    Field(name: "reserved, zero", offset: checksumOffset + 4, byteCount: 4),
  ]

  /// The fields of an identity slot in order, without gap; offsets from the slot's start.
  public static let slotFields = [
    Field(name: "sequence", offset: slotSequenceOffset, byteCount: 8),
    Field(name: "epoch", offset: slotEpochOffset, byteCount: 8),
    Field(name: "agent pid", offset: slotAgentPidOffset, byteCount: 8),
    Field(name: "agent start time", offset: slotAgentStartOffset, byteCount: 8),
    Field(name: "controller pid", offset: slotControllerPidOffset, byteCount: 8),
    Field(name: "controller start time", offset: slotControllerStartOffset, byteCount: 8),
    Field(name: "boot", offset: slotBootOffset, byteCount: 16),
    Field(name: "checksum", offset: slotChecksumOffset, byteCount: 8),
  ]
}
