// Wrong data, as it travels from a worker to the bench.

import Harness
import TracerCore

/// What the failure code of a slice report says.
enum SliceFailure {
  /// A message arrived with other contents than it was sent with.
  static let badMessage: UInt64 = 3
  /// A position or length in the ring is none that an honest peer stores.
  static let corruption: UInt64 = 4
}

extension SliceReport {
  /// A report of the first bad message.
  init(_ bad: BadMessage) {
    self.init()
    failureCode = SliceFailure.badMessage
    failureDetails[0] = bad.sequence
    failureDetails[1] = UInt64(bitPattern: Int64(bad.wordIndex))
    failureDetails[2] = bad.expected
    failureDetails[3] = bad.found
  }

  /// A report of a broken protocol.
  init(_ corruption: RingCorruption) {
    self.init()
    failureCode = SliceFailure.corruption
    switch corruption {
    case .position(let found, let own):
      failureDetails[0] = 0
      failureDetails[2] = own
      failureDetails[3] = found
    case .recordLength(let length, let position):
      failureDetails[0] = 1
      failureDetails[2] = position
      failureDetails[3] = length
    }
  }

  /// The failure in words; `nil` where the slice went well.
  var wrongData: String? {
    switch failureCode {
    case SliceFailure.badMessage:
      BadMessage(
        sequence: failureDetails[0], wordIndex: Int(Int64(bitPattern: failureDetails[1])),
        expected: failureDetails[2], found: failureDetails[3]
      ).text
    case SliceFailure.corruption:
      failureDetails[0] == 0
        ? "the peer's position \(failureDetails[3]) cannot follow from \(failureDetails[2])"
        : "the record at position \(failureDetails[2]) claims \(failureDetails[3]) bytes"
    default: nil
    }
  }
}

extension BenchError {
  /// What a failed run of live groups means for the exit code.
  init(_ error: LiveRunError) {
    if case .failed(let variant, let role, _, let report) = error, let text = report.wrongData {
      self = .wrongData("WRONG DATA in \(variant), seen by the \(role): first bad record: \(text)")
    } else {
      self = .operation("\(error)")
    }
  }
}
