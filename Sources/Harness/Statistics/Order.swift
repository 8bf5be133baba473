// Statistics by order: median and its interval. They assume nothing about the distribution.

/// An interval that covers a quantity with a stated probability.
public struct Interval: Equatable, Sendable {
  /// The lower end.
  public let low: Double
  /// The upper end.
  public let high: Double
  /// The probability with which intervals made in this way cover the truth.
  public let coverage: Double
}

/// Medians and quantiles of samples.
public enum OrderStatistics {
  /// The median; `nil` of nothing.
  public static func median(_ samples: [Double]) -> Double? {
    sortedMedian(samples.sorted())
  }

  /// The median of samples that are sorted already; `nil` of nothing.
  static func sortedMedian(_ sorted: [Double]) -> Double? {
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// An interval for the median of the population, between two order statistics.
  ///
  /// The narrowest symmetric pair whose coverage is at least `confidence`; with too few samples
  /// the extremes, whose smaller coverage is stated. `nil` of fewer than two samples.
  public static func medianInterval(_ samples: [Double], confidence: Double = 0.99) -> Interval? {
    guard samples.count >= 2 else { return nil }
    let sorted = samples.sorted()
    // The k-th smallest and k-th largest miss the median when fewer than k samples lie on one
    // side of it: twice the lower tail of a fair coin.
    var rank = 1
    var tail = Binomial.fairCoinTail(trials: sorted.count, atMost: 0)
    while rank < sorted.count / 2 {
      let next = Binomial.fairCoinTail(trials: sorted.count, atMost: rank)
      if 2 * next > 1 - confidence { break }
      tail = next
      rank += 1
    }
    return Interval(
      low: sorted[rank - 1], high: sorted[sorted.count - rank], coverage: 1 - 2 * tail)
  }
}

/// Tails of the binomial distribution of a fair coin.
enum Binomial {
  /// The probability of at most `atMost` heads in `trials` tosses.
  static func fairCoinTail(trials: Int, atMost: Int) -> Double {
    guard atMost >= 0 else { return 0 }
    // Beyond a thousand tosses the terms underflow; the normal form is then exact to 1e-4.
    guard trials <= 1_000 else {
      let mean = Double(trials) / 2
      let deviation = Double(trials).squareRoot() / 2
      return Normal.cumulative((Double(atMost) + 0.5 - mean) / deviation)
    }
    var term = 1.0
    for _ in 0..<trials { term /= 2 }
    var sum = 0.0
    for heads in 0...min(atMost, trials) {
      sum += term
      term *= Double(trials - heads) / Double(heads + 1)
    }
    return min(1, sum)
  }
}
