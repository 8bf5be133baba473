// Do region kinds differ in how often they show the outcome that a test asks for?
//
// Counts of millions of instances are no independent samples: this kind of machine changes its
// regime for seconds, so that a chi-squared test over instances would call every pair of runs
// different. The unit is therefore the slice: every round runs a slice over each kind, in an order
// drawn anew, and the test is a permutation test that shuffles the kinds within each round (the
// statistic: the sum of squared differences of the kinds' mean shares from the mean of all).

/// Whether region kinds differ in the share of the outcome asked for.
public struct KindComparison: Sendable, Equatable {
  /// How it was computed, for the output.
  public static let method = "permutation test of slices' shares, kinds shuffled within rounds"
  /// The probability of a spread at least this wide if kinds do not matter.
  public let pValue: Double
  /// The smallest difference of two kinds' shares that this run would have seen with probability
  /// 0.8 at the 5 % level, in absolute share.
  public let smallestDetectable: Double
  /// The widest difference of two kinds' mean shares.
  public let widestDifference: Double
  /// The mean share over all slices.
  public let meanShare: Double

  /// Shuffles tried: p-values are multiples of one in ten thousand.
  private static let permutations = 9_999
  /// Quantiles of the normal distribution: two-sided 5 % level, and probability 0.8.
  private static let detectionFactor = 1.960 + 0.842

  /// Compares kinds; `shares[k][r]` is kind k's share in round r. `nil` for fewer than two kinds
  /// or rounds.
  public init?(shares: [[Double]], seed: UInt64) {
    guard shares.count > 1, let rounds = shares.first?.count, rounds > 1,
      shares.allSatisfy({ $0.count == rounds })
    else { return nil }
    let kinds = shares.count
    let rows = (0..<rounds).map { round in shares.map { $0[round] } }
    let observed = Self.spread(rows)
    var random = LitmusRandom(seed: seed)
    var asWide = 0
    for _ in 0..<Self.permutations {
      let shuffled = rows.map { $0.shuffled(using: &random) }
      // A hair below: the same value summed in another order must count as equal.
      if Self.spread(shuffled) >= observed * (1 - 1e-9) { asWide += 1 }
    }
    pValue = Double(asWide + 1) / Double(Self.permutations + 1)
    let means = shares.map { $0.reduce(0, +) / Double(rounds) }
    let mean = means.reduce(0, +) / Double(kinds)
    meanShare = mean
    widestDifference = means.max()! - means.min()!
    var squares = 0.0
    for row in rows {
      let rowMean = row.reduce(0, +) / Double(kinds)
      for (kind, share) in row.enumerated() {
        let residual = share - rowMean - (means[kind] - mean)
        squares += residual * residual
      }
    }
    let variance = squares / Double((rounds - 1) * (kinds - 1))
    smallestDetectable = Self.detectionFactor * (2 * variance / Double(rounds)).squareRoot()
  }

  private static func spread(_ rows: [[Double]]) -> Double {
    let kinds = rows[0].count
    var means = [Double](repeating: 0, count: kinds)
    for row in rows {
      for kind in 0..<kinds { means[kind] += row[kind] / Double(rows.count) }
    }
    let mean = means.reduce(0, +) / Double(kinds)
    return means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }
}
