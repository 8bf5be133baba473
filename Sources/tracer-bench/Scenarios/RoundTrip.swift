// Closed-loop round trips: one message there, one back, the next only then.
//
// The raw form moves one word each way on lines of their own and is the limit; the ring forms send
// a message through one ring and its answer through another. All are timed over a small batch, so
// that the counter's step (10 ns on some machines) does not decide, and what is recorded is the
// mean of each batch. The answering side checks what it gets, the asking side what comes back.

import CPlatform
import HardwareMemory
import MemoryInterface
import TracerCore

/// One word each way.
struct RawRoundTrip {
  private let requestWord: HardwareWord
  private let answerWord: HardwareWord
  private static let edge = SyncEdge(902)

  /// Bytes of shared memory: each word on lines of its own.
  static let byteCount = 256

  init(_ memory: HardwareMemory) {
    requestWord = memory.word(at: 0)
    answerWord = memory.word(at: 128)
  }

  /// Asks `count` times, from `sequence` on; `false` if the pair was stopped.
  @inline(__always)
  func ask(from sequence: UInt64, count: Int, control: SliceControl) -> Bool {
    for step in 0..<count {
      let value = sequence &+ UInt64(truncatingIfNeeded: step)
      requestWord.storeRelease(value, RawRoundTrip.edge)
      while answerWord.loadAcquire(RawRoundTrip.edge) != value {
        if control.isStopped { return false }
      }
    }
    return true
  }

  /// Answers everything from `sequence` on until the asking side's end of the slice.
  func answer(from sequence: UInt64, control: SliceControl) -> UInt64 {
    var next = sequence
    while true {
      // A look at `end` only every so often: it would lengthen the path that is measured.
      for _ in 0..<1024 {
        if requestWord.loadAcquire(RawRoundTrip.edge) == next {
          answerWord.storeRelease(next, RawRoundTrip.edge)
          next &+= 1
        }
      }
      if control.isEnd(next) || control.isStopped { return next }
    }
  }
}
