// Where modelled controllers write: outputs that check every record, in the process and beyond it.

import MemoryInterface
import ModelChecker
import TracerCore

/// What came out so far, and whether it could have.
struct RecordCheck {
  /// Bit n: record n came out.
  var seen: UInt64 = 0
  /// The first sequence number that has not come out.
  var next: UInt64 = 0

  /// Takes a frame in; `false` if a record is torn, misplaced, out of order or a repetition.
  mutating func take<Memory: SharedMemory>(
    _ frame: LaneFrame, _ records: LaneRecords<Memory>
  ) -> Bool {
    var found: UInt64 = 0
    var next = next
    var isSound = true
    var count: UInt64 = 0
    do throws(LaneCorruption) {
      try records.forEach { memory, record, sequence in
        let isRight =
          sequence >= next && sequence < 64
          && memory.loadPayload(at: record.payloadOffset) == sequence &+ 1
          && record.type == UInt16(truncatingIfNeeded: sequence)
        if isRight { found |= 1 << sequence } else { isSound = false }
        next = sequence &+ 1
        count += 1
      }
    } catch { isSound = false }
    let isNew = found & seen == 0
    self.next = next
    seen |= found
    return isSound && isNew && count == frame.recordCount
      && LaneInvariant.everyAttemptAccountedFor(frame.account)
  }
}

/// The output of a controller that lives: it knows what came out.
struct ModelLaneOutput: LaneOutput {
  let context: Unmanaged<ModelContext>
  var check = RecordCheck()

  init(_ context: ModelContext) { self.context = Unmanaged.passUnretained(context) }

  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<ModelMemory>) throws(Never) {
    let isSound = check.take(frame, records)
    context._withUnsafeGuaranteedRef {
      $0.require(isSound, "a frame holds a record that is torn, misplaced or a repetition")
    }
  }
}

/// The output of a controller that may be killed: a file, which outlives it.
///
/// A frame is written by one system call. So all stores before it are executed, it is executed
/// before all that follow, and a frame is there or not. One word of the model holds what matters.
struct ModelLaneFile: LaneOutput {
  let context: Unmanaged<ModelContext>
  var contents: Contents

  /// What a successor reads from the file.
  struct Contents {
    var check = RecordCheck()
    /// That of the last frame.
    var account = LaneAccount()

    init() {}

    /// Fields and their widths in bits, from the lowest.
    private static let widths = [12, 5, 5, 5, 5, 5, 5, 5, 5, 4]

    /// Twelve attempts are the most that fit.
    init(packed: UInt64) {
      var rest = packed
      var fields = SIMD16<UInt64>()
      for (index, width) in Contents.widths.enumerated() {
        fields[index] = rest & (1 << UInt64(width) - 1)
        rest >>= UInt64(width)
      }
      check.seen = fields[0]
      check.next = fields[1]
      account.nextSequence = fields[2]
      account.drained = fields[3]
      for cause in 0..<4 { account.losses.counts[cause] = fields[4 + cause] }
      account.overwritten = fields[8]
      account.inFlight = fields[9]
    }

    var packed: UInt64 {
      var fields = SIMD16<UInt64>()
      fields[0] = check.seen
      fields[1] = check.next
      fields[2] = account.nextSequence
      fields[3] = account.drained
      for cause in 0..<4 { fields[4 + cause] = account.losses.counts[cause] }
      fields[8] = account.overwritten
      fields[9] = account.inFlight
      var result: UInt64 = 0
      var shift: UInt64 = 0
      for (index, width) in Contents.widths.enumerated() {
        precondition(fields[index] < 1 << UInt64(width), "a world of at most twelve attempts")
        result |= fields[index] << shift
        shift += UInt64(width)
      }
      return result
    }
  }

  /// Opens the file as whoever takes over does.
  init(_ context: ModelContext) {
    self.context = Unmanaged.passUnretained(context)
    contents = Contents(packed: context.load(LaneWorld.Place.output, .relaxed))
  }

  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<ModelMemory>) throws(Never) {
    let isSound = contents.check.take(frame, records)
    contents.account = frame.account
    let packed = contents.packed
    context._withUnsafeGuaranteedRef {
      $0.require(isSound, "a frame holds a record that is torn, misplaced or a repetition")
      $0.exchange(LaneWorld.Place.output, packed, .acquireRelease)
    }
  }
}

/// The output at the end of an execution, off the model.
struct ImageLaneOutput: LaneOutput {
  var check: RecordCheck
  var isSound = true

  init(continuing check: RecordCheck) { self.check = check }

  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<ModelImage>) throws(Never) {
    if !check.take(frame, records) { isSound = false }
  }
}
