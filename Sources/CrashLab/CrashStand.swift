// Where kills are tried: a region's lanes, the ledger beside them, and how both are begun afresh.

import Glibc
public import HardwareMemory
import MemoryInterface
import TracerCore

/// A region with small lanes, and a ledger. Belongs to the parent's thread; victims inherit both.
public final class CrashStand {
  /// Bytes that the lanes of a stand take: what the region's payload has to hold.
  public static let byteCount = geometry.byteCount
  /// One slot; rings that a handful of records fill.
  static let geometry: LanesGeometry = {
    do throws(LaneLayoutError) {
      return try LanesGeometry(
        threadSlots: 1, index: .index(ringCount: 3, ringByteCount: 128),
        detail: .detail(ringCount: 4, ringByteCount: 128, historyRings: 2, postRecords: 3))
    } catch { preconditionFailure("the lanes of a stand are valid: \(error)") }
  }()

  /// Records that a script, its recovery and the next owner write at most, with room to spare.
  static let ledgerSize = CrashLedger.Size(lanes: 2, acceptedRecords: 256, logWords: 4096)

  let memory: HardwareMemory
  let geometry: LanesGeometry
  let ledger: CrashLedger
  /// The lanes as formatted.
  private let pristine: Mapping
  /// The mapping behind `memory`, where it is the stand's own.
  private let own: Mapping?

  /// Makes a stand on `memory`, zeroed, of at least `byteCount` bytes, which outlives it.
  public convenience init(on memory: HardwareMemory) throws(SystemError) {
    try self.init(on: memory, geometry: CrashStand.geometry, ledgerSize: CrashStand.ledgerSize)
  }

  /// Makes a stand in memory of its own, which nobody else reaches.
  convenience init() throws(SystemError) {
    let mapping = try CrashStand.map(CrashStand.byteCount)
    let memory = mapping.memory
    try self.init(
      on: memory, geometry: CrashStand.geometry, ledgerSize: CrashStand.ledgerSize,
      keeping: mapping)
  }

  init(
    on memory: HardwareMemory, geometry: LanesGeometry, ledgerSize: CrashLedger.Size,
    keeping own: consuming Mapping? = nil
  ) throws(SystemError) {
    self.own = own
    self.memory = memory
    self.geometry = geometry
    ledger = try CrashLedger(ledgerSize)
    pristine = try CrashStand.map(geometry.byteCount)
    _ = Lanes(formatting: pristine.memory, geometry: geometry)
  }

  /// Anonymous memory in whole pages.
  private static func map(_ byteCount: Int) throws(SystemError) -> Mapping {
    try Mapping(descriptor: nil, byteCount: (byteCount + 4095) / 4096 * 4096)
  }

  /// Begins afresh: no thread has ever traced. No victim may be alive.
  func reset() {
    memory.copy(from: pristine.memory, byteCount: geometry.byteCount)
    ledger.reset()
  }

  /// What actors of the parent work on.
  var world: CrashWorld<HardwareMemory> { world(memory) }

  /// The same lanes through another memory.
  func world<Memory: AddressableMemory>(_ memory: Memory) -> CrashWorld<Memory> {
    do throws(LaneLayoutError) {
      return CrashWorld(
        lanes: try Lanes(attaching: memory, available: geometry.byteCount), ledger: ledger)
    } catch { preconditionFailure("nothing overwrites the control block: \(error)") }
  }
}

extension HardwareMemory {
  /// Copies the first bytes of another memory. Nobody writes either meanwhile.
  func copy(from other: HardwareMemory, byteCount: Int) {
    other.withPayload(at: 0, byteCount: byteCount) { bytes in
      bytes.withUnsafeBytes { copyPayload(from: $0, to: 0) }
    }
  }

  /// Whether the first bytes of another memory equal this one's. Nobody writes either meanwhile.
  func holdsTheSame(as other: HardwareMemory, byteCount: Int) -> Bool {
    withPayload(at: 0, byteCount: byteCount) { mine in
      other.withPayload(at: 0, byteCount: byteCount) { theirs in
        mine.withUnsafeBytes { mine in
          theirs.withUnsafeBytes { memcmp(mine.baseAddress!, $0.baseAddress!, byteCount) == 0 }
        }
      }
    }
  }
}
