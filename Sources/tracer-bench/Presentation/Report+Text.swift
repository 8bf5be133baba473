// A report for a terminal and for a job summary.

extension Report {
  /// For a terminal.
  func plainText(colour: Bool) -> String {
    func bold(_ text: String) -> String { colour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    var lines: [String] = []
    for warning in warnings { lines.append(bold("! " + warning)) }
    for (name, value) in environment + calibration {
      lines.append("\(Format.padded(name, 16))\(value)")
    }
    for group in groups {
      lines += ["", bold(group.title), group.table.plain()]
    }
    if !verdicts.isEmpty {
      lines += ["", bold("In short")]
      lines += summary.map { "  " + $0 }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// For a job summary.
  func markdown() -> String {
    var lines = ["# tracer-bench", ""]
    for warning in warnings { lines += ["> **\(warning)**", ""] }
    var machine = TextTable(["machine", ""])
    machine.rows = (environment + calibration).map { [$0.name, $0.value] }
    if !machine.rows.isEmpty { lines += [machine.markdown(), ""] }
    for group in groups { lines += ["## \(group.title)", "", group.table.markdown(), ""] }
    if !verdicts.isEmpty {
      lines += ["## In short", ""] + summary.map { "- \($0)" } + [""]
    }
    return lines.joined(separator: "\n")
  }

  /// One line for each group: what differs, or that nothing was found to.
  var summary: [String] {
    var titles: [String] = []
    for verdict in verdicts where !titles.contains(verdict.group) { titles.append(verdict.group) }
    return titles.map { title in
      let found = verdicts.filter { $0.group == title }
      let differing = found.compactMap { verdict -> String? in
        switch verdict.comparison {
        case .faster, .slower: "\(verdict.member) \(Report.text(verdict.comparison))"
        case .noDifferenceFound, .tooFewSamples: nil
        }
      }
      let undecided = found.contains { $0.comparison == .tooFewSamples }
      guard differing.isEmpty else {
        return "\(title): \(differing.joined(separator: ", ")) than \(found[0].base)"
      }
      return undecided
        ? "\(title): too few launches to compare region kinds"
        : "\(title): no difference found between region kinds"
    }
  }
}
