// The checksum of a ring at its seal: what a reader after a power cut decides by.
//
// The agent computes it once per ring, off the record path, where the region's kind outlives the
// machine's memory (`LaneHost.sealChecksum`); recovery computes it again over what it finds on the
// disk. Any thread may call it; it allocates nothing. CRC32C as in RFC 3720.

public import HardwareMemory
public import TracerCore

/// The checksum of sealed rings.
public enum SealChecksum {
  /// Set in every checksum: a ring without one holds zero.
  private static let present: UInt64 = 1 << 32

  /// CRC32C over lane, ring index, slot epoch, generation, first sequence, committed position, the
  /// losses by cause and the committed bytes, in this order, words little-endian.
  ///
  /// Bit 32 is set, so that no checksum is zero. Linear in the bytes.
  public static func compute(of ring: SealedRing<HardwareMemory>) -> UInt64 {
    let identity = ring.identity
    let losses = ring.losses.counts
    let header = (
      identity.0, identity.1, identity.2, identity.3, identity.4, identity.5, losses[0],
      losses[1], losses[2], losses[3]
    )
    let start = withUnsafeBytes(of: header) { CRC32C.checksum($0) }
    let sum = ring.memory.withPayload(at: ring.recordsOffset, byteCount: ring.byteCount) {
      CRC32C.checksum($0, continuing: start)
    }
    return UInt64(sum) | present
  }
}
