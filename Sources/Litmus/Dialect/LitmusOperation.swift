// A shared access of a process as the checkers perform it.

/// A shared access, ready to be performed.
struct LitmusOperation: Sendable, Equatable {
  /// What it does.
  enum Kind: Sendable, Equatable {
    /// Reads.
    case load
    /// Writes the value.
    case store(Int)
    /// Reads and writes `update.applied(to:)` what it read.
    case update(LitmusUpdate)
    /// Reads; writes `desired` if it read `expected`, else is only a load of order `failure`.
    case compareExchange(expected: Int, desired: Int, failure: LitmusOrder, isWeak: Bool)
    /// Orders only.
    case fence
  }
  /// What it does.
  var kind: Kind
  /// The index of the location; -1 for a fence.
  var location: Int
  /// The order; of a compare-exchange, that of its success.
  var order: LitmusOrder
}

extension LitmusOperation.Kind {
  /// Whether it reads memory.
  var reads: Bool {
    switch self {
    case .load, .update, .compareExchange: true
    case .store, .fence: false
    }
  }
}

/// What one access found in memory.
struct LitmusRead: Sendable, Equatable {
  var location: Int
  var value: Int
}

/// What a read-modify-write writes.
enum LitmusUpdate: Sendable, Equatable {
  /// This value, whatever was there.
  case exchange(Int)
  /// The old value combined with an operand.
  case combine(LitmusCombination, Int)

  /// The value after.
  func applied(to old: Int) -> Int {
    switch self {
    case .exchange(let value): value
    case .combine(let operation, let operand): operation.applied(to: old, operand)
    }
  }
}

/// An atomic arithmetic on a location of a type: it wraps.
struct LitmusCombination: Sendable, Equatable {
  var operation: LitmusFetch
  var type: LitmusInteger

  func applied(to old: Int, _ operand: Int) -> Int {
    type.converted(operation.apply(old, operand))
  }
}
