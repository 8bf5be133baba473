// The output of a lane torture, as far as it is kept: for each lane the account after the last
// frame. It outlives the controllers that write it, as a file would.
//
// Two copies and a word that says which one counts: a frame is in the output from the store of that
// word on, whole, and not before. A controller that is killed in between leaves the copy before.

import HardwareMemory
import MemoryInterface
import TracerCore

/// What the output holds of a lane.
struct LaneStockEntry: BitwiseCopyable {
  var nextSequence: UInt64 = 0
  var drained: UInt64 = 0
  var losses = SIMD4<UInt64>()
  var overwritten: UInt64 = 0
  var inFlight: UInt64 = 0
  /// Of the last frame that came from a ring.
  var generation: UInt64 = 0
  var epoch: UInt64 = 0
  /// The number of the last record, plus one.
  var lastRecord: UInt64 = 0

  /// What a successor resumes from.
  var account: LaneAccount {
    var account = LaneAccount()
    account.nextSequence = nextSequence
    account.drained = drained
    account.losses = LossCounts(losses)
    account.overwritten = overwritten
    account.inFlight = inFlight
    return account
  }

  mutating func set(_ account: LaneAccount) {
    nextSequence = account.nextSequence
    drained = account.drained
    losses = account.losses.counts
    overwritten = account.overwritten
    inFlight = account.inFlight
  }
}

struct LaneStock {
  private let memory: HardwareMemory
  private let offset: Int

  static let byteCount = 512
  private static let copyOffset = 128
  private static let copyStride = 128
  private static let edge = SyncEdge(909)

  init(_ memory: HardwareMemory, at offset: Int) {
    self.memory = memory
    self.offset = offset
  }

  /// What counts. The controller calls it, its successor, and the bench once they have ended.
  var entry: LaneStockEntry {
    // Pairs with `replace`.
    let number = memory.word(at: offset).loadAcquire(LaneStock.edge)
    return memory.withPayload(at: copy(number), byteCount: MemoryLayout<LaneStockEntry>.size) {
      $0.unsafeLoad(as: LaneStockEntry.self)
    }
  }

  /// The output takes a frame.
  func replace(with entry: LaneStockEntry) {
    let number = memory.word(at: offset).loadRelaxed() &+ 1
    var entry = entry
    withUnsafeBytes(of: &entry) { memory.copyPayload(from: $0, to: copy(number)) }
    // Pairs with `entry`; and a kill before it leaves the other copy.
    memory.word(at: offset).storeRelease(number, LaneStock.edge)
  }

  private func copy(_ number: UInt64) -> Int {
    offset + LaneStock.copyOffset + Int(number & 1) * LaneStock.copyStride
  }
}
