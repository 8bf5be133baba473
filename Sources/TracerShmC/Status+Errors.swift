// Every error of the Swift API as a status of the C API. Any thread.

import CTracerShm
import TracerCore
import TracerShm

extension TracerShmStatus {
  /// The status that names why a region cannot be had.
  init(_ error: RegionError) {
    switch error {
    case .invalidName: self = TRACER_SHM_INVALID_NAME
    case .invalidByteCount: self = TRACER_SHM_INVALID_OPTIONS
    case .notOpenable: self = TRACER_SHM_NOT_OPENABLE
    case .alreadyExists: self = TRACER_SHM_ALREADY_EXISTS
    case .notFound: self = TRACER_SHM_NOT_FOUND
    case .permissionDenied: self = TRACER_SHM_PERMISSION_DENIED
    case .symbolicLink, .foreignOwner, .permissionsTooWide, .missingSeals, .replaced:
      self = TRACER_SHM_UNTRUSTED
    case .noSpace, .insufficientMemory, .lockFailed, .prefaultFailed, .tooManyRegions:
      self = TRACER_SHM_NO_SPACE
    case .hugePagesUnsupported, .hugePagesUnavailable, .numaBindingFailed:
      self = TRACER_SHM_UNSUPPORTED
    case .notARegularFile, .tooSmall, .notARegion: self = TRACER_SHM_NOT_A_REGION
    case .foreignByteOrder, .unsupportedVersion, .pageSizeMismatch:
      self = TRACER_SHM_WRONG_VERSION
    case .contentsMismatch(_, let found, let expected):
      self =
        found.kind == expected.kind ? TRACER_SHM_WRONG_VERSION : TRACER_SHM_WRONG_CONTENTS
    case .checksumMismatch, .truncated, .oversized, .payloadOutOfRange, .noValidIdentity:
      self = TRACER_SHM_CORRUPT
    case .system: self = TRACER_SHM_SYSTEM
    }
  }

  /// The status that names why a tracer operation was refused.
  init(_ error: TracerError) {
    switch error {
    case .region(let error): self.init(error)
    case .lanes, .unknownWaking, .truncated: self = TRACER_SHM_CORRUPT
    case .earlierBoot: self = TRACER_SHM_EARLIER_BOOT
    case .noThreadSlot: self = TRACER_SHM_NO_SLOT
    case .closing: self = TRACER_SHM_CLOSING
    case .threadsAttached: self = TRACER_SHM_BUSY
    case .controllerAlive, .lockHeld: self = TRACER_SHM_CONTROLLER_ALIVE
    case .detached: self = TRACER_SHM_DETACHED
    case .system: self = TRACER_SHM_SYSTEM
    }
  }

  /// The status that names why a record was dropped: in the same order as the causes.
  @inline(__always) init(_ cause: LossCause) {
    self =
      cause == .noThreadSlot
      ? TRACER_SHM_DETACHED
      : TracerShmStatus(rawValue: TRACER_SHM_LOST_NO_SPARE.rawValue + UInt32(cause.rawValue))
  }
}

/// A failure on its way to the caller: the status, and a line that names the thing.
struct DoorError: Error {
  let status: TracerShmStatus
  let message: String

  init(_ status: TracerShmStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  init(_ error: RegionError) { self.init(TracerShmStatus(error), "\(error)") }

  init(_ error: TracerError) { self.init(TracerShmStatus(error), "\(error)") }
}
