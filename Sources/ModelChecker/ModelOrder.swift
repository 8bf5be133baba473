// The orders of the checker's own operations: all of C11's, wider than the memory protocol of
// the rings. Consume is not among them: treat it as acquire, as every compiler does.

/// The memory order of one modelled access or fence.
@frozen public enum ModelOrder: UInt8, Sendable, CaseIterable {
  /// Atomic, without order.
  case relaxed
  /// The load (or fence) acquires.
  case acquire
  /// The store (or fence) releases.
  case release
  /// Both.
  case acquireRelease
  /// Both, and part of the partial order `psc` of RC11.
  case sequentiallyConsistent

  /// Whether a load or fence of this order acquires.
  @inlinable public var acquires: Bool {
    self == .acquire || self == .acquireRelease || self == .sequentiallyConsistent
  }

  /// Whether a store or fence of this order releases.
  @inlinable public var releases: Bool {
    self == .release || self == .acquireRelease || self == .sequentiallyConsistent
  }
}

/// The arithmetic of a read-modify-write.
@frozen public enum ModelUpdate: UInt8, Sendable {
  /// Stores the operand.
  case exchange
  /// Adds, wrapping.
  case add
  /// Subtracts, wrapping.
  case subtract
  /// Bitwise and.
  case and
  /// Bitwise or.
  case or
  /// Bitwise exclusive or.
  case xor

  /// The value stored when `old` was read.
  @inlinable func apply(_ old: UInt64, _ operand: UInt64) -> UInt64 {
    switch self {
    case .exchange: operand
    case .add: old &+ operand
    case .subtract: old &- operand
    case .and: old & operand
    case .or: old | operand
    case .xor: old ^ operand
    }
  }
}
