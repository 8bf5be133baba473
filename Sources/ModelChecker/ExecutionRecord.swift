// One execution as a value: what a counterexample prints.

/// The events of one execution, in the order in which they were added.
public struct ExecutionRecord: Sendable {
  /// One event.
  public struct Step: Sendable {
    /// The number of its process.
    public var process: Int
    /// Its place in that process.
    public var index: Int
    /// What it is: `load`, `store`, `fence`, `choice`.
    public var operation: String
    /// Its order, or `plain`.
    public var order: String
    /// The number of the edge named, or 0.
    public var edge: UInt16
    /// Its location, if it has one.
    public var location: Int?
    /// The value read or written.
    public var value: UInt64
    /// Loads: the store read from, as process and index; `nil` is initialisation.
    public var source: (process: Int, index: Int)?
    /// Stores: the place in modification order, from 1.
    public var place: Int
  }

  /// Names of the processes.
  public var processes: [String] = []
  /// The events.
  public var steps: [Step] = []

  init(_ machine: Machine) {
    processes = (0..<machine.processCount).map(machine.nameOf)
    for stamp in 0..<machine.growthCount {
      let name = machine.growth[stamp]
      let event = machine.event(name).pointee
      let isLoad = event.kind == .load
      let source = event.readsFrom
      steps.append(
        Step(
          process: name.process, index: name.index, operation: "\(event.kind)",
          order: event.flags.contains(.plain) ? "plain" : "\(event.order)", edge: event.edge,
          location: event.location >= 0 ? machine.locations[Int(event.location)].name : nil,
          value: event.value,
          source: isLoad && !source.isInitial ? (source.process, source.index) : nil,
          place: event.kind == .store ? Int(event.modification) : 0))
    }
  }
}

extension Machine {
  /// The execution as text: in the order of growth each event's process, and for loads and stores
  /// what was chosen.
  func replayString() -> String {
    var parts: [String] = []
    for stamp in 0..<growthCount {
      let name = growth[stamp]
      let event = event(name).pointee
      switch event.kind {
      case .load:
        let source = event.readsFrom
        parts.append(
          "\(name.process)r" + (source.isInitial ? "i" : "\(source.process).\(source.index)"))
      case .store: parts.append("\(name.process)w\(event.modification)")
      case .fence: parts.append("\(name.process)f")
      case .choice: parts.append("\(name.process)c\(event.value)")
      }
    }
    return parts.joined(separator: " ")
  }
}
