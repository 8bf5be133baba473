// The system's clock that only goes forward and that nobody disciplines.

import Glibc

/// Nanoseconds of `CLOCK_MONOTONIC_RAW`. About 20 ns a reading.
public enum MonotonicTime {
  /// Nanoseconds since an arbitrary moment that is the same for all processes of the machine.
  public static func nanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC_RAW, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
  }
}
