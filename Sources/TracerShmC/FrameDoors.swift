// swift-format-ignore-file: AlwaysUseLowerCamelCase
// What a drain of the C API hands out: frames for the callback, and the walk through one.

import CTracerShm
import HardwareMemory
import TracerCore
import TracerShm

/// An output that calls a C function for every frame.
struct CallbackOutput: LaneOutput {
  /// The callback asked to stop.
  struct Stopped: Error {}

  let function: TracerShmFrameFunction
  let context: UnsafeMutableRawPointer?
  /// Who owns a slot, for people.
  let slots: ThreadSlots<HardwareMemory>
  var frames: UInt64 = 0

  init(
    function: @escaping TracerShmFrameFunction, context: UnsafeMutableRawPointer?,
    slots: ThreadSlots<HardwareMemory>
  ) {
    self.function = function
    self.context = context
    self.slots = slots
  }

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(Stopped) {
    var plain = TracerShmFrame()
    plain.slot = UInt32(truncatingIfNeeded: frame.lane.slot)
    plain.lane = UInt32(frame.lane.kind.rawValue)
    plain.slot_epoch = frame.slotEpoch
    plain.process = slots.state(of: frame.lane.slot).owner
    plain.thread = slots.threadIdentifier(of: frame.lane.slot)
    plain.generation = frame.generation
    plain.first_sequence = frame.firstSequence
    plain.record_count = frame.recordCount
    plain.byte_count = UInt64(frame.byteCount)
    let account = frame.account
    plain.next_sequence = account.nextSequence
    plain.drained = account.drained
    plain.lost = (
      account.losses.counts[0], account.losses.counts[1], account.losses.counts[2],
      account.losses.counts[3]
    )
    plain.overwritten = account.overwritten
    plain.in_flight = account.inFlight
    plain.unaccounted = account.unaccounted
    let answer = records.memory.withPayload(
      at: records.offset, byteCount: records.byteCount
    ) { span in
      span.withUnsafeBytes { bytes in
        plain.bytes = bytes.baseAddress
        return function(context, &plain)
      }
    }
    guard answer == 0 else { throw Stopped() }
    frames += 1
  }
}

/// As tracer_shm.h says.
@c @implementation
public func tracer_shm_next_record(
  _ frame: UnsafePointer<TracerShmFrame>?, _ position: UnsafeMutablePointer<UInt64>?,
  _ record: UnsafeMutablePointer<TracerShmRecord>?
) -> TracerShmStatus {
  guard let frame, let position, let record else { return TRACER_SHM_NULL_ARGUMENT }
  let addresses = UInt(bitPattern: frame) | UInt(bitPattern: position) | UInt(bitPattern: record)
  guard addresses & 7 == 0 else { return TRACER_SHM_MISALIGNED }
  // The position's upper half counts sequence numbers passed; its lower half bytes: a frame holds
  // less than 4 GiB of either.
  let end = frame.pointee.byte_count
  var offset = position.pointee & 0xFFFF_FFFF
  var passed = position.pointee >> 32
  guard end <= UInt32.max, offset <= end else { return TRACER_SHM_CORRUPT }
  guard let bytes = frame.pointee.bytes else {
    return end == 0 ? TRACER_SHM_EMPTY : TRACER_SHM_NULL_ARGUMENT
  }
  let records = LaneRecords(
    memory: HardwareMemory(base: UnsafeMutableRawPointer(mutating: bytes)), offset: 0,
    byteCount: Int(end), firstSequence: frame.pointee.first_sequence)
  do throws(LaneCorruption) {
    while offset < end {
      let (item, next) = try records.item(at: Int(offset))
      offset = UInt64(next)
      switch item {
      case .losses(let losses): passed = (passed &+ losses.total) & 0xFFFF_FFFF
      case .record(let view):
        let sequence = frame.pointee.first_sequence &+ passed
        guard let found = TracerShmRecord(view, memory: records.memory, sequence: sequence) else {
          return TRACER_SHM_CORRUPT
        }
        record.pointee = found
        position.pointee = offset | ((passed &+ 1) & 0xFFFF_FFFF) << 32
        return TRACER_SHM_OK
      }
    }
    return TRACER_SHM_EMPTY
  } catch { return TRACER_SHM_CORRUPT }
}
