// The words through which the two sides of a pair agree on a slice.
//
//     offset   0  go       stored by the consumer: the number of the slice that may begin
//            128  end      stored by the producer: one more than the last message of the slice
//            256  stop     stored by either side or the parent: give up waiting
//
// Both sides spin here, each on a CPU of its own, so the clock starts when both are awake.

import HardwareMemory
import MemoryInterface

/// The control words of one pair, in shared memory of their own.
struct SliceControl {
  private let goWord: HardwareWord
  private let endWord: HardwareWord
  private let stopWord: HardwareWord

  /// Bytes that the words take.
  static let byteCount = 384

  private static let edge = SyncEdge(900)
  private static let stillRunning = UInt64.max

  init(_ memory: HardwareMemory, at offset: Int = 0) {
    goWord = memory.word(at: offset)
    endWord = memory.word(at: offset + 128)
    stopWord = memory.word(at: offset + 256)
  }

  /// Consumer: the slice may begin. The clock of the slice starts before this.
  func go(slice: UInt64) {
    goWord.storeRelease(slice, SliceControl.edge)
  }

  /// Producer: waits for `go`; `false` if the pair was stopped meanwhile.
  func waitForGo(slice: UInt64) -> Bool {
    while goWord.loadAcquire(SliceControl.edge) != slice {
      if isStopped { return false }
    }
    return true
  }

  /// Producer, before it answers ready for the next slice: the end is not known.
  func clearEnd() { endWord.storeRelease(SliceControl.stillRunning, SliceControl.edge) }

  /// Producer: no message from `sequence` on belongs to this slice.
  func end(at sequence: UInt64) { endWord.storeRelease(sequence, SliceControl.edge) }

  /// Consumer: the end of the slice once it is known.
  var knownEnd: UInt64? {
    let value = endWord.loadAcquire(SliceControl.edge)
    return value == SliceControl.stillRunning ? nil : value
  }

  /// Any side: the pair gives up.
  func stop() { stopWord.storeRelease(1, SliceControl.edge) }

  /// Relaxed would do as well: it carries no data.
  var isStopped: Bool { stopWord.loadAcquire(SliceControl.edge) != 0 }
}
