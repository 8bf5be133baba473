// A histogram of fixed size in shared memory, filled in place by a worker.
//
// Log-linear, after the idea of HdrHistogram: values below 256 have a bucket each; above, every
// power of two is cut into 128 buckets, so that the middle of a bucket is within 0.4 % of any of
// its values. It spans all of UInt64 in 58 KiB; recording touches one bucket and one line of
// totals, and allocates nothing.
//
//   offset  0  number of values      16  smallest value      32…63  reserved
//           8  sum (wrapping)        24  largest value       64     buckets, 8 bytes each
//
// One process writes; another may read when the writer is idle (messages order the two).

public import HardwareMemory

/// The arithmetic of the buckets.
public enum HistogramLayout {
  /// Values below this have a bucket each.
  @inlinable static var exactLimit: UInt64 { 256 }
  /// Buckets for each further power of two, as a power of two.
  @inlinable static var subBucketBits: UInt64 { 7 }
  /// Enough buckets for every value of UInt64.
  @inlinable public static var bucketCount: Int { (63 - 7) * 128 + 256 }
  /// Bytes before the first bucket: one cache line.
  @inlinable static var headerBytes: Int { 64 }
  /// Bytes of shared memory that a histogram takes.
  @inlinable public static var byteCount: Int { headerBytes + bucketCount * 8 }

  /// The bucket that counts `value`.
  @inlinable static func bucket(of value: UInt64) -> Int {
    guard value >= exactLimit else { return Int(value) }
    let shift = UInt64(63 - value.leadingZeroBitCount) - subBucketBits
    return Int(shift << subBucketBits + value >> shift)
  }

  /// The smallest value that a bucket counts and how many different values it counts.
  static func range(ofBucket bucket: Int) -> (lowest: UInt64, width: UInt64) {
    guard bucket >= Int(exactLimit) else { return (UInt64(bucket), 1) }
    let shift = UInt64(bucket) >> subBucketBits - 1
    let mantissa = UInt64(bucket) - shift << subBucketBits
    return (mantissa << shift, 1 << shift)
  }

  /// The value that stands for a bucket: its middle.
  static func middle(ofBucket bucket: Int) -> UInt64 {
    let (lowest, width) = range(ofBucket: bucket)
    return lowest + (width - 1) / 2
  }
}

/// A histogram in place. Copies refer to the same counts. One writer at a time.
@frozen public struct SharedHistogram {
  @usableFromInline let memory: HardwareMemory

  /// The histogram at offset zero of `memory`, which holds `HistogramLayout.byteCount` bytes.
  /// Zeroed memory is not yet an empty histogram: call `reset` once.
  public init(memory: HardwareMemory) { self.memory = memory }

  /// Empties the histogram.
  public func reset() {
    for offset in stride(from: 0, to: HistogramLayout.byteCount, by: 8) {
      memory.storePayload(0, at: offset)
    }
    memory.storePayload(UInt64.max, at: 16)
  }

  /// Counts `value` once. Wait-free, no allocation.
  @inlinable public func record(_ value: UInt64) { record(value, count: 1) }

  /// Counts `value` `count` times. Wait-free, no allocation.
  @inlinable public func record(_ value: UInt64, count: UInt64) {
    let offset = HistogramLayout.headerBytes + HistogramLayout.bucket(of: value) * 8
    memory.storePayload(memory.loadPayload(at: offset) &+ count, at: offset)
    memory.storePayload(memory.loadPayload(at: 0) &+ count, at: 0)
    memory.storePayload(memory.loadPayload(at: 8) &+ value &* count, at: 8)
    if value < memory.loadPayload(at: 16) { memory.storePayload(value, at: 16) }
    if value > memory.loadPayload(at: 24) { memory.storePayload(value, at: 24) }
  }

  /// A private copy of the counts. The writer must be idle.
  public func snapshot() -> HistogramCounts {
    var counts = HistogramCounts()
    counts.total = memory.loadPayload(at: 0)
    counts.sum = memory.loadPayload(at: 8)
    counts.smallest = memory.loadPayload(at: 16)
    counts.largest = memory.loadPayload(at: 24)
    for bucket in 0..<HistogramLayout.bucketCount {
      counts.buckets[bucket] = memory.loadPayload(at: HistogramLayout.headerBytes + bucket * 8)
    }
    return counts
  }
}
