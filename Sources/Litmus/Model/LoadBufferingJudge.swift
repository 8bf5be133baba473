// What a litmus test may do where loads may be overtaken by later stores.
//
// RC11 forbids every cycle of program order and reads-from; C11 does not, and ARM shows some. So an
// outcome on hardware that RC11 forbids is no fault if it is consistent without that one axiom:
// here all candidate executions are enumerated as herd does it. Values come from somewhere: a
// process reads only what some process can write without it, found by iteration from the initial
// values, so that nothing comes out of thin air (one round for each store at most: a chain of
// updates is no longer than that). Brute force; asked only about outcomes that were seen and that
// RC11 forbids.

/// The final states of a test under RC11 without its axiom against cycles of po ∪ rf.
struct LoadBufferingJudge {
  /// One way through a process, with values read from a set of possible ones.
  fileprivate struct Path {
    var thread: LitmusThread
    var events: [GraphEvent] = []

    var storeCount: Int { events.count { $0.kind == .write } }
  }

  /// More paths of a process, or candidate executions, than this are not looked at.
  private static let limit = 50_000

  private let program: LitmusProgram
  private let limits: LitmusLimits
  private var states: Set<LitmusState> = []
  private var candidates = 0

  /// The states, or `nil` where there is too much to look at.
  static func states(
    of program: LitmusProgram, limits: LitmusLimits = LitmusLimits()
  ) -> Set<LitmusState>? {
    var judge = LoadBufferingJudge(program, limits)
    guard let paths = judge.pathsOfProcesses() else { return nil }
    return judge.combine(paths, chosen: []) ? judge.states : nil
  }

  private init(_ program: LitmusProgram, _ limits: LitmusLimits) {
    self.program = program
    self.limits = limits
  }

  // MARK: processes alone

  /// All paths of all processes over the least set of values that is closed under them.
  private func pathsOfProcesses() -> [[Path]]? {
    var values = program.initialMemory.map { Set([$0]) }
    var round = 0
    while true {
      var all: [[Path]] = []
      for process in program.codes.indices {
        let start = LitmusThread(program.codes[process], process: process, limits: limits)
        var finished: [Path] = []
        guard follow(Path(thread: start), process, values, &finished) else { return nil }
        all.append(finished)
      }
      let before = values
      for event in all.joined().flatMap(\.events) where event.kind == .write {
        values[event.location].insert(event.value)
      }
      round += 1
      let stores = all.reduce(0) { $0 + ($1.map(\.storeCount).max() ?? 0) }
      if values == before || round > stores { return all }
    }
  }

  /// Follows a path to its ends. What leads nowhere has no final state; false: too many.
  private func follow(
    _ path: Path, _ process: Int, _ values: [Set<Int>], _ finished: inout [Path]
  ) -> Bool {
    var path = path
    guard let stop = try? path.thread.run(program.codes[process]) else { return true }
    switch stop {
    case .idle: return true
    // What lies beyond the bound may have final states.
    case .bounded: return false
    case .finished:
      finished.append(path)
      return finished.count < Self.limit
    case .operation(let operation):
      guard path.events.count + 2 <= Relation.maximumEvents else { return false }
      return outcomes(of: operation, values).allSatisfy { outcome in
        var next = path
        next.append(operation, outcome, process)
        next.thread.complete(
          program.codes[process], operation, read: outcome.read ?? 0,
          exchanged: outcome.exchanged)
        return follow(next, process, values, &finished)
      }
    }
  }

  private typealias Outcome = (read: Int?, written: Int?, exchanged: Bool)

  private func outcomes(of operation: LitmusOperation, _ values: [Set<Int>]) -> [Outcome] {
    switch operation.kind {
    case .fence: [(nil, nil, false)]
    case .store(let value): [(nil, value, false)]
    case .load: values[operation.location].sorted().map { ($0, nil, false) }
    case .update(let update):
      values[operation.location].sorted().map { ($0, update.applied(to: $0), false) }
    case .compareExchange(let expected, let desired, _, let isWeak):
      values[operation.location].sorted().flatMap { value -> [Outcome] in
        guard value == expected else { return [(value, nil, false)] }
        return [(value, desired, true)] + (isWeak ? [(value, nil, false)] : [])
      }
    }
  }

  // MARK: executions

  /// Takes a path of each process in every combination. False where there are too many.
  private mutating func combine(_ paths: [[Path]], chosen: [Path]) -> Bool {
    guard chosen.count < paths.count else { return join(chosen) }
    for path in paths[chosen.count] {
      guard combine(paths, chosen: chosen + [path]) else { return false }
    }
    return true
  }

  private mutating func join(_ paths: [Path]) -> Bool {
    var events = program.initialMemory.enumerated().map {
      GraphEvent(kind: .write, process: -1, location: $0, value: $1, order: .plain)
    }
    for path in paths {
      let first = events.count
      for var event in path.events {
        if event.updateOf >= 0 { event.updateOf += first }
        events.append(event)
      }
    }
    guard events.count <= Relation.maximumEvents else { return false }
    return connect(ExecutionGraph(events: events), from: 0, paths)
  }

  /// Gives every read a write of its value in every way, and judges what comes out.
  private mutating func connect(
    _ graph: ExecutionGraph, from first: Int, _ paths: [Path]
  ) -> Bool {
    guard
      let read = graph.events.indices.dropFirst(first).first(where: {
        graph.events[$0].kind == .read
      })
    else { return judge(graph, paths) }
    var graph = graph
    for write in graph.events.indices
    where graph.events[write].kind == .write
      && graph.events[write].location == graph.events[read].location
      && graph.events[write].value == graph.events[read].value
    {
      graph.events[read].readsFrom = write
      guard connect(graph, from: read + 1, paths) else { return false }
    }
    return true
  }

  private mutating func judge(_ graph: ExecutionGraph, _ paths: [Path]) -> Bool {
    candidates += 1
    let base = graph.base()
    for chosen in graph.coherentOrders(locationCount: program.initialMemory.count, base)
    where graph.isSequentiallyConsistent(base, mo: graph.relation(chosen)) {
      let state = program.finalState(
        register: { paths[$0].thread.registers[$1] },
        memory: { graph.events[chosen[$0].last!].value })
      if program.question.isObserved(state) { states.insert(state) }
    }
    return candidates < Self.limit
  }
}

extension LoadBufferingJudge.Path {
  fileprivate mutating func append(
    _ operation: LitmusOperation, _ outcome: (read: Int?, written: Int?, exchanged: Bool),
    _ process: Int
  ) {
    func event(_ kind: GraphEvent.Kind, _ value: Int, _ order: LitmusOrder) -> GraphEvent {
      GraphEvent(
        kind: kind, process: process, location: operation.location, value: value, order: order)
    }
    if operation.kind == .fence { events.append(event(.fence, 0, operation.order)) }
    if let read = outcome.read {
      var order = operation.order
      if case .compareExchange(_, _, let failure, _) = operation.kind, !outcome.exchanged {
        order = failure
      }
      events.append(event(.read, read, order))
    }
    if let written = outcome.written {
      var write = event(.write, written, operation.order)
      if outcome.read != nil { write.updateOf = events.count - 1 }
      events.append(write)
    }
  }
}
