// Payloads on their way between a caller's memory and a record. On the record path: inlined, no
// allocation, no call but memmove for sizes that are not a few words.

import CPlatform
import CTracerShm
import HardwareMemory
import TracerCore

/// A caller's bytes.
struct Payload {
  private let start: UnsafeRawPointer?
  /// How many there are; a count beyond all rings is brought down to one that still is, so that
  /// sums with it cannot wrap around and the write counts as too large.
  let length: Int

  /// `nil` where there is no memory for some length.
  @inline(__always) init?(_ start: UnsafeRawPointer?, _ length: Int) {
    if start == nil, length != 0 { return nil }
    self.start = start
    self.length = Int(bitPattern: min(UInt(bitPattern: length), Payload.beyondAllRings))
  }

  private static var beyondAllRings: UInt { 1 << 31 }

  /// Copies to a reservation of this length. The usual events are a few words: moved as such, the
  /// call of memmove, which costs more than the write around it, is saved.
  @inline(__always) func copy(to memory: HardwareMemory, at offset: Int) {
    guard let start else { return }
    switch length {
    case 8: copyWords(1, from: start, to: memory, at: offset)
    case 16: copyWords(2, from: start, to: memory, at: offset)
    case 24: copyWords(3, from: start, to: memory, at: offset)
    default:
      memory.copyPayload(
        from: UnsafeRawBufferPointer(start: start, count: length), to: offset)
    }
  }

  /// The count is a constant where this is called, and the loop goes.
  @inline(__always) private func copyWords(
    _ count: Int, from start: UnsafeRawPointer, to memory: HardwareMemory, at offset: Int
  ) {
    for word in 0..<count {
      memory.storePayload(
        start.loadUnaligned(fromByteOffset: 8 &* word, as: UInt64.self), at: offset &+ 8 &* word)
    }
  }
}

/// A timestamp as the caller gave it; the present one for TRACER_SHM_NOW.
@inline(__always) func presentIfZero(_ timestamp: UInt64) -> UInt64 {
  timestamp == 0 ? platform_counter() : timestamp
}

extension TracerShmRecord {
  /// A record in place; `nil` where it claims a timestamp and has no room for one.
  @inline(__always) init?(_ view: RecordView, memory: HardwareMemory, sequence: UInt64 = 0) {
    self.init()
    type = view.type
    self.sequence = sequence
    var skipped = 0
    if view.isTimestamped {
      guard view.byteCount >= 8 else { return nil }
      is_timestamped = 1
      timestamp = memory.loadPayload(at: view.payloadOffset)
      skipped = 8
    }
    length = UInt32(truncatingIfNeeded: view.byteCount &- skipped)
    // Handed out in place, checked to lie within the frame: good until the callback returns.
    payload = memory.withPayload(
      at: view.payloadOffset &+ skipped, byteCount: view.byteCount &- skipped
    ) { span in span.withUnsafeBytes { $0.baseAddress } }
  }
}
