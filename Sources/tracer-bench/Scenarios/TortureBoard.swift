// The words that the sides of a torture pair and the bench share besides the ring: the hand-over
// of rounds, and where each side stands, so that the bench can tell a stuck pair from a slow one.
//
//       0  finish            bench      128  round ready       producer   256  total + 1  producer
//     384  round done        consumer   512  producer's place             640  consumer's place

import HardwareMemory
import MemoryInterface
import TracerCore

struct TortureBoard {
  private let memory: HardwareMemory

  static let byteCount = 1024
  private static let finishOffset = 0
  private static let readyOffset = 128
  private static let totalOffset = 256
  private static let doneOffset = 384
  static let producerOffset = 512
  static let consumerOffset = 640
  private static let edge = SyncEdge(903)
  /// What stands for a round when no further one comes.
  private static let closed = UInt64.max

  init(_ memory: HardwareMemory) { self.memory = memory }

  /// The bench: begin no new round. Relaxed: it carries no data.
  func requestFinish() { memory.word(at: TortureBoard.finishOffset).storeRelaxed(1) }
  var isFinishing: Bool { memory.word(at: TortureBoard.finishOffset).loadRelaxed() != 0 }

  /// The producer: the ring of this round stands. Pairs with `hasRound`.
  func openRound(_ round: UInt64) {
    // Relaxed: the release below publishes it; the consumer finished the round before.
    memory.word(at: TortureBoard.totalOffset).storeRelaxed(0)
    memory.word(at: TortureBoard.readyOffset).storeRelease(round &+ 1, TortureBoard.edge)
  }

  /// The producer: no further round comes.
  func close() {
    memory.word(at: TortureBoard.readyOffset).storeRelease(TortureBoard.closed, TortureBoard.edge)
  }

  /// Whether the producer has ended. Relaxed: for the watch alone.
  var isClosed: Bool {
    memory.word(at: TortureBoard.readyOffset).loadRelaxed() == TortureBoard.closed
  }

  /// The consumer: whether this round is ready; `nil` after the last one.
  func hasRound(_ round: UInt64) -> Bool? {
    let ready = memory.word(at: TortureBoard.readyOffset).loadAcquire(TortureBoard.edge)
    return ready == TortureBoard.closed ? nil : ready > round
  }

  /// The producer: so many records were written in all rounds. Pairs with `total`.
  func setTotal(_ records: UInt64) {
    memory.word(at: TortureBoard.totalOffset).storeRelease(records &+ 1, TortureBoard.edge)
  }

  /// The consumer: where this round ends, once that is known.
  var total: UInt64? {
    let value = memory.word(at: TortureBoard.totalOffset).loadAcquire(TortureBoard.edge)
    return value == 0 ? nil : value &- 1
  }

  /// The consumer: everything of this round was read. Pairs with `isDone`.
  func finishRound(_ round: UInt64) {
    memory.word(at: TortureBoard.doneOffset).storeRelease(round &+ 1, TortureBoard.edge)
  }

  /// The producer: whether the ring may be formatted anew.
  func isDone(_ round: UInt64) -> Bool {
    memory.word(at: TortureBoard.doneOffset).loadAcquire(TortureBoard.edge) > round
  }

  var producer: TorturePlace { TorturePlace(memory, at: TortureBoard.producerOffset) }
  var consumer: TorturePlace { TorturePlace(memory, at: TortureBoard.consumerOffset) }
}

/// What a side does right now.
enum TortureActivity: UInt64 {
  case working
  case waitingForRoom
  case waitingForRecords
  case waitingForRound
  case asleep

  var text: String {
    switch self {
    case .working: "works"
    case .waitingForRoom: "waits for room"
    case .waitingForRecords: "waits for records"
    case .waitingForRound: "waits for the other side to end the round"
    case .asleep: "sleeps"
    }
  }
}

/// Where one side stands. Stored by that side, looked at by the bench: relaxed throughout, since
/// nothing depends on it but a message.
struct TorturePlace {
  private let activityWord: HardwareWord
  private let recordWord: HardwareWord
  private let positionWord: HardwareWord
  private let roundWord: HardwareWord

  init(_ memory: HardwareMemory, at offset: Int) {
    activityWord = memory.word(at: offset)
    recordWord = memory.word(at: offset + 8)
    positionWord = memory.word(at: offset + 16)
    roundWord = memory.word(at: offset + 24)
  }

  func set(_ activity: TortureActivity, record: UInt64, position: UInt64) {
    recordWord.storeRelaxed(record)
    positionWord.storeRelaxed(position)
    activityWord.storeRelaxed(activity.rawValue)
  }

  func set(_ activity: TortureActivity) { activityWord.storeRelaxed(activity.rawValue) }
  func set(round: UInt64) { roundWord.storeRelaxed(round) }

  var round: UInt64 { roundWord.loadRelaxed() }
  var record: UInt64 { recordWord.loadRelaxed() }

  /// `waits for room at position 64 (record 17)`.
  var text: String {
    let activity = TortureActivity(rawValue: activityWord.loadRelaxed()) ?? .working
    return "\(activity.text) at position \(positionWord.loadRelaxed()) (record \(record))"
  }
}
