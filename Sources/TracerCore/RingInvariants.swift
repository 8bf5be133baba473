// The named invariants of a ring: one predicate each, asserted by unit tests, the model checker
// and the stress tests alike.

/// A ring's two positions as one observer knows them.
public struct RingPositions: Equatable, Sendable {
  /// The write position, in slots or bytes.
  public var write: UInt64
  /// The read position, in slots or bytes.
  public var read: UInt64
  /// Slots or bytes of the ring.
  public var capacity: UInt64

  /// Makes a snapshot; the caller says from what.
  public init(write: UInt64, read: UInt64, capacity: UInt64) {
    self.write = write
    self.read = read
    self.capacity = capacity
  }
}

/// Properties that hold at every step of every execution.
public enum RingInvariant {
  /// The reader never passes the writer, and the writer never laps the reader. Positions run
  /// through 2^64, so only their difference counts.
  public static func positionsOrdered(_ positions: RingPositions) -> Bool {
    positions.write &- positions.read <= positions.capacity
  }

  /// A side's position only grows, and by no more than one capacity between two looks.
  public static func positionAdvances(
    from old: UInt64, to new: UInt64, capacity: UInt64
  ) -> Bool {
    new &- old <= capacity
  }

  /// Records arrive once each, in the order in which they were written.
  public static func sequenceUnbroken(expected: UInt64, found: UInt64) -> Bool {
    expected == found
  }
}
