// The words through which the two sides of a pair agree where a slice ends.
//
//     offset   0  end sequence   one more than the last message of the slice
//              8  end slice      stored by the producer after it: the slice this is the end of
//            128  stop           stored by a side that found bad data: give up waiting
//
// They stand on lines that nobody polls while messages flow: the consumer looks at the end only
// when the ring is empty.

import HardwareMemory
import Harness
import MemoryInterface

/// The control words of one pair in one slice.
struct SliceControl {
  private let endSequence: HardwareWord
  private let endSlice: HardwareWord
  private let stopWord: HardwareWord
  /// The slice's place in the run, from one: zeroed memory ends no slice.
  private let slice: UInt64

  private static let edge = SyncEdge(900)

  init(_ group: GroupContext, _ context: SliceContext) {
    endSequence = group.control.word(at: 0)
    endSlice = group.control.word(at: 8)
    stopWord = group.control.word(at: 128)
    slice = UInt64(context.order) + 1
  }

  /// Producer: no message from `sequence` on belongs to this slice.
  func end(at sequence: UInt64) {
    // Relaxed: the release below publishes it.
    endSequence.storeRelaxed(sequence)
    // Pairs with `isEnd`.
    endSlice.storeRelease(slice, SliceControl.edge)
  }

  /// Consumer: whether the slice ends before the message `sequence`.
  func isEnd(_ sequence: UInt64) -> Bool {
    // Pairs with `end`; without it the sequence of an earlier slice could be read.
    endSlice.loadAcquire(SliceControl.edge) == slice && endSequence.loadRelaxed() == sequence
  }

  /// Any side: the pair gives up.
  func stop() { stopWord.storeRelaxed(1) }

  /// Relaxed: it carries no data.
  var isStopped: Bool { stopWord.loadRelaxed() != 0 }
}
