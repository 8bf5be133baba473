// The streaming limit: what the machine moves between these two CPUs if nothing is done per
// message. A buffer of the ring's size is handed over by quarters, written with 64-bit stores and
// summed by the reader. Throughput is stated as a share of this, measured in the same run.
//
//     offset   0  written   quarters that the producer has filled
//            128  read      quarters that the consumer has summed
//            384  data
//
// 384 as in a ring's header: both stand alike to pages and lines.

import CPlatform
import HardwareMemory
import MemoryInterface

struct StreamingLimit {
  private let memory: HardwareMemory
  private let writtenWord: HardwareWord
  private let readWord: HardwareWord
  private let quarterByteCount: Int

  private static let dataOffset = 384
  private static let edge = SyncEdge(901)

  /// Bytes of shared memory for a buffer of `byteCount` bytes.
  static func byteCount(buffer byteCount: Int) -> Int { dataOffset + byteCount }

  /// Lays the buffer over memory; `byteCount` is a multiple of 32.
  init(_ memory: HardwareMemory, byteCount: Int) {
    self.memory = memory
    writtenWord = memory.word(at: 0)
    readWord = memory.word(at: 128)
    quarterByteCount = byteCount / 4
  }

  /// Bytes handed over at a time.
  var portionByteCount: Int { quarterByteCount }

  @inline(__always) private func offset(of quarter: UInt64) -> Int {
    StreamingLimit.dataOffset &+ Int(truncatingIfNeeded: quarter & 3) &* quarterByteCount
  }

  /// Fills quarters from number `first` on until the deadline; returns the next number.
  func produce(from first: UInt64, deadline: UInt64, control: SliceControl) -> UInt64 {
    var quarter = first
    while platform_counter() < deadline {
      // Pairs with the release in `consume`: the quarter was read before it is overwritten.
      while quarter &- readWord.loadAcquire(StreamingLimit.edge) >= 4 {
        if control.isStopped { return quarter }
      }
      let start = offset(of: quarter)
      var offset = start
      let end = start &+ quarterByteCount
      var value = quarter
      while offset < end {
        memory.storePayload(value, at: offset)
        value &+= 1
        offset &+= 8
      }
      quarter &+= 1
      // Pairs with the acquire in `consume`.
      writtenWord.storeRelease(quarter, StreamingLimit.edge)
    }
    control.end(at: quarter)
    return quarter
  }

  /// Sums quarters from number `first` on until the producer's end of the slice; returns the next
  /// number, or the first quarter with a wrong sum.
  func consume(
    quarter first: inout UInt64, control: SliceControl
  ) -> BadMessage? {
    var quarter = first
    let wordCount = UInt64(quarterByteCount / 8)
    // The sum of 0, 1, 2 … of one quarter, wrapping as the sum itself does.
    let ramp =
      wordCount.isMultiple(of: 2)
      ? (wordCount / 2) &* (wordCount &- 1) : wordCount &* ((wordCount &- 1) / 2)
    while true {
      // Pairs with the release in `produce`.
      guard writtenWord.loadAcquire(StreamingLimit.edge) != quarter else {
        if control.isEnd(quarter) || control.isStopped { break }
        continue
      }
      let sum = sumOfQuarter(at: offset(of: quarter))
      let expected = ramp &+ quarter &* wordCount
      guard sum == expected else {
        return BadMessage(sequence: quarter, wordIndex: 0, expected: expected, found: sum)
      }
      quarter &+= 1
      readWord.storeRelease(quarter, StreamingLimit.edge)
    }
    first = quarter
    return nil
  }

  @inline(__always) private func sumOfQuarter(at start: Int) -> UInt64 {
    var sum: UInt64 = 0
    var offset = start
    let end = start &+ quarterByteCount
    while offset < end {
      sum &+= memory.loadPayload(at: offset)
      offset &+= 8
    }
    return sum
  }
}
