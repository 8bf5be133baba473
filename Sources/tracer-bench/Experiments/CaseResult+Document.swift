// Cases and comparisons as the document has them.

import Harness

extension ResultDocument {
  /// The document of a run's cases and comparisons.
  init(_ report: Report, environment: Environment) {
    self.init(
      tool: Tool(
        name: "tracer-bench", version: ToolIdentity.version, commit: ToolIdentity.commit,
        dirty: ToolIdentity.isDirty, compiler: ToolIdentity.compiler,
        configuration: ToolIdentity.configuration),
      environment: environment)
    started = report.started
    calibration = report.calibrationFigures
    cases = report.cases.map(Case.init)
    verdicts = report.verdicts.map(Verdict.init)
    warnings = report.warnings
  }
}

extension ResultDocument.Case {
  init(_ item: CaseResult) {
    var parameters: [String: Parameter] = [:]
    for (name, value) in item.parameters { parameters[name] = value }
    self.init(
      id: item.id, experiment: item.experiment, parameters: parameters,
      verified: item.verified, records: item.records,
      metrics: item.metrics.filter(\.median.isFinite).map(ResultDocument.Metric.init),
      launches: item.launches.enumerated().map { order, value in
        ResultDocument.Launch(order: order, samples: [item.metrics.first?.name ?? "value": value])
      },
      notes: item.notes.isEmpty ? nil : item.notes)
  }
}

extension ResultDocument.Metric {
  init(_ metric: MetricResult) {
    self.init(
      name: metric.name, unit: metric.unit, median: metric.median, interval: metric.interval,
      limit: metric.limit, share: metric.share)
  }
}

extension ResultDocument.Verdict {
  init(_ verdict: Verdict) {
    self.init(
      metric: verdict.metric, subject: verdict.memberID, base: verdict.baseID, verdict.comparison)
  }
}
