// Percentile text, as plotting programs for HdrHistogram read it (`.hgrm`).

extension HistogramCounts {
  /// The percentile distribution as text.
  ///
  /// - Parameters:
  ///   - unitsPerValue: Recorded values in one printed unit: ticks in a nanosecond, say.
  ///   - ticksPerHalfDistance: Lines for each halving of the distance to 100 %.
  public func percentileText(unitsPerValue: Double = 1, ticksPerHalfDistance: Int = 5) -> String {
    var lines = [
      "       Value     Percentile TotalCount 1/(1-Percentile)", "",
    ]
    var quantile = 0.0
    var seen: UInt64 = 0
    for (bucket, count) in buckets.enumerated() where count > 0 {
      seen += count
      let reached = Double(seen) / Double(total)
      guard reached >= quantile else { continue }
      let range = HistogramLayout.range(ofBucket: bucket)
      let value = Double(min(range.lowest + (range.width - 1), largest)) / unitsPerValue
      while quantile <= reached, seen < total {
        lines.append(line(value, quantile, seen))
        // Steps halve with every halving of what is left, so the tail is drawn as finely.
        let halvings = (1 / (1 - quantile)).exponentOfTwo + 1
        quantile += 1 / (Double(ticksPerHalfDistance) * powerOfTwo(halvings))
      }
      if seen == total { lines.append(line(value, 1, seen)) }
    }
    let mean = Text.fixed((mean ?? 0) / unitsPerValue, 3, width: 12)
    let deviation = Text.fixed(standardDeviation / unitsPerValue, 3, width: 12)
    let maximum = Text.fixed(Double(largest) / unitsPerValue, 3, width: 12)
    let count = Text.right("\(total)", 12)
    lines.append("#[Mean    = \(mean), StdDeviation   = \(deviation)]")
    lines.append("#[Max     = \(maximum), Total count    = \(count)]")
    lines.append("#[Buckets = \(Text.right("57", 12)), SubBuckets     = \(Text.right("128", 12))]")
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ value: Double, _ quantile: Double, _ seen: UInt64) -> String {
    let inverse = quantile < 1 ? Text.fixed(1 / (1 - quantile), 2, width: 14) : "           inf"
    return Text.fixed(value, 3, width: 12) + " " + Text.fixed(quantile, 12, width: 14) + " "
      + Text.right("\(seen)", 10) + " " + inverse
  }

  private func powerOfTwo(_ exponent: Int) -> Double { Double(UInt64(1) << UInt64(exponent)) }
}

extension Double {
  /// The whole part of the logarithm to base two, for values of one and more (at most 62).
  fileprivate var exponentOfTwo: Int { Int(min(self.exponent, 61)) }
}
