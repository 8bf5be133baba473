// Where the words of a ring stand, for slot rings and byte rings alike.
//
//     offset   0  write position   stored by the writer, polled by the reader
//            128  read position    stored by the reader, polled by the writer
//            256  kind             ASCII, "SLOTRING" or "BYTERING"
//            264  capacity         slots, or bytes
//            272  slot size        bytes; 1 for a byte ring
//            384  data
//
// Positions count slots or bytes since the ring was made; they run free through 2^64 and are
// masked only to form an offset. Each position has 128 bytes to itself: a line, and the neighbour
// that the adjacent-line prefetcher would drag along. Words at 256 never change once the ring is
// made; both sides keep private copies and read them only when they attach.

/// Offsets within a ring, in bytes from its start.
public enum RingHeader {
  /// Stored by the writer only.
  @inlinable public static var writePosition: Int { 0 }
  /// Stored by the reader only.
  @inlinable public static var readPosition: Int { 128 }
  /// Eight ASCII characters, written once.
  public static let kind = 256
  /// Slots or bytes, a power of two, written once.
  public static let capacity = 264
  /// Bytes of one slot, written once.
  public static let slotByteCount = 272
  /// Slots or records begin here.
  public static let data = 384
}

/// What a ring's header said when it was attached to, if that cannot be.
public enum RingLayoutError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind is another one, or there is no ring at this offset.
  case notARing(offset: Int, found: UInt64)
  /// The capacity is no power of two, or beyond what a ring may have.
  case invalidCapacity(UInt64)
  /// The slot size is zero, no multiple of eight, or too large.
  case invalidSlotByteCount(UInt64)
  /// The ring ends beyond the memory it stands in.
  case outsideMemory(needed: Int, available: Int)
  /// The write position is not within one capacity of the read position.
  case positionsOutOfOrder(write: UInt64, read: UInt64, capacity: UInt64)

  /// One line for people.
  public var description: String {
    switch self {
    case .notARing(let offset, let found):
      "no ring at offset \(offset): its kind reads 0x\(String(found, radix: 16))"
    case .invalidCapacity(let capacity):
      "ring capacity \(capacity) is not a power of two between 1 and 2^40"
    case .invalidSlotByteCount(let count):
      "slot size \(count) is not a multiple of 8 between 8 and 2^20 bytes"
    case .outsideMemory(let needed, let available):
      "the ring needs \(needed) bytes and the memory has \(available)"
    case .positionsOutOfOrder(let write, let read, let capacity):
      "write position \(write) is not within capacity \(capacity) of read position \(read)"
    }
  }
}

/// A peer broke the protocol: what it stored cannot be followed safely.
@frozen public enum RingCorruption: Error, Equatable, Sendable, CustomStringConvertible {
  /// A peer's position is not where an honest peer's could be.
  case position(found: UInt64, own: UInt64)
  /// A record's length leads outside what was published, or around the end of the ring.
  case recordLength(UInt64, at: UInt64)

  /// One line for people.
  public var description: String {
    switch self {
    case .position(let found, let own):
      "the peer's position \(found) cannot follow from own position \(own)"
    case .recordLength(let length, let position):
      "the record at position \(position) claims \(length) bytes"
    }
  }
}

/// Largest ring: 2^40 slots or bytes, so that sizes never overflow an `Int`.
let maximumRingCapacity: UInt64 = 1 << 40
/// Largest slot: 1 MiB.
let maximumSlotByteCount: UInt64 = 1 << 20
