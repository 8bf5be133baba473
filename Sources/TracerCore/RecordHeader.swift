// The eight bytes before every record of a byte ring.
//
//     63            48 47            32 31                              0
//     ┌───────────────┬────────────────┬────────────────────────────────┐
//     │     flags     │      type      │   length of the payload, bytes │
//     └───────────────┴────────────────┴────────────────────────────────┘
//
// Records begin at multiples of eight and never wrap: a filler covers what is left of a lap.

/// The header of a record, as one 64-bit word.
@frozen public struct RecordHeader: Equatable, Sendable {
  /// The word as it stands in memory, little-endian.
  public let word: UInt64

  /// Bytes of a header.
  @inlinable public static var byteCount: Int { 8 }
  /// Flag: the first eight payload bytes are a counter value.
  @inlinable public static var timestamped: UInt16 { 1 }
  /// Flag: no record but filler up to the end of the lap; its length counts whole words.
  @inlinable public static var filler: UInt16 { 0x8000 }

  /// Takes a word read from memory; nothing about it is trusted yet.
  @inlinable public init(word: UInt64) { self.word = word }

  /// Composes a header.
  @inlinable public init(byteCount: Int, type: UInt16, flags: UInt16 = 0) {
    word =
      UInt64(UInt32(truncatingIfNeeded: byteCount)) | UInt64(type) << 32 | UInt64(flags) << 48
  }

  /// Bytes of payload.
  @inlinable public var payloadByteCount: Int { Int(word & 0xFFFF_FFFF) }
  /// What the payload is: the client's business.
  @inlinable public var type: UInt16 { UInt16(truncatingIfNeeded: word >> 32) }
  /// `timestamped`, `filler`; the others are reserved and zero.
  @inlinable public var flags: UInt16 { UInt16(truncatingIfNeeded: word >> 48) }
  /// Whether this is filler.
  @inlinable public var isFiller: Bool { word >> 63 != 0 }

  /// Bytes of the ring that a record with so much payload takes: header and padding included.
  @inlinable public static func recordByteCount(payload: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: (payload &+ 15) & ~7)
  }
}
