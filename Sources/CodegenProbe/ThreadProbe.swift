// The record path as a traced program has it; see SlotRingProbe.swift.

public import TracerCore
public import TracerShm

/// An event of 16 bytes with the time.
@inline(never) public func codegenThreadWriteIndex(
  _ thread: inout AgentThread, _ first: UInt64, _ second: UInt64
) -> LaneWriteOutcome {
  thread.writeIndex(type: 1, timestamp: TracerClock.now(), first, second)
}

/// An event of 16 bytes into the flight recorder.
@inline(never) public func codegenThreadWriteDetail(
  _ thread: inout AgentThread, _ first: UInt64, _ second: UInt64
) -> LaneWriteOutcome {
  thread.writeDetail(type: 1, byteCount: 16) { memory, offset in
    memory.storePayload(first, at: offset)
    memory.storePayload(second, at: offset &+ 8)
  }
}

/// Bytes of run-time length: the copy is a `memmove`.
@inline(never) public func codegenThreadWriteCopying(
  _ thread: inout AgentThread, _ payload: UnsafeRawBufferPointer
) -> LaneWriteOutcome {
  thread.writeIndex(type: 1, copying: payload)
}

/// Space of run-time size, reserved in place.
@inline(never) public func codegenThreadReserve(
  _ thread: inout AgentThread, byteCount: Int
) -> LaneReserveOutcome {
  thread.tryReserve(.index, byteCount: byteCount)
}

/// The end of a reservation, shortened.
@inline(never) public func codegenThreadCommit(
  _ thread: inout AgentThread, _ reservation: RecordReservation, byteCount: Int
) {
  thread.commit(.index, reservation, type: 1, byteCount: byteCount)
}
