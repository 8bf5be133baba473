// The gate against regressions: as many launches as the decision needs, and no more.
//
// Head and base run as live pairs in one job; each launch gives one pair of costs. At fixed looks
// the ratio head / base is bounded. The error is spent in advance: α = 0.002 on each side of each
// of six looks keeps the whole near one per cent, however early it stops.
//
//   1          1 + margin        1 + tolerance
//   ├──────────────┼──────────────────┼──────▶ head / base
//          ◀─ upper bound here ─▶ pass│
//                  │◀─ lower bound beyond: fail
//
// A pure function over samples: nothing here measures.

import Glibc

/// Decides whether head costs more than base. Costs: more is worse.
public struct SequentialGate: Equatable, Sendable {
  /// A slowdown up to this is nobody's business: it fails only beyond.
  public var margin = 0.02
  /// A slowdown of this size must not pass.
  public var tolerance = 0.05
  /// After how many pairs the bounds are looked at, ascending.
  public var looks = [12, 16, 24, 32, 48, 64]
  /// The error of each bound at each look.
  public var errorPerLook = 0.002

  /// The gate as documented.
  public init() {}

  /// What the gate says.
  public enum Decision: Equatable, Sendable {
    /// Surely below the tolerance.
    case pass(Estimate)
    /// Surely beyond the margin.
    case fail(Estimate)
    /// Neither yet: measure until there are this many pairs.
    case measureOn(until: Int)
    /// Neither after the last look.
    case inconclusive(Estimate)
  }

  /// Decides on the pairs so far: at each look the pairs up to it count, the first decision stands.
  public func decide(head: [Double], base: [Double]) -> Decision {
    var last: Estimate?
    for look in looks {
      guard min(head.count, base.count) >= look else { return .measureOn(until: look) }
      // Two bounds, each with its own error, make an interval with twice that.
      guard
        let ratio = SignedRank.ratio(
          Array(head.prefix(look)), over: Array(base.prefix(look)),
          confidence: 1 - 2 * errorPerLook)
      else { continue }
      last = ratio
      if ratio.interval.low > 1 + margin { return .fail(ratio) }
      if ratio.interval.high < 1 + tolerance { return .pass(ratio) }
    }
    return last.map(Decision.inconclusive) ?? .measureOn(until: looks.last ?? 0)
  }

  /// The p-value of the hypothesis that head is within the margin.
  public func pValue(head: [Double], base: [Double]) -> Double {
    let beyond = SignedRank.logRatios(head, base).map { $0 - log(1 + margin) }
    return SignedRank.upperP(beyond)
  }
}

/// One metric under the gate.
public struct GatedMetric: Equatable, Sendable {
  /// The metric's name.
  public let name: String
  /// Costs of the new program, launch by launch.
  public let head: [Double]
  /// Costs of the old program, each measured beside its partner.
  public let base: [Double]

  /// Pairs the costs of a metric.
  public init(name: String, head: [Double], base: [Double]) {
    self.name = name
    self.head = head
    self.base = base
  }
}

/// What a whole job found.
public enum GateVerdict: Equatable, Sendable {
  /// Every metric passes.
  case pass
  /// These metrics are slower beyond the margin, together surely so.
  case regression([String])
  /// These metrics could not be decided; none is slower for sure.
  case inconclusive([String])
  /// The control, the same program twice, differs: nothing measured here counts.
  case environmentInvalid(Estimate)
  /// More pairs are needed, up to this many.
  case measureOn(until: Int)

  /// The error allowed for all metrics together.
  private static let familyError = 0.01

  /// Judges a job: the control first, then every metric, with Holm's correction over the metrics.
  ///
  /// - Parameter control: Base against base, measured in the same job.
  public static func judge(
    _ metrics: [GatedMetric], control: GatedMetric, gate: SequentialGate = SequentialGate()
  ) -> GateVerdict {
    // Both directions: a control that is faster than itself is no better than one that is slower.
    for (one, other) in [(control.head, control.base), (control.base, control.head)] {
      switch gate.decide(head: one, base: other) {
      case .fail(let estimate): return .environmentInvalid(estimate)
      case .measureOn(let until): return .measureOn(until: until)
      case .pass, .inconclusive: continue
      }
    }
    let decisions = metrics.map { gate.decide(head: $0.head, base: $0.base) }
    let needed = decisions.compactMap { decision -> Int? in
      if case .measureOn(let until) = decision { until } else { nil }
    }
    if let until = needed.max() { return .measureOn(until: until) }
    let adjusted = Holm.adjusted(metrics.map { gate.pValue(head: $0.head, base: $0.base) })
    var slower: [String] = []
    var open: [String] = []
    for (index, metric) in metrics.enumerated() {
      switch decisions[index] {
      case .fail where adjusted[index] <= familyError: slower.append(metric.name)
      case .fail, .inconclusive: open.append(metric.name)
      case .pass, .measureOn: continue
      }
    }
    if !slower.isEmpty { return .regression(slower) }
    return open.isEmpty ? .pass : .inconclusive(open)
  }
}
