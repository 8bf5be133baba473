// Two stored documents side by side. Context, never a verdict.
//
// Figures of another day differ by more than any regression: at a 10 % threshold 28 % of unchanged
// builds would fail. So this says what is in both and how they relate, and warns where even that
// says nothing. A gate is measured in one run (`SequentialGate`).

/// Two documents side by side.
public struct DocumentComparison: Equatable, Sendable {
  /// One metric of one case that is in both.
  public struct Row: Equatable, Sendable {
    /// The case.
    public let id: String
    /// The metric.
    public let metric: String
    /// Its unit.
    public let unit: String
    /// The median in the first document.
    public let first: Double
    /// The median in the second document.
    public let second: Double
    /// Second ÷ first.
    public let ratio: Double
    /// Second share of the limit ÷ first share: what the machine's mood matters least for.
    public let shareRatio: Double?
  }

  /// Metrics in both, in the order of the first document.
  public let rows: [Row]
  /// Cases in the first document only.
  public let onlyInFirst: [String]
  /// Cases in the second document only.
  public let onlyInSecond: [String]
  /// What speaks against comparing at all.
  public let warnings: [String]

  /// Puts two documents side by side.
  public init(_ first: ResultDocument, _ second: ResultDocument) {
    let others = Dictionary(second.cases.map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one })
    let ids = Set(first.cases.map(\.id))
    rows = first.cases.flatMap { item in
      item.metrics.compactMap { metric -> Row? in
        guard let other = others[item.id]?.metrics.first(where: { $0.name == metric.name }),
          other.unit == metric.unit
        else { return nil }
        let shares = (metric.shareOfLimit, other.shareOfLimit)
        return Row(
          id: item.id, metric: metric.name, unit: metric.unit,
          first: metric.median, second: other.median,
          ratio: metric.median == 0 ? .nan : other.median / metric.median,
          shareRatio: shares.0.flatMap { one in shares.1.map { $0 / one } })
      }
    }
    onlyInFirst = first.cases.map(\.id).filter { others[$0] == nil }
    onlyInSecond = second.cases.map(\.id).filter { !ids.contains($0) }
    var warnings = [
      "two runs at different times: context only, no verdict on a regression"
    ]
    if first.fingerprint != second.fingerprint {
      warnings.append("different machines or settings: their figures do not compare")
    }
    for document in [first, second] where document.tool.configuration == "debug" {
      warnings.append("a debug build is among them: its figures are not performance")
      break
    }
    for (name, document) in [("first", first), ("second", second)] {
      for item in document.cases where !item.verified {
        warnings.append("\(item.id) of the \(name) document was not verified")
      }
    }
    self.warnings = warnings
  }
}
