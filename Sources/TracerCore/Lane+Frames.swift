// The two kinds of frames that an output gets: records of a ring, and an account without records.
// Used by whoever drains a lane and by whoever recovers it.

import MemoryInterface

extension LaneReader.Portion {
  /// Writes the records as one frame; nothing where there are none.
  @inlinable func write<Output: LaneOutput>(
    of lane: Lane<Memory>, into output: inout Output
  ) throws(Output.Failure) where Output.Memory == Memory {
    guard byteCount > 0 else { return }
    let frame = LaneFrame(
      lane: lane.identifier, slotEpoch: slotEpoch, generation: generation,
      firstSequence: firstSequence, recordCount: recordCount, byteCount: byteCount,
      account: account)
    try output.write(
      frame,
      LaneRecords(
        memory: lane.memory, offset: recordsOffset + startOffset, byteCount: byteCount,
        firstSequence: firstSequence))
  }
}

extension Lane {
  /// Writes what became of attempts without records: a frame that has none.
  ///
  /// - Parameter first: the first number that `account` accounts for anew.
  @inlinable public func write<Output: LaneOutput>(
    _ account: LaneAccount, since first: UInt64, into output: inout Output
  ) throws(Output.Failure) where Output.Memory == Memory {
    let frame = LaneFrame(
      lane: identifier, slotEpoch: 0, generation: 0, firstSequence: first, recordCount: 0,
      byteCount: 0, account: account)
    try output.write(
      frame, LaneRecords(memory: memory, offset: offset, byteCount: 0, firstSequence: first))
  }
}
