// The words that the sides of a wake torture and the bench share besides ring and flag.
//
//       0  finish, bench     128  announced, end: producer     256  consumed: consumer

import HardwareMemory
import MemoryInterface

struct WakeBoard {
  private let finish: HardwareWord
  private let announcedWord: HardwareWord
  private let endWord: HardwareWord
  private let consumedWord: HardwareWord

  static let byteCount = 384
  private static let edge = SyncEdge(905)

  init(_ memory: HardwareMemory) {
    finish = memory.word(at: 0)
    announcedWord = memory.word(at: 128)
    endWord = memory.word(at: 136)
    consumedWord = memory.word(at: 256)
  }

  /// The bench: end soon. Relaxed: it carries no data.
  func requestFinish() { finish.storeRelaxed(1) }
  var isFinishing: Bool { finish.loadRelaxed() != 0 }

  /// The producer: for so many records, `wakeIfSleeping` has returned. Pairs with `announced`.
  func setAnnounced(_ records: UInt64) { announcedWord.storeRelease(records, WakeBoard.edge) }
  var announced: UInt64 { announcedWord.loadAcquire(WakeBoard.edge) }

  /// The producer: so many records were written in all.
  func setEnd(_ records: UInt64) { endWord.storeRelease(records &+ 1, WakeBoard.edge) }
  var isOver: Bool { endWord.loadAcquire(WakeBoard.edge) != 0 }
  var end: UInt64? {
    let value = endWord.loadAcquire(WakeBoard.edge)
    return value == 0 ? nil : value &- 1
  }

  /// The consumer: so many records were read. Pairs with `consumed`.
  func setConsumed(_ records: UInt64) { consumedWord.storeRelease(records, WakeBoard.edge) }
  var consumed: UInt64 { consumedWord.loadAcquire(WakeBoard.edge) }
}
