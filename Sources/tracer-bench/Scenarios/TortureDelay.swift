// Delays of a torture. None of them waits for anybody.

import CPlatform
import Glibc

enum TortureDelay {
  /// Mostly some cycles, sometimes the rest of the time slice or a real sleep.
  static func random(_ draw: UInt64) {
    switch draw % 16 {
    case 0: sched_yield()
    // Up to 0.1 ms, to which the kernel adds half as much.
    case 1: sleep(nanoseconds: Int((draw >> 8) % 100_000))
    default: spin((draw >> 8) % 256)
    }
  }

  /// Passes a few nanoseconds a turn without giving the processor away.
  static func spin(_ turns: UInt64) { for _ in 0..<turns { platform_pause() } }

  static func sleep(nanoseconds: Int) {
    var request = timespec(tv_sec: 0, tv_nsec: nanoseconds)
    nanosleep(&request, nil)
  }

  /// One turn of a wait for the other side: spins first, since it may run beside us, then yields,
  /// since there may be more processes than CPUs.
  static func wait(turn: inout UInt64) {
    turn &+= 1
    // About a microsecond on the processors of today.
    if turn < 32 { platform_pause() } else { sched_yield() }
  }
}
