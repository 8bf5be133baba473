// What stands between a pass and the caller's output: the pass is specialised once for hardware
// memory, and calls the output once per frame. Checks that the region was not cut short meanwhile,
// copies where asked to, and brings rings to the disk where the region's options say so.

import HardwareMemory
import MemoryInterface
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
  private var synchronisations = 0
  /// Rings on the disk, each after two calls.
  var syncedRings: Int { synchronisations / 2 }
  private let synchronises: Bool

  init(
    region: SharedRegion, copy: FrameCopy?,
    body: @escaping (LaneFrame, LaneRecords<HardwareMemory>) throws -> Void
  ) {
    self.region = region
    self.copy = copy
    self.body = body
    if case .file = region.backing, region.options.syncPolicy == .everyRing {
      synchronises = true
    } else {
      synchronises = false
    }
  }

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(any Error) {
    // Before: the walk may have read zeros. After: the output may have.
    try region.refuseTruncated()
    try body(frame, copy?.take(records, of: frame) ?? records)
    try region.refuseTruncated()
    self.records &+= frame.recordCount
    bytes &+= frame.byteCount
  }

  mutating func synchronise(offset: Int, byteCount: Int) throws(any Error) -> Bool {
    guard synchronises else { return false }
    try region.synchronise(payloadOffset: offset, byteCount: byteCount)
    synchronisations += 1
    return true
  }

}

extension SharedRegion {
  /// Zeros that stand where the region was cut short are nobody's records.
  func refuseTruncated() throws(TracerError) {
    let lost = truncatedBytes
    if lost > 0 { throw .truncated(backing.description, byteCount: lost) }
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
  ///
  /// - Throws: where the copy does not hold what was found in place a moment before.
  func take(
    _ records: LaneRecords<HardwareMemory>, of frame: LaneFrame
  ) throws(LaneCorruption) -> LaneRecords<HardwareMemory> {
    guard records.byteCount > 0, let base = buffer.baseAddress else { return records }
    records.memory.withPayload(at: records.offset, byteCount: records.byteCount) { source in
      source.withUnsafeBytes { buffer.copyMemory(from: $0) }
    }
    let copied = LaneRecords(
      memory: HardwareMemory(base: base), offset: 0, byteCount: records.byteCount,
      firstSequence: records.firstSequence)
    try check(copied, against: frame)
    return copied
  }

  /// The account that goes with the frame was made of lengths in place: they have to be these.
  private func check(
    _ records: LaneRecords<HardwareMemory>, against frame: LaneFrame
  ) throws(LaneCorruption) {
    var count: UInt64 = 0
    var sequence = frame.firstSequence
    var position = 0
    while position < records.byteCount {
      let (item, next) = try records.item(at: position)
      switch item {
      case .record:
        count += 1
        sequence &+= 1
      case .losses(let losses): sequence &+= losses.total
      }
      position = next
    }
    guard count == frame.recordCount, sequence == frame.account.nextSequence else {
      throw .sequence(ring: 0, first: frame.firstSequence, expected: frame.account.nextSequence)
    }
  }
}
