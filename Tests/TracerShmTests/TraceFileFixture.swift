// Lanes in memory of the test's own, drained into a trace file, and what the file gives back.

import Glibc
import HardwareMemory
import Testing
import TracerCore

@testable import TracerShm

/// Needs nothing from its process.
struct SilentHost: LaneHost {
  typealias Memory = HardwareMemory
  func wakeController() {}
}

/// Lanes of small rings: records of 16 bytes, eight to a ring.
struct TraceLanes: ~Copyable {
  let mapping: Mapping
  let lanes: Lanes<HardwareMemory>

  init(threadSlots: Int = 1, indexRings: Int = 3) throws {
    let geometry = try LanesGeometry(
      threadSlots: threadSlots, index: .index(ringCount: indexRings, ringByteCount: 128),
      detail: .detail(ringCount: 4, ringByteCount: 128, historyRings: 2, postRecords: 3))
    mapping = try Mapping(descriptor: nil, byteCount: (geometry.byteCount + 4095) / 4096 * 4096)
    lanes = Lanes(formatting: mapping.memory, geometry: geometry)
  }

  func writer(slot: Int = 0) -> LaneWriter<HardwareMemory, SilentHost> {
    lanes.lane(slot, .index).makeWriter(slotEpoch: 0, host: SilentHost())
  }
}

extension LaneWriter {
  /// Writes records whose payload is their own sequence number.
  mutating func writeNumbered(_ count: Int) {
    for _ in 0..<count {
      let number = sequence
      _ = write(type: 7, byteCount: 8) { memory, offset in
        memory.storePayload(number, at: offset)
      }
    }
  }
}

/// What a trace file holds, read to its end.
struct TraceContents: Equatable {
  var sequences: [UInt64] = []
  /// Records whose payload is not their number.
  var mismatches = 0
  var damage: [TraceDamage] = []
  var threads: [TraceThread] = []
  var symbols: [TraceSymbol] = []
  var clocks = 0
  var accounts: [LaneIdentifier: LaneAccount] = [:]

  init() {}

  init(_ path: String) throws {
    var reader = try TraceFileReader(path)
    try add(&reader)
  }

  mutating func add(_ reader: inout TraceFileReader) throws {
    while let block = try reader.next() {
      switch block {
      case .frame(let frame, let records):
        accounts[frame.lane] = frame.account
        try records.forEach { item, sequence, payload in
          guard case .record = item else { return }
          sequences.append(sequence)
          if payload.byteCount != 8
            || payload.unsafeLoadUnaligned(as: UInt64.self) != sequence
          {
            mismatches += 1
          }
        }
      case .damage(let found): damage.append(found)
      case .thread(let thread): threads.append(thread)
      case .symbols(let names): symbols += names
      case .clock: clocks += 1
      case .accounts(let found): accounts.merge(found) { _, newer in newer }
      case .other: break
      }
    }
  }
}

/// The size of a file.
func size(_ path: String) -> Int {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : -1
}

/// `#expect` for values that come from a mutating call on a non-copyable handle, which the macro
/// cannot take apart.
func expect(
  _ condition: Bool, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(condition, comment, sourceLocation: sourceLocation)
}
