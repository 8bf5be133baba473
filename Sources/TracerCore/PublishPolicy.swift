// When a writer makes its records visible.

/// When a writer stores its write position, and with it makes its records visible.
///
/// A release store costs little by itself; what costs is the line that it takes from a polling
/// reader. `adaptive` pays that only when the reader has nothing else to do.
@frozen public enum PublishPolicy: Equatable, Sendable {
  /// After every record. Lowest latency; needed where a kill must not lose a returned write.
  case everyRecord
  /// At once if the reader has caught up, else when `count` slots (slot ring) or bytes (byte
  /// ring) are pending. Bounds a count, not a time: a writer that goes quiet calls `publish()`.
  case adaptive(count: UInt64)
  /// Only when the caller says `publish()`, also when the ring is full.
  case explicit

  /// Pending slots or bytes at which to publish in any case.
  @inlinable var pendingLimit: UInt64 {
    switch self {
    case .everyRecord: 1
    case .adaptive(let count): max(count, 1)
    case .explicit: .max
    }
  }

  /// Whether the reader's position decides as well.
  @inlinable var watchesReader: Bool {
    if case .adaptive = self { true } else { false }
  }
}
