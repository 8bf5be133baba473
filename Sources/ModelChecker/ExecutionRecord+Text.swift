// Counterexamples for people: a trace, one line an event.

public import MemoryInterface

/// Names for what a counterexample prints as numbers otherwise.
public struct TraceNames: Sendable {
  /// Edges by number.
  public var edges: [UInt16: String]
  /// Locations.
  public var locations: [Int: String]

  /// Makes a table of names.
  public init(edges: [SyncEdgeDescription] = [], locations: [Int: String] = [:]) {
    self.edges = Dictionary(
      edges.map { ($0.edge.identifier, $0.name) }, uniquingKeysWith: { first, _ in first })
    self.locations = locations
  }

  func location(_ location: Int) -> String { locations[location] ?? "[\(location)]" }

  func edge(_ edge: SyncEdge) -> String {
    edges[edge.identifier] ?? "edge \(edge.identifier)"
  }
}

extension ExecutionRecord {
  /// The execution as a trace: number, process, operation, value, store read from, edge.
  public func trace(_ names: TraceNames = TraceNames()) -> String {
    let width = processes.map(\.count).max() ?? 0
    let numberWidth = String(steps.count).count
    return steps.enumerated().map { number, step in
      let process = processes[step.process]
      let label = label(step, names)
      return "#" + pad(String(number), numberWidth) + "  " + pad(process, width) + "  " + label
        + origin(step) + (step.edge.map { "  (\(names.edge($0)))" } ?? "")
    }.joined(separator: "\n")
  }

  /// One event without its process: `store.release x = 1`.
  func label(_ step: Step, _ names: TraceNames) -> String {
    let order = step.order.map { "\($0)" } ?? "plain"
    let update = step.isUpdate ? "update " : ""
    let place = step.location.map { names.location($0) } ?? ""
    return switch step.operation {
    case .load: "\(update)load.\(order) \(place) → \(step.value)"
    case .store: "\(update)store.\(order) \(place) = \(step.value)"
    case .fence: "fence.\(order)"
    case .choice: "choice \(step.value)"
    }
  }

  private func origin(_ step: Step) -> String {
    guard step.operation == .load else { return "" }
    return step.source.map { "  reads #\($0)" } ?? "  reads the initial value"
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
