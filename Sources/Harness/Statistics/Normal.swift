// The standard normal distribution.

import Glibc

enum Normal {
  /// The probability of a value of at most `z`.
  static func cumulative(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

  /// The value that is not exceeded with `probability` (strictly between 0 and 1).
  ///
  /// By bisection on `cumulative`: exact to the last digits, and fast enough for a summary.
  static func quantile(_ probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "a probability strictly between 0 and 1")
    // Forty deviations: beyond them the probability is zero in 64-bit arithmetic.
    var low = -40.0
    var high = 40.0
    // A hundred halvings of 80 exhaust the 53 bits of the mantissa.
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if cumulative(middle) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
