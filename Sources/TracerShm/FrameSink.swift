// What stands between a pass and the caller's output: the pass is specialised once for hardware
// memory, and calls the output once per frame. Checks that the region was not cut short meanwhile,
// copies where asked to, and brings rings to the disk where the region's options say so.

import HardwareMemory
import TracerCore

/// A pass's output, type-erased. Lives for one pass.
struct FrameSink: LaneOutput {
  typealias Memory = HardwareMemory
  typealias Failure = any Error

  let region: SharedRegion
  /// Private memory for one ring; `nil` to hand records out in place.
  let copy: FrameCopy?
  let body: (LaneFrame, LaneRecords<HardwareMemory>) throws -> Void
  var records: UInt64 = 0
  var bytes = 0

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(any Error) {
    // Before: the walk may have read zeros. After: the output may have.
    try refuseTruncated()
    try body(frame, copy?.take(records) ?? records)
    try refuseTruncated()
    self.records &+= frame.recordCount
    bytes &+= frame.byteCount
  }

  private func refuseTruncated() throws(any Error) {
    let lost = region.truncatedBytes
    if lost > 0 { throw TracerError.truncated(region.backing.description, byteCount: lost) }
  }
}

/// Private memory for the records of one ring: a peer that is not trusted cannot change them.
final class FrameCopy {
  private let buffer: UnsafeMutableRawBufferPointer

  /// Room for the largest ring of these lanes.
  init(_ geometry: LanesGeometry) {
    buffer = .allocate(
      byteCount: max(geometry.index.ringByteCount, geometry.detail.ringByteCount),
      alignment: MemoryLayout<UInt64>.alignment)
  }

  deinit { buffer.deallocate() }

  /// A copy of a run of records, good until the next one.
  func take(_ records: LaneRecords<HardwareMemory>) -> LaneRecords<HardwareMemory> {
    guard records.byteCount > 0, let base = buffer.baseAddress else { return records }
    records.memory.withPayload(at: records.offset, byteCount: records.byteCount) { source in
      source.withUnsafeBytes { buffer.copyMemory(from: $0) }
    }
    return LaneRecords(
      memory: HardwareMemory(base: base), offset: 0, byteCount: records.byteCount,
      firstSequence: records.firstSequence)
  }
}
