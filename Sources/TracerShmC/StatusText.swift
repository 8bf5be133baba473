// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The version of the library, and statuses in English.

import CPlatform
import CTracerShm

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_version() -> UInt32 { TRACER_SHM_VERSION }

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_counter() -> UInt64 { platform_counter() }

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_status_text(_ status: TracerShmStatus) -> UnsafePointer<CChar>? {
  // A static string has its address for ever, and no lazy initialisation.
  let text: StaticString =
    switch status {
    case TRACER_SHM_OK: "ok"
    case TRACER_SHM_FULL: "the stream has no room now"
    case TRACER_SHM_EMPTY: "there is nothing now"
    case TRACER_SHM_TIMED_OUT: "the time is up"
    case TRACER_SHM_STOPPED: "the callback asked to stop"
    case TRACER_SHM_LOST_NO_SPARE: "dropped: no spare ring"
    case TRACER_SHM_LOST_NO_SPARE_MARKED: "dropped: no spare ring while marked"
    case TRACER_SHM_LOST_TOO_LARGE: "dropped: the record exceeds a ring"
    case TRACER_SHM_LOST_QUARANTINED: "dropped: the lane is in quarantine"
    case TRACER_SHM_LOST_NESTED: "dropped: a write in the middle of a write"
    case TRACER_SHM_NULL_ARGUMENT: "a pointer is null"
    case TRACER_SHM_MISALIGNED: "a pointer is misaligned"
    case TRACER_SHM_INVALID_OPTIONS: "a size field or an option has an impossible value"
    case TRACER_SHM_INVALID_NAME: "the region's name is missing or malformed"
    case TRACER_SHM_TOO_LARGE: "the record exceeds half of the stream"
    case TRACER_SHM_BUFFER_TOO_SMALL: "the buffer is too small for the record"
    case TRACER_SHM_CLOSED: "the handle is closed"
    case TRACER_SHM_DETACHED: "the thread is detached"
    case TRACER_SHM_WRONG_CONTENTS: "the region holds something else"
    case TRACER_SHM_NOT_RESERVED: "nothing is reserved, or less than that"
    case TRACER_SHM_RESERVED: "a reservation is open"
    case TRACER_SHM_ALREADY_EXISTS: "the name exists already"
    case TRACER_SHM_NOT_FOUND: "there is no region of this name"
    case TRACER_SHM_PERMISSION_DENIED: "permission denied"
    case TRACER_SHM_UNTRUSTED: "the region is not to be trusted"
    case TRACER_SHM_NO_SPACE: "not enough space or memory"
    case TRACER_SHM_NOT_OPENABLE: "this kind of region cannot be opened by name"
    case TRACER_SHM_NOT_A_REGION: "this is no region"
    case TRACER_SHM_WRONG_VERSION: "the region has another version or layout"
    case TRACER_SHM_CORRUPT: "the region is corrupt"
    case TRACER_SHM_UNSUPPORTED: "not supported by this machine or kind of region"
    case TRACER_SHM_SYSTEM: "a system call failed"
    case TRACER_SHM_NO_SLOT: "all thread slots are taken"
    case TRACER_SHM_CLOSING: "the region is being destroyed"
    case TRACER_SHM_CONTROLLER_ALIVE: "another controller lives"
    case TRACER_SHM_BUSY: "threads are attached, or a controller works, or no ring is spare"
    case TRACER_SHM_EARLIER_BOOT: "the region was made before this machine's last start"
    default: "unknown status"
    }
  return UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
