// What a document must satisfy beyond its types: run by the tool before it writes, and by tests.

extension ResultDocument {
  /// Everything that is wrong with the document, in words; empty where it is valid.
  public func validate() -> [String] {
    var problems: [String] = []
    if schema != ResultDocument.schemaName {
      problems.append("schema is \(schema), not \(ResultDocument.schemaName)")
    }
    if !["debug", "release"].contains(tool.configuration) {
      problems.append("tool.configuration is \(tool.configuration), neither debug nor release")
    }
    if fingerprint.isEmpty { problems.append("fingerprint is empty") }
    var seen: Set<String> = []
    for item in cases {
      if item.id.isEmpty { problems.append("a case without id") }
      if !seen.insert(item.id).inserted { problems.append("two cases of the id \(item.id)") }
      if item.experiment.isEmpty { problems.append("\(item.id): no experiment") }
      if item.metrics.isEmpty { problems.append("\(item.id): no metrics") }
      let names = item.metrics.map(\.name)
      if Set(names).count != names.count { problems.append("\(item.id): a metric twice") }
      problems += item.metrics.flatMap { problem(of: $0, in: item) }
      for launch in item.launches ?? [] where !launch.samples.values.allSatisfy(\.isFinite) {
        problems.append("\(item.id), launch \(launch.order): a sample that is not a number")
      }
      for case (let name, .number(let number)) in item.parameters where !number.isFinite {
        problems.append("\(item.id), parameter \(name): not a number")
      }
    }
    for verdict in verdicts {
      for id in [verdict.subject, verdict.base] where !seen.contains(id) {
        problems.append("a verdict on \(id), which is no case")
      }
      problems += ordered(verdict.interval, verdict.factor, "verdict on \(verdict.subject)")
    }
    for (name, value) in calibration ?? [:] where !value.isFinite {
      problems.append("calibration \(name) is not a number")
    }
    return problems
  }

  private func problem(of metric: Metric, in item: Case) -> [String] {
    let place = "\(item.id), \(metric.name)"
    var problems: [String] = []
    if metric.name.isEmpty || metric.unit.isEmpty { problems.append("\(place): no name or unit") }
    if !metric.median.isFinite { problems.append("\(place): the median is not a number") }
    problems += ordered(metric.interval, metric.median, place)
    problems += ordered(metric.shareInterval, metric.shareOfLimit, "\(place), share")
    for value in [metric.limit, metric.shareOfLimit].compactMap({ $0 })
    where !value.isFinite || value <= 0 {
      problems.append("\(place): a limit or share that is not above zero")
    }
    return problems
  }

  /// An interval has two finite ends, and the figure lies between them.
  private func ordered(_ interval: [Double]?, _ figure: Double?, _ place: String) -> [String] {
    guard let interval else { return [] }
    guard interval.count == 2, interval.allSatisfy(\.isFinite), interval[0] <= interval[1] else {
      return ["\(place): the interval is not two numbers in order"]
    }
    guard let figure, interval[0] <= figure, figure <= interval[1] else {
      return ["\(place): the figure lies outside its interval"]
    }
    return []
  }
}
