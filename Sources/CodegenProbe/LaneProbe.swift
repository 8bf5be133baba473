// The fast paths of a lane over hardware; see SlotRingProbe.swift.

import CPlatform
public import HardwareMemory
public import TracerCore

/// A process without a controller to wake.
public struct ProbeHost: LaneHost {
  /// The memory of the lanes.
  public typealias Memory = HardwareMemory
  /// Nobody sleeps.
  public func wakeController() {}
}

/// A record of 16 bytes into an index or detail lane.
@inline(never) public func codegenLaneWrite(
  _ writer: inout LaneWriter<HardwareMemory, ProbeHost>, _ first: UInt64, _ second: UInt64
) -> LaneWriteOutcome {
  writer.write(type: 1, byteCount: 16) { memory, offset in
    memory.storePayload(first, at: offset)
    memory.storePayload(second, at: offset &+ 8)
  }
}

/// A record of 16 bytes behind a counter value.
@inline(never) public func codegenLaneWriteTimestamped(
  _ writer: inout LaneWriter<HardwareMemory, ProbeHost>, _ first: UInt64, _ second: UInt64
) -> LaneWriteOutcome {
  writer.write(type: 1, timestamp: platform_counter(), byteCount: 16) { memory, offset in
    memory.storePayload(first, at: offset)
    memory.storePayload(second, at: offset &+ 8)
  }
}

/// A record of run-time size, reserved in place.
@inline(never) public func codegenLaneReserve(
  _ writer: inout LaneWriter<HardwareMemory, ProbeHost>, byteCount: Int
) -> LaneReserveOutcome {
  writer.tryReserve(byteCount: byteCount)
}

/// The end of a reservation, shortened.
@inline(never) public func codegenLaneCommit(
  _ writer: inout LaneWriter<HardwareMemory, ProbeHost>, _ reservation: RecordReservation,
  byteCount: Int
) {
  writer.commit(reservation, type: 1, byteCount: byteCount)
}
