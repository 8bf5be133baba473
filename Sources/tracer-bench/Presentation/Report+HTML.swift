// A report as one page that needs nothing else: no network, no script, bars as inline SVG.

extension Report {
  func html() -> String {
    var body = ["<h1>tracer-bench</h1>"]
    for warning in warnings { body.append("<p class=\"warning\">\(Markup.escaped(warning))</p>") }
    body.append("<table>")
    for (name, value) in environment + calibration {
      body.append("<tr><th>\(Markup.escaped(name))</th><td>\(Markup.escaped(value))</td></tr>")
    }
    body.append("</table>")
    for group in groups {
      body.append("<h2>\(Markup.escaped(group.title))</h2>")
      body.append(bars(group.title))
      body.append(table(group.table))
    }
    if !verdicts.isEmpty {
      body.append("<h2>In short</h2><ul>")
      body += summary.map { "<li>\(Markup.escaped($0))</li>" }
      body.append("</ul>")
    }
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>tracer-bench</title><style>
      body { font: 15px sans-serif; max-width: 60em; margin: 2em auto; color: #222; }
      table { border-collapse: collapse; } th, td { padding: 2px 10px; text-align: left; }
      td { font-variant-numeric: tabular-nums; } .warning { color: #a00; font-weight: bold; }
      </style></head><body>
      \(body.joined(separator: "\n"))
      </body></html>

      """
  }

  private func table(_ table: TextTable) -> String {
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(Markup.escaped($0))</\(tag)>" }.joined() + "</tr>"
    }
    return "<table>\n" + row(table.header, "th") + "\n"
      + table.rows.map { row($0, "td") }.joined(separator: "\n") + "\n</table>"
  }

  /// One bar for each region kind: the first metric, its interval as a line across the end.
  private func bars(_ title: String) -> String {
    let members = cases.filter { $0.group == title }
    let figures = members.compactMap { member in
      member.metrics.first.map { (name: member.member, metric: $0) }
    }
    let largest = figures.map { max($0.metric.median, $0.metric.interval?.high ?? 0) }.max() ?? 0
    guard largest > 0 else { return "" }
    // Pixels: a label column, bars, and one line of text for each.
    let (label, width, height) = (120.0, 420.0, 22.0)
    var parts: [String] = []
    for (index, figure) in figures.enumerated() {
      let y = Double(index) * height
      func x(_ value: Double) -> String { Format.fixed(label + value / largest * width, 1) }
      parts.append("<text x=\"0\" y=\"\(y + 15)\">\(Markup.escaped(figure.name))</text>")
      parts.append(
        "<rect x=\"\(label)\" y=\"\(y + 3)\" height=\"\(height - 8)\" fill=\"#4a7ab5\" "
          + "width=\"\(Format.fixed(figure.metric.median / largest * width, 1))\"/>")
      if let interval = figure.metric.interval {
        parts.append(
          "<line x1=\"\(x(interval.low))\" x2=\"\(x(interval.high))\" y1=\"\(y + 10)\" "
            + "y2=\"\(y + 10)\" stroke=\"#111\" stroke-width=\"2\"/>")
      }
    }
    let total = Double(figures.count) * height
    return "<svg width=\"\(label + width + 20)\" height=\"\(total)\" font-size=\"13\">"
      + parts.joined() + "</svg>"
  }
}
