// The gate over simulated launches: what it lets through and what it stops.

import Glibc
import Testing

@testable import Harness

@Suite struct SequentialGateTests {
  /// Costs with the noise between live pairs that was measured: 1.5 %, and one launch in ten with
  /// five times that; a drift common to both that changes tenfold half-way.
  private func launches(
    _ count: Int, slowdown: Double, random: inout SplitMix
  ) -> (head: [Double], base: [Double]) {
    var head: [Double] = []
    var base: [Double] = []
    for index in 0..<count {
      let mood = index < count / 2 ? 100.0 : 1_000.0
      func noise() -> Double {
        let uniform = max(Double.random(in: 0..<1, using: &random), 1e-12)
        let angle = Double.random(in: 0..<2 * Double.pi, using: &random)
        let normal = (-2 * log(uniform)).squareRoot() * cos(angle)
        return exp(normal * (random.next() % 10 == 0 ? 0.075 : 0.015))
      }
      head.append(mood * (1 + slowdown) * noise())
      base.append(mood * noise())
    }
    return (head, base)
  }

  /// How often each decision falls in `runs` simulated jobs.
  private func simulate(slowdown: Double, runs: Int, seed: UInt64) -> (
    pass: Int, fail: Int, open: Int
  ) {
    var random = SplitMix(seed: seed)
    var counts = (pass: 0, fail: 0, open: 0)
    for _ in 0..<runs {
      let (head, base) = launches(64, slowdown: slowdown, random: &random)
      switch SequentialGate().decide(head: head, base: base) {
      case .pass: counts.pass += 1
      case .fail: counts.fail += 1
      case .measureOn, .inconclusive: counts.open += 1
      }
    }
    print("slowdown \(slowdown), seed \(seed): \(counts)")
    return counts
  }

  @Test func equalProgramsPassAndNeverFail() {
    let counts = simulate(slowdown: 0, runs: 300, seed: 11)
    #expect(counts.fail == 0)
    #expect(counts.pass >= 297)
  }

  @Test func slowdownOfTenPerCentIsCaughtAndFivePerCentHardlyEverPasses() {
    let ten = simulate(slowdown: 0.10, runs: 200, seed: 12)
    #expect(ten.fail == 200)
    let five = simulate(slowdown: 0.05, runs: 300, seed: 13)
    #expect(five.fail >= 297)
    #expect(five.pass <= 3)
  }

  @Test func slowdownWithinTheMarginDoesNotFail() {
    #expect(simulate(slowdown: 0.02, runs: 300, seed: 14).fail <= 6)
  }

  @Test func gateAsksForMoreUntilTheNextLook() {
    let gate = SequentialGate()
    #expect(gate.decide(head: [], base: []) == .measureOn(until: 12))
    let wild = (0..<64).map { $0 % 2 == 0 ? 1.0 : 1.5 }
    let other = (0..<64).map { $0 % 4 < 2 ? 1.0 : 1.5 }
    #expect(
      gate.decide(head: Array(wild.prefix(20)), base: Array(other.prefix(20)))
        == .measureOn(until: 24))
    guard case .inconclusive = gate.decide(head: wild, base: other) else {
      Issue.record("decided by noise")
      return
    }
  }

  @Test func oneSidedPMatchesTheKnownValue() {
    // SciPy 1.17: wilcoxon(d, alternative="greater") of the nine classical pairs.
    let differences = [0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01]
    #expect(abs(SignedRank.upperP(differences) - 0.01953125) < 1e-12)
    #expect(SignedRank.upperP(differences.map { -$0 }) > 0.98)
  }

  @Test func jobIsJudgedByItsControlFirst() {
    var random = SplitMix(seed: 15)
    func metric(_ name: String, _ slowdown: Double) -> GatedMetric {
      let (head, base) = launches(64, slowdown: slowdown, random: &random)
      return GatedMetric(name: name, head: head, base: base)
    }
    let control = metric("control", 0)
    let metrics = [metric("a", 0), metric("b", 0.2), metric("c", 0)]
    #expect(GateVerdict.judge(metrics, control: control) == .regression(["b"]))
    #expect(GateVerdict.judge([metrics[0], metrics[2]], control: control) == .pass)
    for broken in [metric("control", 0.2), metric("control", -0.2)] {
      guard case .environmentInvalid = GateVerdict.judge(metrics, control: broken) else {
        Issue.record("a control that differs by a fifth was believed")
        return
      }
    }
    let short = GatedMetric(name: "d", head: [1], base: [1])
    #expect(GateVerdict.judge([short], control: control) == .measureOn(until: 12))
  }
}
