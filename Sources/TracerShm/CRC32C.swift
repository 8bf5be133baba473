// The checksum of superblocks, identities and sealed rings: CRC32C, by the processor's instruction
// where there is one. Any thread may call it; it allocates nothing.

import CPlatform

/// CRC32C (Castagnoli; RFC 3720).
public enum CRC32C {
  /// The checksum of bytes, or of bytes after others whose checksum is `previous`. Linear time.
  public static func checksum(
    _ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0
  ) -> UInt32 {
    platform_crc32c(previous, bytes.baseAddress, bytes.count)
  }

  /// The checksum of bytes lent in place.
  public static func checksum(_ bytes: RawSpan, continuing previous: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { checksum($0, continuing: previous) }
  }

  /// The checksum of words as they stand in memory.
  static func checksum(words: ArraySlice<UInt64>) -> UInt32 {
    words.withUnsafeBytes { checksum($0) }
  }
}
