// A table of text: for terminals, or as Markdown.

struct TextTable {
  var header: [String]
  var rows: [[String]] = []

  init(_ header: [String]) { self.header = header }

  /// Columns wide enough for their cells; the first to the left, all others to the right, except
  /// the last, which holds words.
  func plain(indent: String = "  ") -> String {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    return ([header] + rows).map { row in
      let cells = row.indices.map { column in
        let isWords = column == 0 || column == row.count - 1
        return Format.padded(row[column], widths[column], right: !isWords)
      }
      var line = indent + cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  func markdown() -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = header.indices.map { column in
      column == 0 || column == header.count - 1 ? "---" : "---:"
    }
    return ([line(header), line(rule)] + rows.map(line)).joined(separator: "\n")
  }
}
