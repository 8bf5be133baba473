// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The record path of the C API: writes into lanes, whole or reserved and committed. See the header
// for each function's contract.
//
// What a write costs on top of the Swift one: the call, a look at the handle's magic and at the
// payload pointer. No allocation, lock, reference count or system call; a handle that is none, and
// a full ring, leave by outlined functions.

import CTracerShm
import HardwareMemory
import TracerCore
import TracerShm

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_write_index(
  _ thread: OpaquePointer?, _ type: UInt16, _ payload: UnsafeRawPointer?, _ length: Int
) -> TracerShmStatus {
  write(.index, thread, type, payload, length)
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_write_index_at(
  _ thread: OpaquePointer?, _ type: UInt16, _ timestamp: UInt64, _ payload: UnsafeRawPointer?,
  _ length: Int
) -> TracerShmStatus {
  writeTimestamped(.index, thread, type, timestamp, payload, length)
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_write_detail(
  _ thread: OpaquePointer?, _ type: UInt16, _ payload: UnsafeRawPointer?, _ length: Int
) -> TracerShmStatus {
  write(.detail, thread, type, payload, length)
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_write_detail_at(
  _ thread: OpaquePointer?, _ type: UInt16, _ timestamp: UInt64, _ payload: UnsafeRawPointer?,
  _ length: Int
) -> TracerShmStatus {
  writeTimestamped(.detail, thread, type, timestamp, payload, length)
}

/// The write of either lane; `kind` is a constant where this is inlined.
@inline(__always)
private func write(
  _ kind: LaneKind, _ thread: OpaquePointer?, _ type: UInt16, _ payload: UnsafeRawPointer?,
  _ length: Int
) -> TracerShmStatus {
  guard let state = HandlePlace.find(thread, magic: ThreadState.magic, ThreadState.self) else {
    return threadRefusal(thread)
  }
  guard let payload = Payload(payload, length) else { return TRACER_SHM_NULL_ARGUMENT }
  switch state.pointee.thread.tryReserve(kind, byteCount: payload.length) {
  case .lost(let cause): return TracerShmStatus(cause)
  case .reserved(let reservation):
    payload.copy(to: state.pointee.thread.memory, at: reservation.payloadOffset)
    state.pointee.thread.commit(kind, reservation, type: type)
    return TRACER_SHM_OK
  }
}

/// As `write`, the payload behind a counter value.
@inline(__always)
private func writeTimestamped(
  _ kind: LaneKind, _ thread: OpaquePointer?, _ type: UInt16, _ timestamp: UInt64,
  _ payload: UnsafeRawPointer?, _ length: Int
) -> TracerShmStatus {
  guard let state = HandlePlace.find(thread, magic: ThreadState.magic, ThreadState.self) else {
    return threadRefusal(thread)
  }
  guard let payload = Payload(payload, length) else { return TRACER_SHM_NULL_ARGUMENT }
  let now = presentIfZero(timestamp)
  switch state.pointee.thread.tryReserve(kind, byteCount: payload.length &+ 8) {
  case .lost(let cause): return TracerShmStatus(cause)
  case .reserved(let reservation):
    let memory = state.pointee.thread.memory
    memory.storePayload(now, at: reservation.payloadOffset)
    payload.copy(to: memory, at: reservation.payloadOffset &+ 8)
    state.pointee.thread.commit(
      kind, reservation, type: type, flags: RecordHeader.timestamped)
    return TRACER_SHM_OK
  }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_reserve(
  _ thread: OpaquePointer?, _ lane: TracerShmLane, _ length: Int,
  _ payload: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> TracerShmStatus {
  guard let state = HandlePlace.find(thread, magic: ThreadState.magic, ThreadState.self) else {
    return threadRefusal(thread)
  }
  guard let payload else { return TRACER_SHM_NULL_ARGUMENT }
  guard UInt(bitPattern: payload) & 7 == 0 else { return TRACER_SHM_MISALIGNED }
  guard let kind = LaneKind(lane) else { return TRACER_SHM_INVALID_OPTIONS }
  if state.pointee[reserved: kind] != nil { return TRACER_SHM_RESERVED }
  switch state.pointee.thread.tryReserve(kind, byteCount: length) {
  case .lost(let cause): return TracerShmStatus(cause)
  case .reserved(let reservation):
    state.pointee[reserved: kind] = reservation
    // The one place outside HardwareMemory that hands out an address within shared memory.
    payload.pointee = state.pointee.thread.memory.withMutablePayload(
      at: reservation.payloadOffset, byteCount: length
    ) { span in
      span.withUnsafeMutableBytes { bytes in bytes.baseAddress }
    }
    return TRACER_SHM_OK
  }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_commit(
  _ thread: OpaquePointer?, _ lane: TracerShmLane, _ type: UInt16, _ length: Int
) -> TracerShmStatus {
  guard let state = HandlePlace.find(thread, magic: ThreadState.magic, ThreadState.self) else {
    return threadRefusal(thread)
  }
  guard let kind = LaneKind(lane) else { return TRACER_SHM_INVALID_OPTIONS }
  guard let reservation = state.pointee[reserved: kind],
    // As unsigned, so that a negative count is too large.
    UInt(bitPattern: length) <= UInt(bitPattern: reservation.byteCount)
  else { return TRACER_SHM_NOT_RESERVED }
  state.pointee[reserved: kind] = nil
  state.pointee.thread.commit(kind, reservation, type: type, byteCount: length)
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_cancel(
  _ thread: OpaquePointer?, _ lane: TracerShmLane
) -> TracerShmStatus {
  guard let state = HandlePlace.find(thread, magic: ThreadState.magic, ThreadState.self) else {
    return threadRefusal(thread)
  }
  guard let kind = LaneKind(lane) else { return TRACER_SHM_INVALID_OPTIONS }
  guard let reservation = state.pointee[reserved: kind] else { return TRACER_SHM_NOT_RESERVED }
  state.pointee[reserved: kind] = nil
  state.pointee.thread.cancel(kind, reservation)
  return TRACER_SHM_OK
}

extension ThreadState {
  /// The open reservation of a lane.
  @inline(__always) subscript(reserved kind: LaneKind) -> RecordReservation? {
    get { kind == .index ? index : detail }
    set { if kind == .index { index = newValue } else { detail = newValue } }
  }
}

extension LaneKind {
  @inline(__always) init?(_ lane: TracerShmLane) {
    switch lane {
    case TRACER_SHM_INDEX: self = .index
    case TRACER_SHM_DETAIL: self = .detail
    default: return nil
    }
  }
}
