// Histograms: error bound over all of UInt64, percentiles, text.

import HardwareMemory
import Testing

@testable import Harness

@Suite struct HistogramTests {
  @Test func everyBucketHoldsItsRangeAndLeavesNoGap() {
    var next: UInt64 = 0
    for bucket in 0..<HistogramLayout.bucketCount {
      let (lowest, width) = HistogramLayout.range(ofBucket: bucket)
      #expect(lowest == next)
      #expect(HistogramLayout.bucket(of: lowest) == bucket)
      #expect(HistogramLayout.bucket(of: lowest + (width - 1)) == bucket)
      next = lowest &+ width
    }
    #expect(next == 0, "the last bucket ends with UInt64.max")
  }

  @Test func middleOfABucketIsWithinFourTenthsOfAPerCent() {
    var random = SplitMix(seed: 1)
    for _ in 0..<100_000 {
      let value = random.next() >> (random.next() % 64)
      let middle = HistogramLayout.middle(ofBucket: HistogramLayout.bucket(of: value))
      let error = abs(Double(middle) - Double(value)) / max(1, Double(value))
      #expect(error <= 0.004, "value \(value) became \(middle)")
    }
  }

  @Test func percentileNeedsTenSamplesBeyondIt() {
    var counts = HistogramCounts()
    for value in 1...999 as ClosedRange<UInt64> { counts.record(value % 200) }
    #expect(counts.percentile(0.99) == nil)
    counts.record(0)
    #expect(counts.percentile(0.99) == 197)
    #expect(counts.percentile(0.999) == nil)
    #expect(HistogramCounts().percentile(0.5) == nil)
  }

  @Test func sharedHistogramAgreesWithThePrivateOne() throws {
    let store = try SharedHistogramStore(count: 3)
    var expected = HistogramCounts()
    var random = SplitMix(seed: 2)
    for _ in 0..<10_000 {
      let value = random.next() >> (random.next() % 64)
      store[1].record(value)
      expected.record(value)
    }
    store[1].record(77, count: 5)
    expected.record(77, count: 5)
    #expect(store[1].snapshot() == expected)
    #expect(store[0].snapshot() == HistogramCounts())
    store[1].reset()
    #expect(store[1].snapshot() == HistogramCounts())
  }

  @Test func mergedHistogramsCountBoth() {
    var first = HistogramCounts()
    var second = HistogramCounts()
    first.record(10, count: 20)
    second.record(3_000, count: 20)
    first.merge(second)
    #expect(first.total == 40)
    #expect(first.minimum == 10 && first.maximum == 3_000)
    #expect(first.mean == 1_505)
    #expect(first.percentile(0.5) == 10)
  }

  @Test func workerFillsItsHistogramInPlace() throws {
    let outcome = try Probe.run("histogram")
    #expect(outcome.value("first") == "0")
    #expect(outcome.value("second") == "1000")
    #expect(outcome.value("median") == "500")
  }

  @Test func percentileTextEndsWithTheWholeCount() {
    var counts = HistogramCounts()
    for value in 1...1_000 as ClosedRange<UInt64> { counts.record(value * 10) }
    let lines = counts.percentileText(unitsPerValue: 10).split(separator: "\n")
    #expect(lines[0] == "       Value     Percentile TotalCount 1/(1-Percentile)")
    #expect(lines[1] == "       1.000 0.000000000000          1           1.00")
    #expect(lines.contains("    1000.000 1.000000000000       1000            inf"))
    #expect(lines.contains("#[Max     =     1000.000, Total count    =         1000]"))
    #expect(lines.contains { $0.hasPrefix("#[Mean    =      500.500,") })
    let half = lines.first { $0.contains(" 0.500000000000 ") }
    let value = half?.split(separator: " ").first.flatMap { Double($0) } ?? 0
    #expect(abs(value / 500 - 1) < 0.008, "half of the values are at most 500, in their bucket")
  }
}

/// A small generator with a seed, so that failures repeat.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
