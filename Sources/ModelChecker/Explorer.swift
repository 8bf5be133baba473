// The door of the checker: options in, report out.

import Glibc

/// Limits and choices of an exploration. Every limit that is hit is named in the report.
public struct ExplorerOptions: Sendable {
  /// Which part of the space to explore; exhaustive mode only.
  public var shard = Shard.whole
  /// How executions are chosen.
  public var mode = ExplorationMode.exhaustive
  /// Stops after this many complete executions.
  public var maximumExecutions = Int.max
  /// Stops after this many seconds.
  public var maximumSeconds = Double.infinity
  /// A process with more events than this is given up, as an unbounded loop would be.
  public var maximumEventsPerProcess = 2048
  /// The size of each fibre's stack; only touched pages are resident.
  public var stackBytes = 256 * 1024
  /// A process is killed before so many of its operations at most.
  public var maximumKillPoints = 4096
  /// Whether to stop at the first failure.
  public var stopsAtFirstFailure = true
  /// The mutations in force.
  public var weakenings: [Weakening] = []
  /// The kills in force; `exploreCrashes` sets them.
  public var kills: [Kill] = []
  /// Whether to note every ordered access that names an edge, in the report's `weakenings`.
  public var collectsWeakenings = false

  /// Makes options with their defaults.
  public init() {}
}

/// Explores programs under RC11.
///
/// An explorer is a value without state; each exploration has buffers of its own, so several may
/// run at a time on several threads.
public struct Explorer: Sendable {
  /// The limits and choices.
  public var options: ExplorerOptions

  /// Makes an explorer.
  public init(_ options: ExplorerOptions = ExplorerOptions()) { self.options = options }

  /// Explores every execution of a program that RC11 allows.
  ///
  /// - Parameter onExecution: called with each complete execution; the state is valid during the
  ///   call only.
  public func explore(
    _ program: ModelProgram, onExecution: ((FinalState) -> Void)? = nil
  ) -> ExplorationReport {
    let machine = Machine(program: program, options: options)
    defer { machine.close() }
    machine.run(onExecution)
    return machine.report
  }
}

/// One complete execution: what is in memory and what the processes kept.
public struct FinalState {
  let machine: Machine

  /// The value that is last in modification order.
  public func value(_ location: Int) -> UInt64 {
    let state = machine.locations[Int(machine.locationIndex(location))]
    let last = state.order[state.count - 1]
    return last.isInitial ? state.initial : machine.event(last).pointee.value
  }

  /// Calls `body` with every location that any execution has touched and the value that is last
  /// in its modification order. What was never touched holds its initial value.
  public func forEachLocation(_ body: (_ location: Int, _ value: UInt64) -> Void) {
    for index in 0..<machine.locationCount {
      let name = machine.locations[index].name
      body(name, value(name))
    }
  }

  /// The events of all processes.
  public var eventCount: Int { machine.growthCount }

  /// Whether a process was killed.
  public func wasKilled(_ process: Int) -> Bool {
    machine.crashSlots[process].map { machine.crashes[$0].isDead } ?? false
  }

  /// What a process kept with `ModelContext.observe`, or 0.
  public func observation(_ process: Int, _ index: Int) -> UInt64 {
    machine.observations[process * ModelProgram.maximumObservations + index]
  }
}
