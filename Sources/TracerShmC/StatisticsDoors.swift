// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The counters of a region in the C API. See the header for the contract.

import CTracerShm
import TracerCore
import TracerShm

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_statistics(
  _ shm: OpaquePointer?, _ statistics: UnsafeMutablePointer<TracerShmStatistics>?
) -> TracerShmStatus {
  guard let lanes = HandlePlace.find(shm, magic: LanesState.magic, LanesState.self) else {
    return lanesRefusal(shm)
  }
  guard let statistics else { return TRACER_SHM_NULL_ARGUMENT }
  if let refusal = sizeRefusal(statistics) { return refusal }
  let region = lanes.pointee.region.lanes
  var sum = TracerShmStatistics()
  sum.size = statistics.pointee.size
  sum.thread_slots = UInt32(region.slots.count)
  sum.lost_unattached = region.slots.slotlessAttempts
  for slot in 0..<region.slots.count {
    if region.slots.state(of: slot).phase == .claimed { sum.threads_attached += 1 }
    for kind in LaneKind.allCases { sum.add(region.lane(slot, kind).metrics()) }
  }
  if lanes.pointee.region.isCutShort { return TRACER_SHM_CORRUPT }
  statistics.pointee = sum
  return TRACER_SHM_OK
}

extension TracerShmStatistics {
  /// Wrapping: the counters come from a peer that may store anything.
  mutating func add(_ lane: LaneMetrics) {
    if lane.isQuarantined { lanes_quarantined += 1 }
    attempts &+= lane.attempts
    drained_records &+= lane.drainedRecords
    drained_bytes &+= lane.drainedBytes
    drained_rings &+= lane.drainedRings
    lost_no_spare &+= lane.losses[.noSpareRing]
    lost_no_spare_marked &+= lane.losses[.noSpareWhileMarked]
    lost_too_large &+= lane.losses[.tooLarge]
    lost_quarantined &+= lane.losses[.quarantined]
    lost_nested &+= lane.nestedLosses
    overwritten &+= lane.overwrittenRecords
    in_flight &+= lane.inFlightRecords
    marks &+= lane.marks
  }
}

/// Whether a structure to be filled is misaligned or of a size that the caller cannot mean. The
/// first version's structures are the smallest; more than this library fills is left alone.
func sizeRefusal<Structure: BitwiseCopyable>(
  _ pointer: UnsafeMutablePointer<Structure>?
) -> TracerShmStatus? {
  guard let pointer else { return nil }
  guard UInt(bitPattern: pointer) & 7 == 0 else { return TRACER_SHM_MISALIGNED }
  let given = Int(UnsafeRawPointer(pointer).load(as: UInt32.self))
  guard given >= MemoryLayout<Structure>.size, given <= 4096 else {
    return TRACER_SHM_INVALID_OPTIONS
  }
  return nil
}
