// Decides a litmus test by brute force: every execution graph, judged by RC11's axioms.
//
// The judge of the model checker, sharing nothing with it but the flat code of the test. RC11 has
// no cycle in po ∪ rf, so that every graph can be built by adding events in an order in which a
// read comes after what it reads from. The builder always takes the lowest process that can move;
// a read takes an earlier write of its location, or waits and takes one that is added later. Each
// graph arises exactly once. Then every modification order is tried, per location first.

import Glibc

/// Decides litmus tests by enumerating execution graphs. For small tests: its cost is exponential.
public struct AxiomaticEnumerator {
  private enum Status {
    case ready
    case waiting(LitmusOperation)
    case finished
    case failed(LitmusError)
    /// In a loop that is not followed further: no final state, but races count. With what its
    /// idle round read, or `nil` at a limit.
    case stuck([LitmusRead]?)
  }

  private struct Partial {
    var graph: ExecutionGraph
    var threads: [LitmusThread]
    var status: [Status]
    /// Writes just added, and the processes that may want to read them.
    var offers: [(write: Int, process: Int)] = []
  }

  /// Graphs (before modification orders) beyond this are not looked at.
  public static let defaultGraphLimit = 2_000_000

  private let program: LitmusProgram
  private let limits: LitmusLimits
  private let graphLimit: Int
  private var graphs = 0
  private var executions = 0
  private var bound: String?
  private var endless = 0
  private var raced = false
  private var failure: LitmusError?
  private var states: Set<LitmusState> = []

  private init(_ program: LitmusProgram, limits: LitmusLimits, graphLimit: Int) {
    self.program = program
    self.limits = limits
    self.graphLimit = graphLimit
  }

  /// Decides a test.
  ///
  /// - Throws: `LitmusError` with the line where an execution does what C leaves undefined, races apart.
  public static func decide(
    _ program: LitmusProgram, limits: LitmusLimits = LitmusLimits(),
    graphLimit: Int = defaultGraphLimit
  ) throws(LitmusError) -> ModelVerdict {
    var enumerator = AxiomaticEnumerator(program, limits: limits, graphLimit: graphLimit)
    let start = monotonicSeconds()
    enumerator.grow(enumerator.initial())
    // After a race nothing means anything, a wild pointer included.
    if let failure = enumerator.failure, !enumerator.raced { throw failure }
    return program.question.verdict(
      test: program.file.name, states: enumerator.states, raced: enumerator.raced,
      bound: enumerator.bound ?? LitmusQuestion.bound(enumerator.endless),
      executions: enumerator.executions,
      seconds: monotonicSeconds() - start)
  }

  private func initial() -> Partial {
    let writes = program.initialMemory.enumerated().map {
      GraphEvent(kind: .write, process: -1, location: $0, value: $1, order: .plain)
    }
    return Partial(
      graph: ExecutionGraph(events: writes),
      threads: program.codes.enumerated().map { LitmusThread($1, process: $0, limits: limits) },
      status: program.codes.map { _ in .ready })
  }

  // MARK: growing a graph

  private mutating func grow(_ start: Partial) {
    var partial = start
    while true {
      guard graphs < graphLimit else {
        bound = "\(graphLimit) graphs"
        return
      }
      if let offer = partial.offers.popLast() {
        guard case .waiting(let operation) = partial.status[offer.process] else { continue }
        var taking = partial
        if perform(operation, process: offer.process, readingFrom: offer.write, &taking) {
          grow(taking)
        }
        growSpurious(operation, process: offer.process, readingFrom: offer.write, partial)
        continue
      }
      let ready = partial.status.firstIndex { if case .ready = $0 { true } else { false } }
      guard let process = ready else { return close(partial) }
      guard step(process, &partial) else { return }
    }
  }

  /// Runs one process to its next access and performs it. False where the graph is dropped or
  /// its alternatives were all grown.
  private mutating func step(
    _ process: Int, _ partial: inout Partial
  ) -> Bool {
    let stop: LitmusThread.Stop
    do {
      stop = try partial.threads[process].run(program.codes[process])
    } catch {
      partial.status[process] = .failed(error)
      return true
    }
    switch stop {
    case .finished: partial.status[process] = .finished
    case .idle(let reads): partial.status[process] = .stuck(reads)
    case .bounded(let reason):
      bound = reason
      partial.status[process] = .stuck(nil)
    case .operation(let operation):
      guard partial.graph.events.count + 2 <= Relation.maximumEvents else {
        bound = "\(Relation.maximumEvents) events"
        return false
      }
      switch operation.kind {
      case .fence, .store: _ = perform(operation, process: process, readingFrom: -1, &partial)
      case .load, .update, .compareExchange:
        for write in partial.graph.events.indices
        where partial.graph.events[write].kind == .write
          && partial.graph.events[write].location == operation.location
        {
          var reading = partial
          if perform(operation, process: process, readingFrom: write, &reading) {
            grow(reading)
          }
          growSpurious(operation, process: process, readingFrom: write, partial)
        }
        partial.status[process] = .waiting(operation)
      }
    }
    return true
  }

  /// A weak compare-exchange may fail although it read what it expected.
  private mutating func growSpurious(
    _ operation: LitmusOperation, process: Int, readingFrom write: Int, _ partial: Partial
  ) {
    guard case .compareExchange(let expected, _, let failure, true) = operation.kind,
      partial.graph.events[write].value == expected
    else { return }
    var failing = partial
    let load = LitmusOperation(kind: .load, location: operation.location, order: failure)
    if perform(load, process: process, readingFrom: write, &failing) { grow(failing) }
  }

  /// Adds the events of an access. False where an update would read what another update read.
  private func perform(
    _ operation: LitmusOperation, process: Int, readingFrom source: Int, _ partial: inout Partial
  ) -> Bool {
    let read = source >= 0 ? partial.graph.events[source].value : 0
    func event(_ kind: GraphEvent.Kind, _ value: Int, _ order: LitmusOrder) -> GraphEvent {
      GraphEvent(
        kind: kind, process: process, location: operation.location, value: value, order: order)
    }
    func addRead(_ order: LitmusOrder) -> Int {
      var added = event(.read, read, order)
      added.readsFrom = source
      partial.graph.events.append(added)
      return partial.graph.events.count - 1
    }
    var written: Int?
    var exchanged = false
    switch operation.kind {
    case .fence: partial.graph.events.append(event(.fence, 0, operation.order))
    case .load: _ = addRead(operation.order)
    case .store(let value): written = value
    case .update(let update): written = update.applied(to: read)
    case .compareExchange(let expected, let desired, let failure, _):
      if read == expected {
        written = desired
        exchanged = true
      } else {
        _ = addRead(failure)
      }
    }
    if let written {
      var added = event(.write, written, operation.order)
      if source >= 0 {
        let events = partial.graph.events
        let taken = events.contains { $0.updateOf >= 0 && events[$0.updateOf].readsFrom == source }
        if taken { return false }
        added.updateOf = addRead(operation.order)
      }
      partial.graph.events.append(added)
      offer(partial.graph.events.count - 1, by: process, &partial)
    }
    partial.threads[process].complete(
      program.codes[process], operation, read: read, exchanged: exchanged)
    partial.status[process] = .ready
    return true
  }

  private func offer(_ write: Int, by process: Int, _ partial: inout Partial) {
    for reader in partial.status.indices where reader != process {
      if case .waiting(let operation) = partial.status[reader],
        operation.location == partial.graph.events[write].location
      {
        partial.offers.append((write, reader))
      }
    }
  }

  // MARK: judging a graph

  private mutating func close(_ partial: Partial) {
    var failed: LitmusError?
    var finished = true
    var idleReads: [LitmusRead]? = []
    for status in partial.status {
      switch status {
      case .waiting, .ready: return
      case .finished: break
      case .stuck(let reads):
        finished = false
        idleReads = reads.flatMap { reads in idleReads.map { $0 + reads } }
      case .failed(let error): failed = error
      }
    }
    graphs += 1
    let graph = partial.graph
    let base = graph.base()
    var found = false
    for chosen in graph.coherentOrders(locationCount: program.initialMemory.count, base) {
      guard graph.isSequentiallyConsistent(base, mo: graph.relation(chosen)) else { continue }
      found = true
      guard failed == nil else { continue }
      guard finished else {
        let isEndless = idleReads?.allSatisfy {
          graph.events[chosen[$0.location].last!].value == $0.value
        }
        if isEndless == true { endless += 1 }
        continue
      }
      executions += 1
      let state = program.finalState(
        register: { partial.threads[$0].registers[$1] },
        memory: { graph.events[chosen[$0].last!].value })
      if program.question.isObserved(state) { states.insert(state) }
    }
    guard found else { return }
    if let failed { failure = failed }
    if graph.hasRace(base) { raced = true }
  }
}

/// Seconds of the monotonic clock.
func monotonicSeconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}
