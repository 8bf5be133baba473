// The record path of a traced thread. Everything is inlined into the caller and specialised: no
// allocation, no lock, no call but at the end of a ring.

import CPlatform
public import HardwareMemory
public import TracerCore

/// The counter that timestamps are read from.
public enum TracerClock {
  /// Now, in ticks of the processor's free-running counter.
  @inlinable @inline(__always) public static func now() -> UInt64 { platform_counter() }
}

extension AgentThread {
  /// Writes an event into the index lane; `fill` stores its payload at the offset it is given.
  ///
  /// Wait-free. The event is in the region, and survives the death of this process, when this
  /// returns `.written`. In the middle of another write of the thread (a signal handler) it is
  /// dropped and counted.
  @inlinable @inline(__always)
  public mutating func writeIndex(
    type: UInt16, byteCount: Int, _ fill: (HardwareMemory, _ payloadOffset: Int) -> Void
  ) -> LaneWriteOutcome {
    guard isAttached else { return .lost(refuse()) }
    return state.pointee.index.write(type: type, byteCount: byteCount, fill)
  }

  /// As above, the payload beginning with a counter value that `byteCount` does not include.
  @inlinable @inline(__always)
  public mutating func writeIndex(
    type: UInt16, timestamp: UInt64, byteCount: Int,
    _ fill: (HardwareMemory, _ payloadOffset: Int) -> Void
  ) -> LaneWriteOutcome {
    guard isAttached else { return .lost(refuse()) }
    return state.pointee.index.write(
      type: type, timestamp: timestamp, byteCount: byteCount, fill)
  }

  /// Writes an event of two words and a counter value into the index lane.
  @inlinable @inline(__always)
  public mutating func writeIndex(
    type: UInt16, timestamp: UInt64, _ first: UInt64, _ second: UInt64
  ) -> LaneWriteOutcome {
    writeIndex(type: type, timestamp: timestamp, byteCount: 16) { memory, offset in
      memory.storePayload(first, at: offset)
      memory.storePayload(second, at: offset &+ 8)
    }
  }

  /// Writes an event with a copy of `payload` into the index lane.
  @inlinable @inline(__always)
  public mutating func writeIndex(
    type: UInt16, copying payload: UnsafeRawBufferPointer
  ) -> LaneWriteOutcome {
    guard isAttached else { return .lost(refuse()) }
    return state.pointee.index.write(type: type, copying: payload)
  }

  /// Writes an event into the detail lane; as `writeIndex`.
  @inlinable @inline(__always)
  public mutating func writeDetail(
    type: UInt16, byteCount: Int, _ fill: (HardwareMemory, _ payloadOffset: Int) -> Void
  ) -> LaneWriteOutcome {
    guard isAttached else { return .lost(refuse()) }
    return state.pointee.detail.write(type: type, byteCount: byteCount, fill)
  }

  /// As above, the payload beginning with a counter value that `byteCount` does not include.
  @inlinable @inline(__always)
  public mutating func writeDetail(
    type: UInt16, timestamp: UInt64, byteCount: Int,
    _ fill: (HardwareMemory, _ payloadOffset: Int) -> Void
  ) -> LaneWriteOutcome {
    guard isAttached else { return .lost(refuse()) }
    return state.pointee.detail.write(
      type: type, timestamp: timestamp, byteCount: byteCount, fill)
  }

  /// Writes an event of two words and a counter value into the detail lane.
  @inlinable @inline(__always)
  public mutating func writeDetail(
    type: UInt16, timestamp: UInt64, _ first: UInt64, _ second: UInt64
  ) -> LaneWriteOutcome {
    writeDetail(type: type, timestamp: timestamp, byteCount: 16) { memory, offset in
      memory.storePayload(first, at: offset)
      memory.storePayload(second, at: offset &+ 8)
    }
  }

  /// Writes an event with a copy of `payload` into the detail lane.
  @inlinable @inline(__always)
  public mutating func writeDetail(
    type: UInt16, copying payload: UnsafeRawBufferPointer
  ) -> LaneWriteOutcome {
    guard isAttached else { return .lost(refuse()) }
    return state.pointee.detail.write(type: type, copying: payload)
  }

  /// Reserves space for one event of up to `byteCount` bytes, to be filled in place.
  ///
  /// Until `commit` or `cancel`, every other write into this lane is nested, and dropped.
  @inlinable @inline(__always)
  public mutating func tryReserve(_ kind: LaneKind, byteCount: Int) -> LaneReserveOutcome {
    guard isAttached else { return .lost(refuse()) }
    return switch kind {
    case .index: state.pointee.index.tryReserve(byteCount: byteCount)
    case .detail: state.pointee.detail.tryReserve(byteCount: byteCount)
    }
  }

  /// Publishes a reserved event with its first `byteCount` bytes (all by default). Nothing happens
  /// in a child that was forked since the reservation.
  @inlinable @inline(__always)
  public mutating func commit(
    _ kind: LaneKind, _ reservation: RecordReservation, type: UInt16, flags: UInt16 = 0,
    byteCount: Int? = nil
  ) {
    guard isAttached else { return }
    switch kind {
    case .index:
      state.pointee.index.commit(reservation, type: type, flags: flags, byteCount: byteCount)
    case .detail:
      state.pointee.detail.commit(reservation, type: type, flags: flags, byteCount: byteCount)
    }
  }

  /// Takes a reservation back, as if it had never been made.
  @inlinable @inline(__always)
  public mutating func cancel(_ kind: LaneKind, _ reservation: RecordReservation) {
    guard isAttached else { return }
    switch kind {
    case .index: state.pointee.index.cancel(reservation)
    case .detail: state.pointee.detail.cancel(reservation)
    }
  }

  /// The memory that reservations stand in: `payloadOffset` counts from its start.
  @inlinable public var memory: HardwareMemory { region.lanes.memory }

  /// The largest payload of one event, in bytes.
  @inlinable public func maximumPayload(_ kind: LaneKind) -> Int {
    region.lanes.geometry.lane(kind).maximumPayload
  }
}
