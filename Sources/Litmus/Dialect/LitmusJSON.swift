// JSON for result lines, in the order in which fields are given. Foundation is not loaded for it.

indirect enum LitmusJSON {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([LitmusJSON])
  case object([(String, LitmusJSON)])

  static func counts(_ counts: [String: UInt64]) -> LitmusJSON {
    .object(counts.sorted { $0.key < $1.key }.map { ($0.key, .number(Double($0.value))) })
  }

  /// On one line.
  var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value):
      // Whole numbers up to 2^53 are exact in both.
      value == value.rounded() && abs(value) < 9e15
        ? "\(Int64(value))" : value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.quoted(value)
    case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .object(let fields):
      "{" + fields.map { "\(Self.quoted($0.0)): \($0.1.text)" }.joined(separator: ", ") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case let control where control.value < 0x20:
        let digits = String(control.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
