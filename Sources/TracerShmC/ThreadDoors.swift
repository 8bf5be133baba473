// swift-format-ignore-file: AlwaysUseLowerCamelCase
// Threads of agents in the C API: attach, detach, mark, flush; the record path is in
// WriteDoors.swift. See the header for each function's contract.

import CTracerShm
import Glibc
import TracerCore
import TracerShm

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_attach(
  _ shm: OpaquePointer?, _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> TracerShmStatus {
  guard let result else { return TRACER_SHM_NULL_ARGUMENT }
  guard UInt(bitPattern: result) & 7 == 0 else { return TRACER_SHM_MISALIGNED }
  guard let shm, let lanes = HandlePlace.find(shm, magic: LanesState.magic, LanesState.self) else {
    return lanesRefusal(shm)
  }
  do throws(TracerError) {
    let thread = try lanes.pointee.ownAgent().attachThread()
    lanes.pointee.countUser()
    guard let handle = ThreadState.table.insert(ThreadState(thread: thread, shm: shm)) else {
      lanes.pointee.discountUser()
      return TRACER_SHM_NO_SPACE
    }
    result.pointee = handle
    return TRACER_SHM_OK
  } catch { return TracerShmStatus(error) }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_detach(_ thread: OpaquePointer?) -> TracerShmStatus {
  guard var state = ThreadState.table.remove(thread) else { return threadRefusal(thread) }
  let shm = state.shm
  if let open = state.index { state.thread.cancel(.index, open) }
  if let open = state.detail { state.thread.cancel(.detail, open) }
  state.end()
  HandlePlace.find(shm, magic: LanesState.magic, LanesState.self)?.pointee.discountUser()
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_mark(_ thread: OpaquePointer?) -> TracerShmStatus {
  guard let state = HandlePlace.find(thread, magic: ThreadState.magic, ThreadState.self) else {
    return threadRefusal(thread)
  }
  do throws(TracerError) {
    try state.pointee.thread.mark()
    return TRACER_SHM_OK
  } catch { return TracerShmStatus(error) }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_mark_all(_ shm: OpaquePointer?) -> TracerShmStatus {
  guard let lanes = HandlePlace.find(shm, magic: LanesState.magic, LanesState.self) else {
    return lanesRefusal(shm)
  }
  let region = lanes.pointee.region.lanes
  let slots = region.slots
  for slot in 0..<slots.count where slots.state(of: slot).phase == .claimed {
    region.lane(slot, .detail).mark()
  }
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_flush(_ thread: OpaquePointer?) -> TracerShmStatus {
  guard let state = HandlePlace.find(thread, magic: ThreadState.magic, ThreadState.self) else {
    return threadRefusal(thread)
  }
  if state.pointee.thread.flush() { return TRACER_SHM_OK }
  return state.pointee.thread.isCutShort ? TRACER_SHM_CORRUPT : TRACER_SHM_BUSY
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_count_unattached(_ shm: OpaquePointer?) -> TracerShmStatus {
  guard let lanes = HandlePlace.find(shm, magic: LanesState.magic, LanesState.self) else {
    return lanesRefusal(shm)
  }
  lanes.pointee.region.lanes.slots.countSlotlessAttempt()
  return TRACER_SHM_OK
}

/// Why a handle is none of a region with lanes.
@inline(never) func lanesRefusal(_ shm: OpaquePointer?) -> TracerShmStatus {
  if HandlePlace.find(shm, magic: StreamState.magic, StreamState.self) != nil {
    return TRACER_SHM_WRONG_CONTENTS
  }
  return HandlePlace.refusal(shm, ended: TRACER_SHM_CLOSED)
}

/// Why a handle is none of a stream.
@inline(never) func streamRefusal(_ shm: OpaquePointer?) -> TracerShmStatus {
  if HandlePlace.find(shm, magic: LanesState.magic, LanesState.self) != nil {
    return TRACER_SHM_WRONG_CONTENTS
  }
  return HandlePlace.refusal(shm, ended: TRACER_SHM_CLOSED)
}

/// Why a handle is none of an attached thread.
@inline(never) func threadRefusal(_ thread: OpaquePointer?) -> TracerShmStatus {
  HandlePlace.refusal(thread, ended: TRACER_SHM_DETACHED)
}

extension ThreadState {
  consuming func end() { thread.detach() }
}
