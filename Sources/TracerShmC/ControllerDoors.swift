// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The controller of the C API: control, wait, drain, flush, release. See the header for each
// function's contract. A controller belongs to one thread.

import CTracerShm
import HardwareMemory
import TracerCore
import TracerShm

/// What stands behind the handle of a controller.
struct ControllerState: ~Copyable {
  /// "TRCCTRLR" in ASCII, little-endian.
  static var magic: UInt64 { 0x524C_5254_4343_5254 }
  /// A forked child is not the controller.
  static let table = HandleTable<ControllerState>(magic: magic, wipedOnFork: true)

  var controller: Controller
  /// The region's handle, which stays good while the controller works.
  let shm: OpaquePointer
  /// Within a drain: its callback may not use the controller.
  var isDraining = false
  /// The last flush that was asked for, and its number.
  var flush: LaneFlushRequest?
  var flushNumber: UInt64 = 0

  consuming func end() { controller.close() }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_control(
  _ shm: OpaquePointer?, _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> TracerShmStatus {
  guard let result else { return TRACER_SHM_NULL_ARGUMENT }
  guard UInt(bitPattern: result) & 7 == 0 else { return TRACER_SHM_MISALIGNED }
  guard let shm, let lanes = HandlePlace.find(shm, magic: LanesState.magic, LanesState.self) else {
    return lanesRefusal(shm)
  }
  do throws(TracerError) {
    let state = ControllerState(controller: try Controller(lanes.pointee.region), shm: shm)
    guard let handle = ControllerState.table.insert(state) else { return TRACER_SHM_NO_SPACE }
    lanes.pointee.countUser()
    result.pointee = handle
    return TRACER_SHM_OK
  } catch { return TracerShmStatus(error) }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_release(_ controller: OpaquePointer?) -> TracerShmStatus {
  guard case .some = findController(controller) else { return controllerRefusal(controller) }
  guard let state = ControllerState.table.remove(controller) else { return TRACER_SHM_CLOSED }
  let shm = state.shm
  state.end()
  HandlePlace.find(shm, magic: LanesState.magic, LanesState.self)?.pointee.discountUser()
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_wait(
  _ controller: OpaquePointer?, _ timeoutNanoseconds: UInt64
) -> TracerShmStatus {
  guard let state = findController(controller) else { return controllerRefusal(controller) }
  let reason = state.pointee.controller.wait(timeoutNanoseconds: timeoutNanoseconds)
  return state.pointee.controller.region.isCutShort
    ? TRACER_SHM_CORRUPT : reason == .timeout ? TRACER_SHM_TIMED_OUT : TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_drain(
  _ controller: OpaquePointer?, _ mode: UInt32, _ function: TracerShmFrameFunction?,
  _ context: UnsafeMutableRawPointer?, _ drained: UnsafeMutablePointer<TracerShmDrained>?
) -> TracerShmStatus {
  guard let state = findController(controller) else { return controllerRefusal(controller) }
  guard let function else { return TRACER_SHM_NULL_ARGUMENT }
  if let refusal = sizeRefusal(drained) { return refusal }
  var output = CallbackOutput(
    function: function, context: context, slots: state.pointee.controller.region.lanes.slots)
  let report: DrainReport
  state.pointee.isDraining = true
  defer { state.pointee.isDraining = false }
  do {
    switch Int32(bitPattern: mode) {
    case 0: report = try state.pointee.controller.drain(into: &output)
    case Int32(TRACER_SHM_COPYING):
      report = try state.pointee.controller.drainCopying(into: &output)
    case Int32(TRACER_SHM_ACTIVE):
      report = try state.pointee.controller.snapshotActive(into: &output)
    default: return TRACER_SHM_INVALID_OPTIONS
    }
  } catch is CallbackOutput.Stopped {
    return TRACER_SHM_STOPPED
  } catch let error as TracerError {
    return TracerShmStatus(error)
  } catch { return TRACER_SHM_SYSTEM }
  if let drained {
    drained.pointee.quarantined = UInt32(clamping: report.pass.quarantinedLanes)
    drained.pointee.frames = output.frames
    drained.pointee.records = report.records
    drained.pointee.bytes = UInt64(report.byteCount)
    drained.pointee.threads_ended = UInt32(clamping: report.pass.reclaimedSlots)
    drained.pointee.threads_attached = UInt32(clamping: report.pass.attachedThreads)
  }
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_request_flush(
  _ controller: OpaquePointer?, _ ticket: UnsafeMutablePointer<UInt64>?
) -> TracerShmStatus {
  guard let state = findController(controller) else { return controllerRefusal(controller) }
  guard let ticket else { return TRACER_SHM_NULL_ARGUMENT }
  guard UInt(bitPattern: ticket) & 7 == 0 else { return TRACER_SHM_MISALIGNED }
  let flush = state.pointee.controller.requestFlush()
  if state.pointee.controller.region.isCutShort { return TRACER_SHM_CORRUPT }
  state.pointee.flush = flush
  state.pointee.flushNumber += 1
  ticket.pointee = state.pointee.flushNumber
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_flush_served(
  _ controller: OpaquePointer?, _ ticket: UInt64
) -> TracerShmStatus {
  guard let state = findController(controller) else { return controllerRefusal(controller) }
  // An older request is served with the newest at the latest.
  guard let flush = state.pointee.flush, ticket > 0, ticket <= state.pointee.flushNumber else {
    return TRACER_SHM_INVALID_OPTIONS
  }
  let isServed = state.pointee.controller.isServed(flush)
  return state.pointee.controller.region.isCutShort
    ? TRACER_SHM_CORRUPT : isServed ? TRACER_SHM_OK : TRACER_SHM_EMPTY
}

/// A controller that may be used now.
private func findController(
  _ controller: OpaquePointer?
) -> UnsafeMutablePointer<ControllerState>? {
  let state = anyController(controller)
  return state?.pointee.isDraining == true ? nil : state
}

private func controllerRefusal(_ controller: OpaquePointer?) -> TracerShmStatus {
  anyController(controller) == nil
    ? HandlePlace.refusal(controller, ended: TRACER_SHM_CLOSED) : TRACER_SHM_BUSY
}

private func anyController(
  _ controller: OpaquePointer?
) -> UnsafeMutablePointer<ControllerState>? {
  HandlePlace.find(controller, magic: ControllerState.magic, ControllerState.self)
}
