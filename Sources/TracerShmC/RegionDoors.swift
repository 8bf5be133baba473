// swift-format-ignore-file: AlwaysUseLowerCamelCase
// Regions of the C API: create, open, adopt, descriptor, close, destroy. See the header for each
// function's contract. Any thread.

import CTracerShm
import Glibc
import TracerShm

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_create(
  _ options: UnsafePointer<TracerShmOptions>?,
  _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> TracerShmStatus {
  finish(options, result) { checked throws(DoorError) in
    if checked.isStream { return StreamState.table.insert(try StreamState.create(checked)) }
    let options = try checked.tracerOptions()
    return try insertLanes { () throws(TracerError) in
      try TracerRegion.create(checked.backing, options: options)
    }
  }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_open(
  _ options: UnsafePointer<TracerShmOptions>?,
  _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> TracerShmStatus {
  finish(options, result) { checked throws(DoorError) in
    guard checked.isStream else {
      return try insertLanes { () throws(TracerError) in
        try TracerRegion.open(checked.backing, options: checked.region)
      }
    }
    return try insertStream(checked) { () throws(RegionError) in
      try SharedRegion.open(
        checked.backing, contents: StreamState.contents, options: checked.region)
    }
  }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_adopt(
  _ descriptor: Int32, _ options: UnsafePointer<TracerShmOptions>?,
  _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> TracerShmStatus {
  var isTaken = false
  let status = finish(options, result) { checked throws(DoorError) in
    // From here on the library below closes it, whatever happens.
    isTaken = true
    guard checked.isStream else {
      return try insertLanes { () throws(TracerError) in
        try TracerRegion.adopt(descriptor: descriptor, options: checked.region)
      }
    }
    return try insertStream(checked) { () throws(RegionError) in
      try SharedRegion.adopt(
        descriptor: descriptor, contents: StreamState.contents, options: checked.region)
    }
  }
  if !isTaken, descriptor >= 0 { Glibc.close(descriptor) }
  return status
}

private func insertLanes(
  _ make: () throws(TracerError) -> TracerRegion
) throws(DoorError) -> OpaquePointer? {
  do throws(TracerError) { return LanesState.table.insert(LanesState(try make())) } catch {
    throw DoorError(error)
  }
}

private func insertStream(
  _ options: CheckedOptions, _ find: () throws(RegionError) -> SharedRegion
) throws(DoorError) -> OpaquePointer? {
  let region: SharedRegion
  do throws(RegionError) { region = try find() } catch { throw DoorError(error) }
  return StreamState.table.insert(
    try StreamState.attach(region, try options.publishPolicy()))
}

/// What the three have in common: checks, the handle, the message.
private func finish(
  _ options: UnsafePointer<TracerShmOptions>?, _ result: UnsafeMutablePointer<OpaquePointer?>?,
  _ make: (CheckedOptions) throws(DoorError) -> OpaquePointer?
) -> TracerShmStatus {
  guard let result else {
    return report(DoorError(TRACER_SHM_NULL_ARGUMENT, "the result pointer is null"), to: options)
  }
  guard UInt(bitPattern: result) & 7 == 0 else {
    return report(
      DoorError(TRACER_SHM_MISALIGNED, "the result pointer is misaligned"), to: options)
  }
  do throws(DoorError) {
    guard let handle = try make(try CheckedOptions(options)) else {
      throw DoorError(TRACER_SHM_NO_SPACE, "too many regions are open in this process")
    }
    result.pointee = handle
    return TRACER_SHM_OK
  } catch { return report(error, to: options) }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_descriptor(
  _ shm: OpaquePointer?, _ descriptor: UnsafeMutablePointer<Int32>?
) -> TracerShmStatus {
  guard let descriptor else { return TRACER_SHM_NULL_ARGUMENT }
  guard UInt(bitPattern: descriptor) & 3 == 0 else { return TRACER_SHM_MISALIGNED }
  let region: SharedRegion
  if let stream = HandlePlace.find(shm, magic: StreamState.magic, StreamState.self) {
    region = stream.pointee.region
  } else if let lanes = HandlePlace.find(shm, magic: LanesState.magic, LanesState.self) {
    region = lanes.pointee.region.region
  } else {
    return HandlePlace.refusal(shm, ended: TRACER_SHM_CLOSED)
  }
  guard let found = region.passableDescriptor else { return TRACER_SHM_NOT_OPENABLE }
  descriptor.pointee = found
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_close(_ shm: OpaquePointer?) -> TracerShmStatus {
  if let lanes = HandlePlace.find(shm, magic: LanesState.magic, LanesState.self) {
    if lanes.pointee.isInUse { return TRACER_SHM_BUSY }
    return LanesState.table.remove(shm) == nil ? TRACER_SHM_CLOSED : TRACER_SHM_OK
  }
  guard StreamState.table.remove(shm) != nil else {
    return HandlePlace.refusal(shm, ended: TRACER_SHM_CLOSED)
  }
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_destroy(_ shm: OpaquePointer?) -> TracerShmStatus {
  if let lanes = HandlePlace.find(shm, magic: LanesState.magic, LanesState.self) {
    if lanes.pointee.isInUse { return TRACER_SHM_BUSY }
    do throws(TracerError) { try lanes.pointee.region.destroy() } catch {
      // Its controller behind another handle of this process.
      if case .controllerAlive(_, UInt32(getpid())) = error { return TRACER_SHM_BUSY }
      return TracerShmStatus(error)
    }
    return tracer_shm_close(shm)
  }
  guard let stream = HandlePlace.find(shm, magic: StreamState.magic, StreamState.self) else {
    return HandlePlace.refusal(shm, ended: TRACER_SHM_CLOSED)
  }
  do throws(RegionError) { try stream.pointee.region.destroy() } catch {
    return TracerShmStatus(error)
  }
  return tracer_shm_close(shm)
}
