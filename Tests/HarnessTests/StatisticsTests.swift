// Estimates and tests against values computed with SciPy 1.17 (and, for estimates, by hand from
// their definitions in NumPy).

import Glibc
import Testing

@testable import Harness

@Suite struct StatisticsTests {
  // Nine pairs: the classical example of depression scores before and after (Hollander & Wolfe).
  let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
  let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]

  @Test func signedRankMatchesKnownValues() throws {
    let differences = zip(before, after).map(-)
    #expect(abs(SignedRank.twoSidedP(differences) - 0.0390625) < 1e-12)
    let centre = try #require(SignedRank.centre(differences, confidence: 0.95))
    #expect(abs(centre.value - 0.46) < 1e-12)
    #expect(abs(centre.interval.low - 0.01) < 1e-12)
    #expect(abs(centre.interval.high - 0.786) < 1e-12)
    #expect(abs(centre.interval.coverage - (1 - 2 * 0.01953125)) < 1e-12)
  }

  @Test func ratioMatchesKnownValues() throws {
    let ratio = try #require(SignedRank.ratio(before, over: after, confidence: 0.95))
    #expect(abs(ratio.value - 1.3846838219248516) < 1e-12)
    #expect(abs(ratio.interval.low - 0.9909978452920198) < 1e-12)
    #expect(abs(ratio.interval.high - 1.986968511867785) < 1e-12)
  }

  @Test func ranksOfTheIntervalMatchTheExactDistribution() {
    let known: [(Int, Int, Double)] = [
      (9, 2, 0.00390625), (12, 8, 0.004638671875), (20, 38, 0.004717826843261719),
      (50, 374, 0.0049821408826806746),
    ]
    for (count, rank, tail) in known {
      let found = SignedRank.lowerRank(count: count, tail: 0.005)
      #expect(found.rank == rank)
      #expect(abs(found.tail - tail) < 1e-12)
    }
    // Beyond the exact limit the normal form may be off by a rank or two of 1,830.
    #expect(abs(SignedRank.lowerRank(count: 60, tail: 0.005).rank - 568) <= 4)
  }

  @Test func tiesUseMeanRanksAndTheCorrectedVariance() {
    let tied = [3.0, -1, 2, 2, -2, 5, 7, -1, 4, 6, 8, 9]
    #expect(abs(SignedRank.twoSidedP(tied) - 0.013292719001104273) < 1e-9)
    #expect(SignedRank.twoSidedP([0, 0, 0]) == 1)
  }

  @Test func tooFewSamplesStateTheirSmallerCoverage() throws {
    let centre = try #require(SignedRank.centre([1, 2, 4], confidence: 0.99))
    #expect(centre.interval == Interval(low: 1, high: 4, coverage: 1 - 2.0 / 8))
    #expect(SignedRank.centre([1], confidence: 0.99) == nil)
    // Five pairs, all faster, still decide nothing at 99 %.
    let five = Comparison.compare([2, 2.1, 2, 2.2, 2], with: [1, 1, 1, 1, 1])
    guard case .noDifferenceFound = five else {
      Issue.record("five pairs decided: \(five)")
      return
    }
  }

  @Test func normalAndBinomialMatchKnownValues() {
    #expect(abs(Normal.quantile(0.995) - 2.5758293035489004) < 1e-12)
    #expect(abs(Normal.cumulative(-1.3) - 0.09680048458561036) < 1e-14)
    #expect(abs(Binomial.fairCoinTail(trials: 30, atMost: 7) - 0.0026114396750926976) < 1e-14)
    #expect(abs(Binomial.fairCoinTail(trials: 1_200, atMost: 560) - 0.011268313783754766) < 1e-4)
  }

  @Test func medianIntervalUsesTheKnownRanks() throws {
    let known: [(Int, Int, Double)] = [
      (10, 2, 0.978515625), (20, 6, 0.9586105346679688), (37, 13, 0.952968972560484),
    ]
    for (count, rank, coverage) in known {
      let samples = (1...count).map(Double.init).shuffled()
      let interval = try #require(OrderStatistics.medianInterval(samples, confidence: 0.95))
      #expect(interval.low == Double(rank))
      #expect(interval.high == Double(count + 1 - rank))
      #expect(abs(interval.coverage - coverage) < 1e-12)
    }
    #expect(OrderStatistics.median([3, 1, 2]) == 2)
    #expect(OrderStatistics.median([4, 1, 2, 3]) == 2.5)
    #expect(OrderStatistics.median([]) == nil)
  }

  @Test func holmMatchesTheDefinition() {
    #expect(Holm.adjusted([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02])
    #expect(Holm.adjusted([0.9, 0.8]) == [1, 1])
    #expect(Holm.adjusted([]).isEmpty)
  }

  @Test func commonDriftCancelsInPairedRatios() throws {
    // Both series fall to a tenth half-way; the second is always 5 % slower, give or take 1 %.
    let moods = (0..<40).map { $0 < 20 ? 100.0 : 10.0 }
    let first = moods.enumerated().map { $0.element * (1 + 0.01 * sin(Double($0.offset))) }
    let second = moods.enumerated().map { $0.element / 1.05 * (1 + 0.01 * cos(Double($0.offset))) }
    guard case .faster(let ratio) = Comparison.compare(first, with: second) else {
      Issue.record("not found")
      return
    }
    #expect(abs(ratio.value - 1.05) < 0.005)
    #expect(ratio.interval.low > 1.04 && ratio.interval.high < 1.06)
    guard case .slower(let inverse) = Comparison.compare(second, with: first) else {
      Issue.record("not found the other way round")
      return
    }
    #expect(abs(inverse.value - ratio.value) < 1e-9)
  }

  @Test func equalSeriesShowNoDifferenceAndHowSmallOneWouldBeSeen() {
    let first = (0..<40).map { 100 * (1 + 0.02 * sin(Double($0) * 1.7)) }
    let second = (0..<40).map { 100 * (1 + 0.02 * cos(Double($0) * 2.3)) }
    guard
      case .noDifferenceFound(_, let detectable) = Comparison.compare(first, with: second)
    else {
      Issue.record("a difference where there is none")
      return
    }
    #expect(detectable > 0.003 && detectable < 0.03)
    #expect(Comparison.compare([1], with: [1]) == .tooFewSamples)
  }

  @Test func manySamplesAreCondensedAndKeepTheirCentre() throws {
    let samples = (0..<5_000).map { 7 + sin(Double($0)) }
    let centre = try #require(SignedRank.centre(samples))
    #expect(abs(centre.value - 7) < 0.01)
  }
}
