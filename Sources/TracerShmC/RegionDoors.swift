// swift-format-ignore-file: AlwaysUseLowerCamelCase
// Regions of the C API: create, open, adopt, descriptor, close, destroy. See the header for each
// function's contract. Any thread.

import CTracerShm
import TracerShm

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_create(
  _ options: UnsafePointer<TracerShmOptions>?,
  _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> TracerShmStatus {
  finish(options, result) { checked throws(DoorError) in
    guard checked.isStream else { throw DoorError(TRACER_SHM_UNSUPPORTED, "lanes") }
    return StreamState.table.insert(try StreamState.create(checked))
  }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_open(
  _ options: UnsafePointer<TracerShmOptions>?,
  _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> TracerShmStatus {
  finish(options, result) { checked throws(DoorError) in
    guard checked.isStream else { throw DoorError(TRACER_SHM_UNSUPPORTED, "lanes") }
    let policy = try checked.publishPolicy()
    let region: SharedRegion
    do throws(RegionError) {
      region = try SharedRegion.open(
        checked.backing, contents: StreamState.contents, options: checked.region)
    } catch { throw DoorError(error) }
    return StreamState.table.insert(try StreamState.attach(region, policy))
  }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_adopt(
  _ descriptor: Int32, _ options: UnsafePointer<TracerShmOptions>?,
  _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> TracerShmStatus {
  finish(options, result) { checked throws(DoorError) in
    guard checked.isStream else { throw DoorError(TRACER_SHM_UNSUPPORTED, "lanes") }
    let policy = try checked.publishPolicy()
    let region: SharedRegion
    do throws(RegionError) {
      region = try SharedRegion.adopt(
        descriptor: descriptor, contents: StreamState.contents, options: checked.region)
    } catch { throw DoorError(error) }
    return StreamState.table.insert(try StreamState.attach(region, policy))
  }
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
  guard let stream = HandlePlace.find(shm, magic: StreamState.magic, StreamState.self) else {
    return HandlePlace.refusal(shm, ended: TRACER_SHM_CLOSED)
  }
  guard let found = stream.pointee.region.passableDescriptor else {
    return TRACER_SHM_NOT_OPENABLE
  }
  descriptor.pointee = found
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_close(_ shm: OpaquePointer?) -> TracerShmStatus {
  guard StreamState.table.remove(shm) != nil else {
    return HandlePlace.refusal(shm, ended: TRACER_SHM_CLOSED)
  }
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_destroy(_ shm: OpaquePointer?) -> TracerShmStatus {
  guard let stream = HandlePlace.find(shm, magic: StreamState.magic, StreamState.self) else {
    return HandlePlace.refusal(shm, ended: TRACER_SHM_CLOSED)
  }
  do throws(RegionError) { try stream.pointee.region.destroy() } catch {
    return TracerShmStatus(error)
  }
  return tracer_shm_close(shm)
}
