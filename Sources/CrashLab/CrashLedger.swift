// What victims note beside the region, in memory that survives them: each attempt, each record
// whose write returned, and the output. The parent checks by it.
//
//   log length │ marker │ stop │ notes of lane 0 │ notes of lane 1 │ … │ accepted … │ log …
//
// Noted *after* an operation returned, with a release, so that a note never runs ahead of what it
// is about. One process writes each part: an agent its lanes' notes, a controller the log.

import HardwareMemory
import MemoryInterface
import TracerCore

/// The output had no room for a frame: the sweep was planned too small.
struct LedgerFull: Error {}

/// Shared memory for notes and output. Inherited by forked victims.
final class CrashLedger {
  /// How much is kept: lanes, accepted records of each, words of output.
  struct Size {
    var lanes: Int
    var acceptedRecords: Int
    var logWords: Int
  }

  private enum Field {
    static let logLength = 0
    static let marker = 8
    static let stop = 16
    static let notes = 64
    static let notesByteCount = 64
  }

  let size: Size
  private let mapping: Mapping
  private let memory: HardwareMemory
  private let acceptedOffset: Int
  private let logOffset: Int

  init(_ size: Size) throws(SystemError) {
    self.size = size
    acceptedOffset = Field.notes + Field.notesByteCount * size.lanes
    logOffset = acceptedOffset + 8 * size.lanes * size.acceptedRecords
    let byteCount = logOffset + 8 * size.logWords
    mapping = try Mapping(descriptor: nil, byteCount: (byteCount + 4095) / 4096 * 4096)
    memory = mapping.memory
  }

  /// Forgets everything. No victim may be alive.
  func reset() {
    for offset in stride(from: 0, to: acceptedOffset, by: 8) {
      memory.word(at: offset).storeRelaxed(0)
    }
  }

  /// Takes over what another ledger of the same size holds: the notes and the used parts of the
  /// lists. The other one's victims are stopped or dead.
  func copy(from other: CrashLedger) {
    func copyBytes(at offset: Int, _ byteCount: Int) {
      other.memory.withPayload(at: offset, byteCount: byteCount) { bytes in
        bytes.withUnsafeBytes { memory.copyPayload(from: $0, to: offset) }
      }
    }
    copyBytes(at: 0, acceptedOffset)
    for lane in 0..<size.lanes {
      let count = other.notes(lane).acceptedCount
      copyBytes(at: acceptedOffset + 8 * lane * size.acceptedRecords, 8 * count)
    }
    copyBytes(at: logOffset, 8 * logLength)
  }

  /// Whether lengths and counts equal those of another ledger: lists only grow by them.
  func holdsTheSameNotes(as other: CrashLedger) -> Bool {
    memory.holdsTheSame(as: other.memory, byteCount: acceptedOffset)
  }

  /// The notes about one lane, by its number in the region.
  func notes(_ lane: Int) -> LaneNotes {
    LaneNotes(
      memory: memory, offset: Field.notes + Field.notesByteCount * lane,
      list: acceptedOffset + 8 * lane * size.acceptedRecords, capacity: size.acceptedRecords)
  }

  /// Where a single-stepped victim stands: 0 before its path, 1 within, 2 behind. Relaxed: the
  /// parent looks while the victim is stopped.
  var marker: UInt64 {
    get { memory.word(at: Field.marker).loadRelaxed() }
    set { memory.word(at: Field.marker).storeRelease(newValue, .crashNote) }
  }

  /// Whether victims that run freely are asked to come to an end. Relaxed: no data behind it.
  var isStopping: Bool {
    get { memory.word(at: Field.stop).loadRelaxed() != 0 }
    set { memory.word(at: Field.stop).storeRelaxed(newValue ? 1 : 0) }
  }

  /// Words of complete frames in the log. Pairs with the store: frames are whole.
  var logLength: Int {
    get { Int(memory.word(at: Field.logLength).loadAcquire(.crashFrame)) }
    set { memory.word(at: Field.logLength).storeRelease(UInt64(newValue), .crashFrame) }
  }

  /// A word of the log.
  subscript(log position: Int) -> UInt64 {
    get { memory.loadPayload(at: logOffset + 8 * position) }
    set { memory.storePayload(newValue, at: logOffset + 8 * position) }
  }
}

/// What an agent notes about one of its lanes. One thread at a time writes them.
struct LaneNotes {
  fileprivate let memory: HardwareMemory
  fileprivate let offset: Int
  fileprivate let list: Int
  fileprivate let capacity: Int

  private func word(_ index: Int) -> HardwareWord { memory.word(at: offset + 8 * index) }
  private func add(_ index: Int, _ amount: UInt64 = 1) {
    let word = word(index)
    // Pairs with the parent's look after the victim's death or stop.
    word.storeRelease(word.loadRelaxed() &+ amount, .crashNote)
  }

  // Relaxed loads: whoever reads has seen the victim stopped or dead.
  /// Attempts begun, and those that returned.
  var begun: UInt64 { word(0).loadRelaxed() }
  /// Attempts that returned.
  var returned: UInt64 { word(1).loadRelaxed() }
  /// Attempts that returned as lost.
  var lost: UInt64 { word(2).loadRelaxed() }
  /// Records whose write returned.
  var acceptedCount: Int { Int(word(3).loadRelaxed()) }
  /// What is kept for the rest of a round, and for the next owner of the slot after each death.
  private static let reservedRecords = 1024
  /// Whether a free-running victim has to stop: no room for more rounds.
  var isFull: Bool { acceptedCount + LaneNotes.reservedRecords >= capacity }

  /// The sequence number of an accepted record.
  func accepted(_ index: Int) -> UInt64 { memory.loadPayload(at: list + 8 * index) }

  func begin() { add(0) }
  func cancel() { add(0, .max) }
  private func accept(_ sequence: UInt64) {
    let count = acceptedCount
    precondition(count < capacity, "a victim stops before its notes are full")
    memory.storePayload(sequence, at: list + 8 * count)
    add(3)
    add(1)
  }
  private func lose() {
    add(2)
    add(1)
  }

  /// Notes how an attempt ended.
  func note(_ outcome: LaneWriteOutcome?, _ sequence: UInt64) {
    switch outcome {
    case .written: accept(sequence)
    case .lost: lose()
    case nil: break
    }
  }

  /// After a death: what was under way is over, and is part of neither count any more.
  func settle(attempts: UInt64, lost: UInt64) {
    word(0).storeRelaxed(attempts)
    word(1).storeRelaxed(attempts)
    word(2).storeRelaxed(lost)
  }
}
