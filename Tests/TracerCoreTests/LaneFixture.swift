// Lanes in ordinary mapped memory, agent and controller in one thread: the small worlds of the
// unit tests. Every record carries its own sequence number, so that a reader can check its place.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

/// Counts what a writer asks of its process.
final class CountingHost<Memory: SharedMemory>: LaneHost {
  var wakeUps = 0
  var seals = 0
  func wakeController() { wakeUps += 1 }
  func sealChecksum(of ring: SealedRing<Memory>) -> UInt64 {
    seals += 1
    return ring.identity.3 &* 31 &+ UInt64(ring.byteCount)
  }
}

/// Why a test's output refuses.
struct OutputRefusal: Error, Equatable {}

/// Keeps what a drain hands out, and checks every record's number against its contents.
struct CollectingOutput<Memory: SharedMemory>: LaneOutput {
  var frames: [LaneFrame] = []
  var sequences: [UInt64] = []
  var types: [UInt16] = []
  var mismatches = 0
  /// Refuses the next so many frames.
  var refusals = 0

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<Memory>
  ) throws(OutputRefusal) {
    if refusals > 0 {
      refusals -= 1
      throw OutputRefusal()
    }
    var found: [UInt64] = []
    var wrong = 0
    var kinds: [UInt16] = []
    do throws(LaneCorruption) {
      try records.forEach { memory, record, sequence in
        if memory.loadPayload(at: record.payloadOffset) != sequence { wrong += 1 }
        found.append(sequence)
        kinds.append(record.type)
      }
    } catch { wrong += 1 }
    if UInt64(found.count) != frame.recordCount { wrong += 1 }
    mismatches += wrong
    frames.append(frame)
    sequences += found
    types += kinds
  }

  /// No record twice, none out of order, each with the contents of its number.
  var isInOrder: Bool {
    mismatches == 0 && zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 }
  }
}

/// A geometry small enough to fill by hand: records of 16 bytes, eight to a ring.
func smallLanes(
  threadSlots: Int = 1, indexRings: Int = 3, detailRings: Int = 4, historyRings: Int = 2,
  postRecords: Int = 3
) throws -> LanesGeometry {
  try LanesGeometry(
    threadSlots: threadSlots, index: .index(ringCount: indexRings, ringByteCount: 128),
    detail: .detail(
      ringCount: detailRings, ringByteCount: 128, historyRings: historyRings,
      postRecords: postRecords))
}

/// Lanes in a mapping of their own.
struct LaneFixture: ~Copyable {
  let mapping: Mapping
  let lanes: Lanes<HardwareMemory>
  let host = CountingHost<HardwareMemory>()

  init(_ geometry: LanesGeometry? = nil) throws {
    let geometry = try geometry ?? smallLanes()
    mapping = try Mapping(descriptor: nil, byteCount: (geometry.byteCount + 4095) / 4096 * 4096)
    lanes = Lanes(formatting: mapping.memory, geometry: geometry)
  }

  func lane(_ kind: LaneKind) -> Lane<HardwareMemory> { lanes.lane(0, kind) }

  func writer(
    _ kind: LaneKind, epoch: UInt64 = 0
  ) -> LaneWriter<HardwareMemory, CountingHost<HardwareMemory>> {
    lane(kind).makeWriter(slotEpoch: epoch, host: host)
  }
}

extension LaneWriter {
  /// Writes a record whose payload is its own sequence number, then as many zeros as asked for.
  mutating func writeNumbered(byteCount: Int = 8) -> LaneWriteOutcome {
    let number = sequence
    return write(type: UInt16(truncatingIfNeeded: number), byteCount: byteCount) { memory, offset in
      memory.storePayload(number, at: offset)
      for word in 1..<max(1, byteCount / 8) { memory.storePayload(0, at: offset + 8 * word) }
    }
  }

  /// Writes numbered records until one is lost, at most `limit`; returns how many were written.
  mutating func fill(limit: Int = 1000) -> Int {
    for count in 0..<limit where writeNumbered() != .written { return count }
    return limit
  }
}

extension LaneReader {
  /// Drains all that is submitted.
  mutating func drainAll(
    into output: inout CollectingOutput<Memory>
  ) throws(LaneDrainError<OutputRefusal>) {
    while try drainNext(into: &output) {}
  }
}

/// Asserts that every attempt is accounted for, and that the output holds what the account says.
func expectIdentity<Memory>(
  _ account: LaneAccount, attempts: UInt64, _ output: CollectingOutput<Memory>,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expect(
    LaneInvariant.everyAttemptAccountedFor(account) && account.nextSequence == attempts
      && account.drained == UInt64(output.sequences.count),
    "\(account), \(attempts) attempts, \(output.sequences.count) in the output",
    sourceLocation: sourceLocation)
  expect(output.isInOrder, "\(output.sequences)", sourceLocation: sourceLocation)
}
