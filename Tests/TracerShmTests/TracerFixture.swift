// What the tests of agent and controller share: a small region of every kind, and an output that
// keeps what a drain hands out.

import Glibc
import HardwareMemory
import Testing
import TracerCore

@testable import TracerShm

/// The kinds of region, as test arguments.
enum RegionKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case anonymous, memfd, shm, file
  var testDescription: String { rawValue }
}

/// A tracer region of its own for one test, destroyed with everything it left.
struct TracerFixture: ~Copyable {
  let folder: ScratchFolder
  let region: TracerRegion
  let backing: RegionBacking

  init(
    _ kind: RegionKind, waking: WakePolicy = .eventfd, threadSlots: Int = 2,
    ringByteCount: Int = 128, indexRings: Int = 3, sync: RegionSyncPolicy = .none
  ) throws {
    let folder = try ScratchFolder()
    let backing: RegionBacking
    switch kind {
    case .anonymous: backing = .anonymous
    case .memfd: backing = .memfd
    case .shm: backing = .shm(name: uniqueSharedName())
    case .file: backing = .file(path: folder.file("region"))
    }
    var options = TracerOptions(
      geometry: try LanesGeometry(
        threadSlots: threadSlots,
        index: .index(ringCount: indexRings, ringByteCount: ringByteCount),
        detail: .detail(ringCount: 4, ringByteCount: ringByteCount, postRecords: 3)),
      waking: waking)
    options.region.syncPolicy = sync
    let region = try TracerRegion.create(backing, options: options)
    self.folder = folder
    self.backing = backing
    self.region = region
  }

  /// The region as another process finds it; `nil` for kinds without a name.
  func reopened() throws(TracerError) -> TracerRegion? {
    switch backing {
    case .anonymous, .memfd: nil
    case .shm, .file: try TracerRegion.open(backing)
    }
  }

  deinit {
    // Whatever the test did: neither name nor semaphore stays.
    WakeSemaphore.unlink(for: region.region)
    try? region.region.destroy()
  }
}

/// Keeps frames, and the first word of every record behind its counter value.
struct KeptFrames: LaneOutput {
  typealias Memory = HardwareMemory
  var frames: [LaneFrame] = []
  var values: [LaneIdentifier: [UInt64]] = [:]
  var sequences: [LaneIdentifier: [UInt64]] = [:]
  var corruptions = 0

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(Never) {
    frames.append(frame)
    var found: [UInt64] = []
    var numbers: [UInt64] = []
    do throws(LaneCorruption) {
      try records.forEach { memory, record, sequence in
        let skipped = record.isTimestamped ? 8 : 0
        // A record of a hostile lane may be empty, at the very end of the memory.
        let isWhole = record.byteCount >= skipped + 8
        found.append(isWhole ? memory.loadPayload(at: record.payloadOffset + skipped) : .max)
        numbers.append(sequence)
      }
    } catch { corruptions += 1 }
    values[frame.lane, default: []] += found
    sequences[frame.lane, default: []] += numbers
  }

  /// The last account of every lane: what a successor resumes from.
  var accounts: [LaneIdentifier: LaneAccount] {
    frames.reduce(into: [:]) { $0[$1.lane] = $1.account }
  }
}

extension Controller {
  /// Drains until nothing is left to do.
  mutating func drainAll(into output: inout KeptFrames) throws {
    while try !drain(into: &output).isIdle {}
  }
}

/// The error of an operation that has to fail.
func tracerFailure<Result: ~Copyable>(
  _ operation: () throws(TracerError) -> Result
) -> TracerError? {
  do throws(TracerError) {
    _ = try operation()
    return nil
  } catch { return error }
}

let firstIndex = LaneIdentifier(slot: 0, kind: .index)
let firstDetail = LaneIdentifier(slot: 0, kind: .detail)
