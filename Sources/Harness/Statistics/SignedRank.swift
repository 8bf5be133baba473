// Wilcoxon's signed-rank distribution and the estimates that belong to it.
//
// After J. L. Hodges and E. L. Lehmann, "Estimates of location based on rank tests" (1963): the
// estimate of a shift is the median of all means of two samples (Walsh averages), and its interval
// runs between two of these averages, found by inverting the signed-rank test. Assumes that the
// differences are symmetric about the shift, nothing else: one wild slice costs nothing.

import Glibc

/// An estimate with its interval.
public struct Estimate: Equatable, Sendable {
  /// The Hodges–Lehmann estimate.
  public let value: Double
  /// The interval, with its actual coverage.
  public let interval: Interval

  /// Makes an estimate.
  public init(value: Double, interval: Interval) {
    self.value = value
    self.interval = interval
  }
}

/// The signed-rank statistic: paired comparison.
public enum SignedRank {
  /// Up to here the distribution is computed exactly; beyond, the normal form is within 1e-3.
  static let exactLimit = 50
  /// Walsh averages grow with the square: beyond this many samples neighbours are averaged first,
  /// which keeps half a million of them.
  static let sampleLimit = 1_000

  /// The Hodges–Lehmann estimate of the centre of `samples`; `nil` of fewer than two.
  ///
  /// - Parameter confidence: The coverage asked for. With too few samples the interval spans all
  ///   and states its smaller coverage.
  public static func centre(_ samples: [Double], confidence: Double = 0.99) -> Estimate? {
    let values = condensed(samples)
    let count = values.count
    guard count >= 2 else { return nil }
    var averages: [Double] = []
    averages.reserveCapacity(count * (count + 1) / 2)
    for i in 0..<count { for j in i..<count { averages.append((values[i] + values[j]) / 2) } }
    averages.sort()
    guard let estimate = OrderStatistics.sortedMedian(averages) else { return nil }
    let (rank, tail) = lowerRank(count: count, tail: (1 - confidence) / 2)
    return Estimate(
      value: estimate,
      interval: Interval(
        low: averages[rank - 1], high: averages[averages.count - rank], coverage: 1 - 2 * tail))
  }

  /// The Hodges–Lehmann estimate of the ratio `numerator / denominator` of paired samples: the
  /// centre of the logarithms of their ratios. `nil` of fewer than two pairs.
  ///
  /// Samples are positive; pairs with another value count as no pair.
  public static func ratio(
    _ numerator: [Double], over denominator: [Double], confidence: Double = 0.99
  ) -> Estimate? {
    guard let centre = centre(logRatios(numerator, denominator), confidence: confidence) else {
      return nil
    }
    return Estimate(
      value: exp(centre.value),
      interval: Interval(
        low: exp(centre.interval.low), high: exp(centre.interval.high),
        coverage: centre.interval.coverage))
  }

  /// The two-sided p-value of the hypothesis that the centre is zero. Zeros are dropped, ties get
  /// their mean rank. One where nothing is left.
  public static func twoSidedP(_ samples: [Double]) -> Double {
    let ranked = RankSums(condensed(samples))
    return min(1, 2 * ranked.tail(atMost: min(ranked.positive, ranked.negative)))
  }

  /// The one-sided p-value of the hypothesis that the centre is zero or less: small where the
  /// samples lie above zero.
  public static func upperP(_ samples: [Double]) -> Double {
    let ranked = RankSums(condensed(samples))
    return min(1, ranked.tail(atMost: ranked.negative))
  }

  /// Logarithms of the ratios of pairs whose both values are positive and finite.
  static func logRatios(_ numerator: [Double], _ denominator: [Double]) -> [Double] {
    zip(numerator, denominator).compactMap { above, below in
      above > 0 && below > 0 && above.isFinite && below.isFinite ? log(above / below) : nil
    }
  }

  /// The largest rank k whose lower tail P(T ≤ k − 1) is at most `tail` (else one), and that tail.
  static func lowerRank(count: Int, tail: Double) -> (rank: Int, tail: Double) {
    if count <= exactLimit {
      let distribution = exactDistribution(count: count)
      var sum = distribution[0]
      guard sum <= tail else { return (1, sum) }
      var rank = 1
      while sum + distribution[rank] <= tail {
        sum += distribution[rank]
        rank += 1
      }
      return (rank, sum)
    }
    let n = Double(count)
    let mean = n * (n + 1) / 4
    let deviation = (n * (n + 1) * (2 * n + 1) / 24).squareRoot()
    // P(T ≤ k − 1) with continuity correction: k = mean + 0.5 + z · deviation, rounded down.
    let rank = max(1, Int((mean + 0.5 + Normal.quantile(tail) * deviation).rounded(.down)))
    return (rank, Normal.cumulative((Double(rank) - 0.5 - mean) / deviation))
  }

  static func exactTail(count: Int, atMost: Int) -> Double {
    let distribution = exactDistribution(count: count)
    return distribution[0...min(max(0, atMost), distribution.count - 1)].reduce(0, +)
  }

  /// The probability of every rank sum: each rank is in the sum or not, like a fair coin.
  private static func exactDistribution(count: Int) -> [Double] {
    let largest = count * (count + 1) / 2
    var probabilities = [Double](repeating: 0, count: largest + 1)
    probabilities[0] = 1
    for rank in 1...count {
      for sum in stride(from: largest, through: 0, by: -1) {
        let with = sum >= rank ? probabilities[sum - rank] : 0
        probabilities[sum] = (probabilities[sum] + with) / 2
      }
    }
    return probabilities
  }

  /// The samples, or the means of equally long runs of neighbours where there are too many.
  private static func condensed(_ samples: [Double]) -> [Double] {
    guard samples.count > sampleLimit else { return samples }
    let length = (samples.count + sampleLimit - 1) / sampleLimit
    return stride(from: 0, to: samples.count - length + 1, by: length).map { start in
      samples[start..<start + length].reduce(0, +) / Double(length)
    }
  }
}

/// The rank sums of samples that are not zero, with mean ranks for ties.
private struct RankSums {
  private(set) var positive = 0.0
  private(set) var negative = 0.0
  private let count: Int
  private var tieCorrection = 0.0

  init(_ samples: [Double]) {
    let values = samples.filter { $0 != 0 }.sorted { abs($0) < abs($1) }
    count = values.count
    var start = 0
    while start < count {
      var end = start
      while end + 1 < count, abs(values[end + 1]) == abs(values[start]) { end += 1 }
      let size = Double(end - start + 1)
      let meanRank = Double(start + end + 2) / 2
      tieCorrection += size * size * size - size
      for index in start...end {
        if values[index] > 0 { positive += meanRank } else { negative += meanRank }
      }
      start = end + 1
    }
  }

  /// The probability of a rank sum of at most `sum` where the centre is zero.
  func tail(atMost sum: Double) -> Double {
    guard count > 0 else { return 1 }
    if count <= SignedRank.exactLimit, tieCorrection == 0 {
      return SignedRank.exactTail(count: count, atMost: Int(sum))
    }
    let n = Double(count)
    let variance = n * (n + 1) * (2 * n + 1) / 24 - tieCorrection / 48
    guard variance > 0 else { return 1 }
    // Half a rank of continuity correction.
    return Normal.cumulative((sum - n * (n + 1) / 4 + 0.5) / variance.squareRoot())
  }
}
