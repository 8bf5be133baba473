// The verdict between two variants of one run, in words a person can trust.

import Glibc

/// The outcome of comparing two series of paired figures where more is better.
public enum Comparison: Equatable, Sendable {
  /// The first is faster by this factor (above one).
  case faster(Estimate)
  /// The first is slower: the second is faster by this factor (above one).
  case slower(Estimate)
  /// The interval of the ratio contains one. With it the smallest true difference (0.03: three
  /// per cent) that a run like this one would find four times out of five.
  case noDifferenceFound(Estimate, smallestDetectable: Double)
  /// Fewer than two pairs.
  case tooFewSamples

  /// The power that `smallestDetectable` is stated for.
  private static let power = 0.8

  /// Compares `first` with `second`, pair by pair.
  ///
  /// - Parameter confidence: Of the interval of the ratio. Where several comparisons share a
  ///   table, divide what is left of one by their number (Bonferroni), or use `Holm` on p-values.
  public static func compare(
    _ first: [Double], with second: [Double], confidence: Double = 0.99
  ) -> Comparison {
    guard let ratio = SignedRank.ratio(first, over: second, confidence: confidence) else {
      return .tooFewSamples
    }
    let interval = ratio.interval
    // An interval that reaches less coverage than asked for decides nothing.
    let decides = interval.coverage >= confidence - 0.005
    if decides, interval.low > 1 { return .faster(ratio) }
    if decides, interval.high < 1 {
      let inverse = Interval(
        low: 1 / interval.high, high: 1 / interval.low, coverage: interval.coverage)
      return .slower(Estimate(value: 1 / ratio.value, interval: inverse))
    }
    let halfWidth = (log(interval.high) - log(interval.low)) / 2
    let critical = Normal.quantile(1 - (1 - interval.coverage) / 2)
    let detectable = exp(halfWidth * (1 + Normal.quantile(power) / critical)) - 1
    return .noDifferenceFound(ratio, smallestDetectable: detectable)
  }
}

/// Holm's correction for several tests at once.
public enum Holm {
  /// Adjusted p-values, in the order given: reject those that are at most the error wanted for all
  /// tests together.
  public static func adjusted(_ pValues: [Double]) -> [Double] {
    var result = pValues
    var largest = 0.0
    for (place, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
      largest = max(largest, min(1, pValues[index] * Double(pValues.count - place)))
      result[index] = largest
    }
    return result
  }
}
