// The options structure of the C API, checked and as Swift values; and the caller's message buffer.
//
// The structure grows at its end. What a newer caller knows beyond this library has to be zero,
// which means the default; what an older caller does not know is zero here.

import CTracerShm
import TracerCore
import TracerShm

/// Options that passed every check.
struct CheckedOptions {
  let raw: TracerShmOptions
  let backing: RegionBacking
  let region: RegionOptions
  var isStream: Bool { raw.contents == TRACER_SHM_STREAM.rawValue }

  /// Copies and checks the caller's structure.
  init(_ pointer: UnsafePointer<TracerShmOptions>?) throws(DoorError) {
    raw = try copyGrowing(pointer, name: "TracerShmOptions", empty: TracerShmOptions())
    guard raw.contents <= TRACER_SHM_STREAM.rawValue else {
      throw DoorError(TRACER_SHM_INVALID_OPTIONS, "contents \(raw.contents): 0 or 1")
    }
    backing = try CheckedOptions.backing(raw)
    region = try CheckedOptions.regionOptions(raw)
  }

  private static func backing(_ raw: TracerShmOptions) throws(DoorError) -> RegionBacking {
    func name() throws(DoorError) -> String {
      guard let name = raw.name else {
        throw DoorError(TRACER_SHM_INVALID_NAME, "the region's name is null")
      }
      return String(cString: name)
    }
    switch TracerShmKind(rawValue: raw.kind) {
    case TRACER_SHM_ANONYMOUS: return .anonymous
    case TRACER_SHM_MEMFD: return .memfd
    case TRACER_SHM_NAMED: return .shm(name: try name())
    case TRACER_SHM_FILE:
      let path = try name()
      guard !path.isEmpty else {
        throw DoorError(TRACER_SHM_INVALID_NAME, "the region's path is empty")
      }
      return .file(path: path)
    default: throw DoorError(TRACER_SHM_INVALID_OPTIONS, "kind \(raw.kind): 0 to 3")
    }
  }

  private static func regionOptions(_ raw: TracerShmOptions) throws(DoorError) -> RegionOptions {
    let known = UInt32(
      TRACER_SHM_PREFAULT | TRACER_SHM_LOCK | TRACER_SHM_HUGE_PAGES | TRACER_SHM_BIND_NODE
        | TRACER_SHM_SYNC_EVERY_RING)
    guard raw.flags & ~known == 0 else {
      throw DoorError(
        TRACER_SHM_INVALID_OPTIONS, "flags 0x\(String(raw.flags, radix: 16)): unknown ones")
    }
    guard raw.permissions & ~0o777 == 0 else {
      throw DoorError(
        TRACER_SHM_INVALID_OPTIONS, "permissions 0\(String(raw.permissions, radix: 8))")
    }
    var options = RegionOptions()
    options.prefault = raw.flags & UInt32(TRACER_SHM_PREFAULT) != 0
    options.lockInMemory = raw.flags & UInt32(TRACER_SHM_LOCK) != 0
    if raw.flags & UInt32(TRACER_SHM_HUGE_PAGES) != 0 { options.hugePages = .advise }
    if raw.flags & UInt32(TRACER_SHM_BIND_NODE) != 0 { options.numaNode = Int(raw.numa_node) }
    if raw.flags & UInt32(TRACER_SHM_SYNC_EVERY_RING) != 0 { options.syncPolicy = .everyRing }
    if raw.permissions != 0 { options.permissions = raw.permissions }
    return options
  }

  /// The stream's policy.
  func publishPolicy() throws(DoorError) -> PublishPolicy {
    switch TracerShmPublish(rawValue: raw.publish) {
    case TRACER_SHM_PUBLISH_EVERY_RECORD: return .everyRecord
    case TRACER_SHM_PUBLISH_ADAPTIVE:
      return .adaptive(count: UInt64(raw.publish_bytes == 0 ? 4096 : raw.publish_bytes))
    case TRACER_SHM_PUBLISH_EXPLICIT: return .explicit
    default: throw DoorError(TRACER_SHM_INVALID_OPTIONS, "publish \(raw.publish): 0 to 2")
    }
  }

  /// What creates a region with lanes.
  func tracerOptions() throws(DoorError) -> TracerOptions {
    let standard = LanesGeometry.standard
    func chosen(_ value: UInt32, _ standard: Int) -> Int { value == 0 ? standard : Int(value) }
    let geometry: LanesGeometry
    do throws(LaneLayoutError) {
      geometry = try LanesGeometry(
        threadSlots: chosen(raw.thread_slots, standard.threadSlots),
        index: .index(
          ringCount: chosen(raw.index_rings, standard.index.ringCount),
          ringByteCount: chosen(raw.index_ring_bytes, standard.index.ringByteCount)),
        detail: .detail(
          ringCount: chosen(raw.detail_rings, standard.detail.ringCount),
          ringByteCount: chosen(raw.detail_ring_bytes, standard.detail.ringByteCount),
          historyRings: chosen(raw.history_rings, standard.detail.historyRings),
          postRecords: chosen(raw.post_records, standard.detail.postRecords)))
    } catch { throw DoorError(TRACER_SHM_INVALID_OPTIONS, "\(error)") }
    let waking: WakePolicy
    switch TracerShmWake(rawValue: raw.wake) {
    case TRACER_SHM_WAKE_EVENTFD: waking = .eventfd
    case TRACER_SHM_WAKE_SEMAPHORE: waking = .semaphore
    case TRACER_SHM_WAKE_SPIN: waking = .spin
    default: throw DoorError(TRACER_SHM_INVALID_OPTIONS, "wake \(raw.wake): 0 to 2")
    }
    return TracerOptions(geometry: geometry, waking: waking, region: region)
  }

  /// The stream's size.
  func streamGeometry() throws(DoorError) -> ByteRingGeometry {
    let byteCount = raw.stream_bytes == 0 ? 1 << 20 : raw.stream_bytes
    do throws(RingLayoutError) {
      return try ByteRingGeometry(capacity: Int(clamping: byteCount))
    } catch { throw DoorError(TRACER_SHM_INVALID_OPTIONS, "stream_bytes: \(error)") }
  }
}

/// Copies a structure whose first field says how many bytes of it the caller knows.
func copyGrowing<Structure: BitwiseCopyable>(
  _ pointer: UnsafePointer<Structure>?, name: String, empty: Structure
) throws(DoorError) -> Structure {
  guard let pointer else { throw DoorError(TRACER_SHM_NULL_ARGUMENT, "\(name) is null") }
  guard UInt(bitPattern: pointer) & 7 == 0 else {
    throw DoorError(TRACER_SHM_MISALIGNED, "\(name) is not aligned to eight bytes")
  }
  let known = MemoryLayout<Structure>.size
  let given = Int(UnsafeRawPointer(pointer).load(as: UInt32.self))
  // The first version's structures are the smallest; one page is more than any will ever need.
  guard given >= known, given <= 4096 else {
    throw DoorError(
      TRACER_SHM_INVALID_OPTIONS, "\(name).size is \(given); this library's is \(known)")
  }
  let bytes = UnsafeRawBufferPointer(start: pointer, count: given)
  guard bytes.dropFirst(known).allSatisfy({ $0 == 0 }) else {
    throw DoorError(
      TRACER_SHM_INVALID_OPTIONS, "\(name) asks for what this library does not know")
  }
  var copy = empty
  withUnsafeMutableBytes(of: &copy) {
    $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(known)))
  }
  return copy
}

/// Puts an error's line where the caller's options say.
func report(_ error: DoorError, to options: UnsafePointer<TracerShmOptions>?) -> TracerShmStatus {
  // Without a good structure there is no good buffer.
  guard let options, UInt(bitPattern: options) & 7 == 0,
    Int(options.pointee.size) >= MemoryLayout<TracerShmOptions>.size,
    let message = options.pointee.message, options.pointee.message_size > 0
  else { return error.status }
  let room = UnsafeMutableBufferPointer(start: message, count: options.pointee.message_size)
  var length = 0
  for byte in error.message.utf8.prefix(room.count - 1) {
    room[length] = CChar(bitPattern: byte)
    length += 1
  }
  room[length] = 0
  return error.status
}
