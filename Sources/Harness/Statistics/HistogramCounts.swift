// The counts of a histogram, taken out of shared memory: merging, percentiles, text.

/// A private histogram: the snapshot of a shared one, or the sum of several.
public struct HistogramCounts: Equatable, Sendable {
  var buckets = [UInt64](repeating: 0, count: HistogramLayout.bucketCount)
  /// How many values were recorded.
  public internal(set) var total: UInt64 = 0
  var sum: UInt64 = 0
  var smallest = UInt64.max
  /// The largest value; zero when empty.
  public internal(set) var largest: UInt64 = 0

  /// An empty histogram.
  public init() {}

  /// The smallest value; `nil` when empty.
  public var minimum: UInt64? { total > 0 ? smallest : nil }
  /// The largest value; `nil` when empty.
  public var maximum: UInt64? { total > 0 ? largest : nil }
  /// The mean of the values themselves, not of the buckets; `nil` when empty.
  public var mean: Double? { total > 0 ? Double(sum) / Double(total) : nil }

  /// Counts `value` `count` times.
  public mutating func record(_ value: UInt64, count: UInt64 = 1) {
    guard count > 0 else { return }
    buckets[HistogramLayout.bucket(of: value)] += count
    total += count
    sum = sum &+ value &* count
    smallest = min(smallest, value)
    largest = max(largest, value)
  }

  /// Adds the counts of another histogram.
  public mutating func merge(_ other: HistogramCounts) {
    for bucket in buckets.indices { buckets[bucket] += other.buckets[bucket] }
    total += other.total
    sum = sum &+ other.sum
    smallest = min(smallest, other.smallest)
    largest = max(largest, other.largest)
  }

  /// Fewer samples than this beyond a percentile, and it is an anecdote: it is not printed.
  static let samplesBeyond = 10.0

  /// The value that a fraction `quantile` (0…1) of the samples does not exceed, within 0.4 %;
  /// `nil` unless at least ten samples lie beyond it (on the thinner side).
  public func percentile(_ quantile: Double) -> UInt64? {
    // A little tolerance: 0.999 is not exact in binary, and 10,000 samples are to suffice for it.
    let beyond = Double(total) * min(quantile, 1 - quantile)
    guard beyond >= HistogramCounts.samplesBeyond - 1e-6 else { return nil }
    return value(atRank: max(1, UInt64((quantile * Double(total) - 1e-6).rounded(.up))))
  }

  /// The middle of the bucket that holds the sample of this rank (1…total), within the extremes.
  func value(atRank rank: UInt64) -> UInt64 {
    var seen: UInt64 = 0
    for (bucket, count) in buckets.enumerated() where count > 0 {
      seen += count
      if seen >= rank {
        return min(max(HistogramLayout.middle(ofBucket: bucket), smallest), largest)
      }
    }
    return largest
  }

  /// The standard deviation, from the middles of the buckets.
  var standardDeviation: Double {
    guard let mean, total > 0 else { return 0 }
    let squares = buckets.enumerated().reduce(0.0) { sum, entry in
      guard entry.element > 0 else { return sum }
      let difference = Double(HistogramLayout.middle(ofBucket: entry.offset)) - mean
      return sum + difference * difference * Double(entry.element)
    }
    return (squares / Double(total)).squareRoot()
  }
}
