// The fast paths of the byte ring over hardware; see SlotRingProbe.swift.

import CPlatform
public import HardwareMemory
public import TracerCore

/// A record of 16 bytes.
@inline(never) public func codegenRecordWrite(
  _ writer: inout ByteRingWriter<HardwareMemory>, _ first: UInt64, _ second: UInt64
) -> WriteOutcome {
  writer.tryWrite(type: 1, byteCount: 16) { memory, offset in
    memory.storePayload(first, at: offset)
    memory.storePayload(second, at: offset &+ 8)
  }
}

/// A record of 16 bytes behind a counter value.
@inline(never) public func codegenRecordWriteTimestamped(
  _ writer: inout ByteRingWriter<HardwareMemory>, _ first: UInt64, _ second: UInt64
) -> WriteOutcome {
  writer.tryWrite(type: 1, timestamp: platform_counter(), byteCount: 16) { memory, offset in
    memory.storePayload(first, at: offset)
    memory.storePayload(second, at: offset &+ 8)
  }
}

/// Bytes of run-time length: the copy is a `memmove`.
@inline(never) public func codegenRecordWriteCopying(
  _ writer: inout ByteRingWriter<HardwareMemory>, _ payload: UnsafeRawBufferPointer
) -> WriteOutcome {
  writer.tryWrite(type: 1, copying: payload)
}

/// Space of run-time size, reserved in place.
@inline(never) public func codegenRecordReserve(
  _ writer: inout ByteRingWriter<HardwareMemory>, byteCount: Int
) -> RecordReservation? {
  writer.tryReserve(byteCount: byteCount)
}

/// The end of a reservation, shortened.
@inline(never) public func codegenRecordCommit(
  _ writer: inout ByteRingWriter<HardwareMemory>, _ reservation: RecordReservation,
  byteCount: Int
) {
  writer.commit(reservation, type: 1, byteCount: byteCount)
}

/// A run of records read in place.
@inline(never) public func codegenRecordDrain(
  _ reader: inout ByteRingReader<HardwareMemory>
) throws(RingCorruption) -> UInt64 {
  var sum: UInt64 = 0
  _ = try reader.drain { memory, record in
    sum &+= memory.loadPayload(at: record.payloadOffset) &+ UInt64(record.type)
  }
  return sum
}
