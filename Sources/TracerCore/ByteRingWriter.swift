// The producing side of a byte ring: reserve space in place, fill it, commit it as a record.

public import MemoryInterface

/// Space for one record, reserved in place and not yet part of the stream.
@frozen public struct RecordReservation: Equatable, Sendable {
  /// Where the payload begins, in bytes of the ring's memory; a multiple of eight.
  public let payloadOffset: Int
  /// Bytes reserved for payload.
  public let byteCount: Int

  @inlinable init(payloadOffset: Int, byteCount: Int) {
    self.payloadOffset = payloadOffset
    self.byteCount = byteCount
  }
}

/// The answer to an attempt to write.
@frozen public enum WriteOutcome: UInt8, Equatable, Sendable {
  /// The record is in the ring; it becomes visible as the policy says.
  case written
  /// There is no room now.
  case full
  /// The record exceeds `maximumPayload`: there will never be room.
  case tooLarge
}

/// The producing side of a byte ring. Wait-free. Belongs to one thread of one process.
@frozen public struct ByteRingWriter<Memory: SharedMemory>: ~Copyable {
  /// The memory that records stand in: `storePayload` within a reservation.
  public let memory: Memory
  @usableFromInline var core: RingWriterCore<Memory>
  @usableFromInline let dataOffset: Int
  /// Up to here records may be appended without a look at anything: the end of known free space
  /// or of the lap, whichever is nearer.
  @usableFromInline var runEnd: UInt64
  /// The largest payload of one record, in bytes.
  public let maximumPayload: Int

  @inlinable @inline(__always) init(_ ring: ByteRing<Memory>, policy: PublishPolicy)
    throws(RingLayoutError)
  {
    memory = ring.memory
    dataOffset = ring.offset + RingHeader.data
    maximumPayload = ring.geometry.maximumPayload
    core = try RingWriterCore(
      memory: ring.memory, at: ring.offset, capacity: UInt64(ring.geometry.capacity),
      policy: policy)
    runEnd = core.position
    updateRunEnd()
  }

  /// The write position: bytes written since the ring was made, fillers included.
  @inlinable public var position: UInt64 { core.position }

  @inlinable func offset(of position: UInt64) -> Int {
    dataOffset &+ Int(truncatingIfNeeded: position & (core.capacity &- 1))
  }

  @inlinable var untilLapEnd: UInt64 {
    core.capacity &- (core.position & (core.capacity &- 1))
  }

  @inlinable mutating func updateRunEnd() {
    runEnd = core.position &+ min(core.knownFree, untilLapEnd)
  }

  /// Reserves space for a record with up to `byteCount` bytes of payload.
  ///
  /// Refuses with `nil` when there is no room or the payload exceeds `maximumPayload`; never
  /// blocks. A reservation that is not committed is simply forgotten.
  @inlinable @inline(__always)
  public mutating func tryReserve(byteCount: Int) -> RecordReservation? {
    // As unsigned, so that a negative count is too large.
    guard UInt(bitPattern: byteCount) <= UInt(bitPattern: maximumPayload) else { return nil }
    let size = RecordHeader.recordByteCount(payload: byteCount)
    if size > runEnd &- core.position {
      guard makeRoom(for: size) else { return nil }
    }
    return RecordReservation(
      payloadOffset: offset(of: core.position) &+ RecordHeader.byteCount, byteCount: byteCount)
  }

  /// The slow path of a reservation: looks at the reader's position, goes to the next lap.
  ///
  /// Filler is written only when the record behind it fits as well, so that a refused record
  /// changes nothing.
  @inlinable mutating func makeRoom(for size: UInt64) -> Bool {
    let rest = untilLapEnd
    let needed = size > rest ? size &+ rest : size
    if needed > core.knownFree {
      core.refresh()
      if needed > core.knownFree {
        updateRunEnd()
        return false
      }
    }
    if size > rest {
      let header = RecordHeader(
        byteCount: Int(truncatingIfNeeded: rest) &- RecordHeader.byteCount, type: 0,
        flags: RecordHeader.filler)
      memory.storePayload(header.word, at: offset(of: core.position))
      // Not published by itself: it goes with the record behind it.
      core.position &+= rest
    }
    updateRunEnd()
    return true
  }

  /// Appends the reserved record with its first `byteCount` bytes as payload (all by default).
  ///
  /// The reservation is the latest one of this writer. Bytes that were not stored to carry
  /// whatever stood there before.
  @inlinable @inline(__always)
  public mutating func commit(
    _ reservation: RecordReservation, type: UInt16, flags: UInt16 = 0, byteCount: Int? = nil
  ) {
    let payload = byteCount ?? reservation.byteCount
    precondition(
      payload >= 0 && payload <= reservation.byteCount, "a commit stays within its reservation")
    let header = RecordHeader(byteCount: payload, type: type, flags: flags)
    memory.storePayload(header.word, at: reservation.payloadOffset &- RecordHeader.byteCount)
    core.advance(by: RecordHeader.recordByteCount(payload: payload))
    // Small records share a line with their neighbours: not worth a hint each.
    if payload >= 56 { memory.prefetchForWrite(at: offset(of: core.position &+ 512)) }
  }

  /// Makes every committed record visible.
  @inlinable public mutating func publish() {
    if core.published != core.position { core.publish() }
  }

  /// Why an attempt to reserve `byteCount` bytes was refused.
  @inlinable public func refusal(byteCount: Int) -> WriteOutcome {
    byteCount >= 0 && byteCount <= maximumPayload ? .full : .tooLarge
  }

  /// Writes a record in place: `fill` stores its payload at the offset that it is given.
  @inlinable @inline(__always)
  public mutating func tryWrite(
    type: UInt16, byteCount: Int, _ fill: (Memory, _ payloadOffset: Int) -> Void
  ) -> WriteOutcome {
    guard let reservation = tryReserve(byteCount: byteCount) else {
      return refusal(byteCount: byteCount)
    }
    fill(memory, reservation.payloadOffset)
    commit(reservation, type: type)
    return .written
  }

  /// Writes a record that begins with a counter value; `fill` stores the payload behind it.
  ///
  /// - Parameter byteCount: bytes of payload without the counter value.
  @inlinable @inline(__always)
  public mutating func tryWrite(
    type: UInt16, timestamp: UInt64, byteCount: Int,
    _ fill: (Memory, _ payloadOffset: Int) -> Void
  ) -> WriteOutcome {
    let (total, overflow) = byteCount.addingReportingOverflow(8)
    guard !overflow, let reservation = tryReserve(byteCount: total) else {
      return overflow ? .tooLarge : refusal(byteCount: total)
    }
    memory.storePayload(timestamp, at: reservation.payloadOffset)
    fill(memory, reservation.payloadOffset &+ 8)
    commit(reservation, type: type, flags: RecordHeader.timestamped)
    return .written
  }
}

extension ByteRingWriter where Memory: AddressableMemory {
  /// Writes a record with a copy of `payload`.
  @inlinable @inline(__always)
  public mutating func tryWrite(
    type: UInt16, copying payload: UnsafeRawBufferPointer
  ) -> WriteOutcome {
    guard let reservation = tryReserve(byteCount: payload.count) else {
      return refusal(byteCount: payload.count)
    }
    memory.copyPayload(from: payload, to: reservation.payloadOffset)
    commit(reservation, type: type)
    return .written
  }

  /// Writes a record in place through a span of exactly `byteCount` bytes.
  @inlinable @inline(__always)
  public mutating func tryWrite(
    type: UInt16, byteCount: Int, inPlace fill: (inout MutableRawSpan) -> Void
  ) -> WriteOutcome {
    guard let reservation = tryReserve(byteCount: byteCount) else {
      return refusal(byteCount: byteCount)
    }
    memory.withMutablePayload(
      at: reservation.payloadOffset, byteCount: byteCount, fill)
    commit(reservation, type: type)
    return .written
  }
}
