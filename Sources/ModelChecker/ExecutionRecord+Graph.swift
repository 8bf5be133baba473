// Counterexamples as pictures: the execution graph in DOT, and in SVG with a layout of its own
// (one column a process, time downwards; reads-from green, modification order blue and dashed).

extension ExecutionRecord {
  /// One arrow between two events, by their numbers.
  private struct Arrow {
    var from: Int
    var to: Int
    var isReadsFrom: Bool
  }

  /// Reads-from, and modification order between neighbours.
  private var arrows: [Arrow] {
    var result: [Arrow] = []
    var stores: [Int: [(place: Int, number: Int)]] = [:]
    for (number, step) in steps.enumerated() {
      if let source = step.source {
        result.append(Arrow(from: source, to: number, isReadsFrom: true))
      }
      if step.operation == .store, let location = step.location {
        stores[location, default: []].append((step.place, number))
      }
    }
    for location in stores.keys.sorted() {
      let order = stores[location]!.sorted { $0.place < $1.place }
      for (earlier, later) in zip(order, order.dropFirst()) {
        result.append(Arrow(from: earlier.number, to: later.number, isReadsFrom: false))
      }
    }
    return result
  }

  /// The execution graph in Graphviz's language.
  public func dot(_ names: TraceNames = TraceNames()) -> String {
    var lines = ["digraph execution {", "  node [shape=box, fontname=\"monospace\"];"]
    for process in processes.indices {
      lines.append("  subgraph cluster\(process) {")
      lines.append("    label=\"\(escapedForDot(processes[process]))\";")
      let own = steps.indices.filter { steps[$0].process == process }
      for number in own {
        let edge = steps[number].edge.map { "\n" + names.edge($0) } ?? ""
        let text = "#\(number) " + label(steps[number], names) + edge
        lines.append("    e\(number) [label=\"\(escapedForDot(text))\"];")
      }
      for (before, after) in zip(own, own.dropFirst()) {
        lines.append("    e\(before) -> e\(after) [color=grey];")
      }
      lines.append("  }")
    }
    for arrow in arrows {
      let style =
        arrow.isReadsFrom
        ? "color=darkgreen, label=\"rf\"" : "color=blue, style=dashed, label=\"mo\""
      lines.append("  e\(arrow.from) -> e\(arrow.to) [\(style), constraint=false];")
    }
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The execution graph as a picture.
  public func svg(_ names: TraceNames = TraceNames()) -> String {
    // Pixels: wide enough for 44 monospaced characters of 7 pixels, and room for arrows between.
    let boxWidth = 320
    let boxHeight = 24
    let columnWidth = 420
    let rowHeight = 44
    let margin = 30
    func left(_ process: Int) -> Int { margin + process * columnWidth }
    func top(_ number: Int) -> Int { 2 * margin + number * rowHeight }
    let width = margin * 2 + processes.count * columnWidth
    let height = margin * 3 + steps.count * rowHeight
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
        + "font-family=\"monospace\" font-size=\"12\">",
      "<defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" "
        + "orient=\"auto\"><path d=\"M0,0 L8,4 L0,8 z\"/></marker></defs>",
    ]
    for (process, name) in processes.enumerated() {
      lines.append(
        "<text x=\"\(left(process))\" y=\"\(margin)\" font-weight=\"bold\">"
          + "\(escapedForXML(name))</text>")
    }
    for (number, step) in steps.enumerated() {
      let x = left(step.process)
      let y = top(number)
      let title = step.edge.map { "<title>\(escapedForXML(names.edge($0)))</title>" } ?? ""
      lines.append(
        "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(boxWidth)\" height=\"\(boxHeight)\" "
          + "fill=\"white\" stroke=\"black\">\(title)</rect>")
      let text = escapedForXML("#\(number) " + label(step, names))
      lines.append("<text x=\"\(x + 6)\" y=\"\(y + 16)\">\(text)</text>")
    }
    for arrow in arrows {
      let colour = arrow.isReadsFrom ? "green" : "blue"
      let dash = arrow.isReadsFrom ? "" : " stroke-dasharray=\"4 3\""
      // Reads-from leaves at the right, modification order at the left, both in an arc.
      let side = arrow.isReadsFrom ? boxWidth : 0
      let bend = arrow.isReadsFrom ? 60 : -25
      let startX = left(steps[arrow.from].process) + side
      let endX = left(steps[arrow.to].process) + side
      let startY = top(arrow.from) + boxHeight / 2
      let endY = top(arrow.to) + boxHeight / 2
      lines.append(
        "<path d=\"M\(startX),\(startY) C\(startX + bend),\(startY) \(endX + bend),\(endY) "
          + "\(endX),\(endY)\" fill=\"none\" stroke=\"\(colour)\"\(dash) "
          + "marker-end=\"url(#tip)\"/>")
    }
    lines.append("</svg>")
    return lines.joined(separator: "\n") + "\n"
  }

  private func escapedForXML(_ text: String) -> String {
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

  private func escapedForDot(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\"", "\\": result += "\\\(character)"
      case "\n": result += "\\n"
      default: result.append(character)
      }
    }
    return result
  }
}
