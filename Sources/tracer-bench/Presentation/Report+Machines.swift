// A report for programs: JUnit XML, percentile text, and the JSON of continuous-benchmark actions.

extension Report {
  /// JUnit XML: every case is a test, since every record of it was verified; figures are its
  /// properties.
  func junit() -> String {
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#,
      #"<testsuite name="tracer-bench" tests="\#(cases.count)" failures="0">"#,
    ]
    for item in cases {
      lines.append(
        #"  <testcase classname="\#(Markup.escaped(item.experiment))" "#
          + #"name="\#(Markup.escaped(item.id))">"#)
      lines.append("    <properties>")
      for metric in item.metrics where metric.median.isFinite {
        lines.append(
          #"      <property name="\#(metric.name) (\#(metric.unit))" value="\#(metric.median)"/>"#)
      }
      lines += ["    </properties>", "  </testcase>"]
    }
    return lines.joined(separator: "\n") + "\n</testsuite>\n"
  }

  /// The distribution of each latency case, as plotting programs for HdrHistogram read it.
  func percentileText() -> String {
    let distributions = cases.compactMap { item in
      item.histogram.map {
        "# \(item.id) (ns)\n"
          + $0.percentileText(unitsPerValue: item.histogramUnitsPerNanosecond)
      }
    }
    return distributions.isEmpty
      ? "# no latency was measured\n" : distributions.joined(separator: "\n")
  }

  /// An array of name, unit and value: what continuous-benchmark actions take as
  /// "customSmallerIsBetter" for times and "customBiggerIsBetter" for rates.
  func benchmarkJSON() -> String {
    let entries = cases.flatMap { item in
      item.metrics.filter(\.median.isFinite).map { metric in
        let range = metric.interval.map {
          #", "range": "\#($0.low) – \#($0.high)""#
        }
        return #"  {"name": "\#(item.id) \#(metric.name)", "unit": "\#(metric.unit)", "#
          + #""value": \#(metric.median)\#(range ?? "")}"#
      }
    }
    return "[\n" + entries.joined(separator: ",\n") + "\n]\n"
  }
}

/// Text inside XML or HTML.
enum Markup {
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }
}
