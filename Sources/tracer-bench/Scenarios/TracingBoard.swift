// The words that the two sides of a tracing run and the bench share besides the region.
//
//       0  finish: stored by the bench     128  stop: stored by the controller

import HardwareMemory
import MemoryInterface

struct TracingBoard {
  private let finish: HardwareWord
  private let stopWord: HardwareWord

  static let byteCount = 256
  private static let edge = SyncEdge(906)

  init(_ memory: HardwareMemory) {
    finish = memory.word(at: 0)
    stopWord = memory.word(at: 128)
  }

  /// The bench: the traced thread has left. Pairs with `isFinishing`.
  func requestFinish() { finish.storeRelease(1, TracingBoard.edge) }

  /// The controller: what is found by a pass after this is all there is. Without the acquire that
  /// pass could miss the thread's last ring.
  var isFinishing: Bool { finish.loadAcquire(TracingBoard.edge) != 0 }

  /// The controller: enough was written. Relaxed, like the look at it: it carries no data.
  func stop() { stopWord.storeRelaxed(1) }
  var isStopped: Bool { stopWord.loadRelaxed() != 0 }
}
