// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The stream of the C API: tracer_shm_write, _write_at, _publish, _read. See the header for each
// function's contract.

import CPlatform
import CTracerShm
import HardwareMemory
import TracerCore

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_write(
  _ shm: OpaquePointer?, _ type: UInt16, _ payload: UnsafeRawPointer?, _ length: Int
) -> TracerShmStatus {
  guard let stream = HandlePlace.find(shm, magic: StreamState.magic, StreamState.self) else {
    return streamRefusal(shm)
  }
  guard let payload = Payload(payload, length) else { return TRACER_SHM_NULL_ARGUMENT }
  return TracerShmStatus(
    stream.pointee.writer.tryWrite(type: type, byteCount: payload.length) { memory, offset in
      payload.copy(to: memory, at: offset)
    })
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_write_at(
  _ shm: OpaquePointer?, _ type: UInt16, _ timestamp: UInt64, _ payload: UnsafeRawPointer?,
  _ length: Int
) -> TracerShmStatus {
  guard let stream = HandlePlace.find(shm, magic: StreamState.magic, StreamState.self) else {
    return streamRefusal(shm)
  }
  guard let payload = Payload(payload, length) else { return TRACER_SHM_NULL_ARGUMENT }
  return TracerShmStatus(
    stream.pointee.writer.tryWrite(
      type: type, timestamp: presentIfZero(timestamp), byteCount: payload.length
    ) { memory, offset in payload.copy(to: memory, at: offset) })
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_publish(_ shm: OpaquePointer?) -> TracerShmStatus {
  guard let stream = HandlePlace.find(shm, magic: StreamState.magic, StreamState.self) else {
    return streamRefusal(shm)
  }
  stream.pointee.writer.publish()
  return TRACER_SHM_OK
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_read(
  _ shm: OpaquePointer?, _ buffer: UnsafeMutableRawPointer?, _ capacity: Int,
  _ record: UnsafeMutablePointer<TracerShmRecord>?
) -> TracerShmStatus {
  guard let stream = HandlePlace.find(shm, magic: StreamState.magic, StreamState.self) else {
    return streamRefusal(shm)
  }
  guard let record, buffer != nil || capacity == 0 else { return TRACER_SHM_NULL_ARGUMENT }
  guard UInt(bitPattern: record) & 7 == 0 else { return TRACER_SHM_MISALIGNED }
  if stream.pointee.isCorrupt { return TRACER_SHM_CORRUPT }
  do throws(RingCorruption) {
    guard let found = try stream.pointee.reader.peek() else {
      return stream.pointee.region.truncatedBytes > 0 ? TRACER_SHM_CORRUPT : TRACER_SHM_EMPTY
    }
    guard let read = TracerShmRecord(found, memory: stream.pointee.reader.memory) else {
      stream.pointee.isCorrupt = true
      return TRACER_SHM_CORRUPT
    }
    record.pointee = read
    record.pointee.payload = UnsafeRawPointer(buffer)
    // As unsigned: a count beyond the signed range is a large one.
    guard UInt(read.length) <= UInt(bitPattern: capacity) else {
      return TRACER_SHM_BUFFER_TOO_SMALL
    }
    if let buffer, let payload = read.payload {
      buffer.copyMemory(from: payload, byteCount: Int(read.length))
    }
    stream.pointee.reader.consume(found)
    return TRACER_SHM_OK
  } catch {
    stream.pointee.isCorrupt = true
    return TRACER_SHM_CORRUPT
  }
}

extension TracerShmStatus {
  @inline(__always) init(_ outcome: WriteOutcome) {
    self =
      switch outcome {
      case .written: TRACER_SHM_OK
      case .full: TRACER_SHM_FULL
      case .tooLarge: TRACER_SHM_TOO_LARGE
      }
  }
}
