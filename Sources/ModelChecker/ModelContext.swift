// What a modelled process can do: the checker's own operations, wider than the memory protocol.
//
// Called only from inside the body of a process, on its fibre. Each operation either finds its
// result in the execution graph (the body is being replayed) or asks the explorer for it and
// hands over the processor.

public import MemoryInterface

extension SyncEdge {
  /// An access that names no edge.
  public static var unnamed: SyncEdge { SyncEdge(0) }
}

/// The operations of one modelled process, on 64-bit locations named by integers.
///
/// Locations are any integers; names must not be reused with other meanings in one program.
public final class ModelContext {
  unowned(unsafe) let machine: Machine
  /// The process's number in the program.
  public let process: Int

  init(machine: Machine, process: Int) {
    self.machine = machine
    self.process = process
  }

  /// An atomic load.
  public func load(
    _ location: Int, _ order: ModelOrder, _ edge: SyncEdge = .unnamed
  ) -> UInt64 {
    machine.perform(
      process,
      Request(
        kind: .load, order: order, failureOrder: order, edge: edge.identifier,
        location: machine.locationIndex(location)))
  }

  /// An atomic store.
  public func store(
    _ location: Int, _ value: UInt64, _ order: ModelOrder, _ edge: SyncEdge = .unnamed
  ) {
    _ = machine.perform(
      process,
      Request(
        kind: .store, order: order, edge: edge.identifier,
        location: machine.locationIndex(location), value: value))
  }

  /// A load of plain data. Concurrent with a store it is a data race.
  public func loadPlain(_ location: Int) -> UInt64 {
    machine.perform(
      process, Request(kind: .load, flags: .plain, location: machine.locationIndex(location)))
  }

  /// A store of plain data. Concurrent with another access it is a data race.
  public func storePlain(_ location: Int, _ value: UInt64) {
    _ = machine.perform(
      process,
      Request(
        kind: .store, flags: .plain, location: machine.locationIndex(location), value: value))
  }

  /// An atomic read-modify-write; returns the value before.
  @discardableResult
  public func update(
    _ location: Int, _ update: ModelUpdate, _ operand: UInt64, _ order: ModelOrder,
    _ edge: SyncEdge = .unnamed
  ) -> UInt64 {
    self.update(location, order, edge) { update.apply($0, operand) }
  }

  /// An atomic read-modify-write that writes any function of the value before, which it returns.
  @discardableResult
  public func update(
    _ location: Int, _ order: ModelOrder, _ edge: SyncEdge = .unnamed,
    _ apply: (UInt64) -> UInt64
  ) -> UInt64 {
    var request = Request(
      kind: .load, flags: .exclusive, order: order, failureOrder: order, edge: edge.identifier,
      location: machine.locationIndex(location))
    let old = machine.perform(process, request)
    request.kind = .store
    request.value = apply(old)
    _ = machine.perform(process, request)
    return old
  }

  /// An atomic exchange; returns the value before.
  @discardableResult
  public func exchange(
    _ location: Int, _ value: UInt64, _ order: ModelOrder, _ edge: SyncEdge = .unnamed
  ) -> UInt64 {
    update(location, .exchange, value, order, edge)
  }

  /// An atomic addition, wrapping; returns the value before.
  @discardableResult
  public func fetchAdd(
    _ location: Int, _ operand: UInt64, _ order: ModelOrder, _ edge: SyncEdge = .unnamed
  ) -> UInt64 {
    update(location, .add, operand, order, edge)
  }

  /// Stores `desired` if the location holds `expected`; on failure a load of the failure order.
  public func compareExchange(
    _ location: Int, expected: UInt64, desired: UInt64, _ order: ModelOrder,
    failure: ModelOrder? = nil, _ edge: SyncEdge = .unnamed
  ) -> (exchanged: Bool, original: UInt64) {
    var request = Request(
      kind: .load, flags: [.conditional], order: order,
      failureOrder: failure ?? order.strongestFailureOrder, edge: edge.identifier,
      location: machine.locationIndex(location), expected: expected)
    let old = machine.perform(process, request)
    guard old == expected else { return (false, old) }
    request.kind = .store
    request.flags = .exclusive
    request.value = desired
    _ = machine.perform(process, request)
    return (true, old)
  }

  /// As `compareExchange`, but may also fail for no reason (one more branch).
  public func weakCompareExchange(
    _ location: Int, expected: UInt64, desired: UInt64, _ order: ModelOrder,
    failure: ModelOrder? = nil, _ edge: SyncEdge = .unnamed
  ) -> (exchanged: Bool, original: UInt64) {
    if choose(2) == 1 {
      return (false, load(location, failure ?? order.strongestFailureOrder, edge))
    }
    return compareExchange(
      location, expected: expected, desired: desired, order, failure: failure, edge)
  }

  /// A stand-alone fence; relaxed does nothing.
  public func fence(_ order: ModelOrder, _ edge: SyncEdge = .unnamed) {
    guard order != .relaxed else { return }
    _ = machine.perform(
      process, Request(kind: .fence, order: order, edge: edge.identifier))
  }

  /// Explores each value in `0..<count`.
  public func choose(_ count: Int) -> Int {
    precondition(count > 0, "a choice needs at least one value")
    return Int(machine.perform(process, Request(kind: .choice, value: UInt64(count))))
  }

  /// Loads until `condition` holds for the value read, as a spin loop would; one event.
  ///
  /// Blocked until such a value can be read. If that never comes, the execution is a deadlock.
  @discardableResult
  public func waitUntil(
    _ location: Int, _ order: ModelOrder, _ edge: SyncEdge = .unnamed,
    _ condition: (UInt64) -> Bool
  ) -> UInt64 {
    let request = Request(
      kind: .load, flags: .awaiting, order: order, failureOrder: order, edge: edge.identifier,
      location: machine.locationIndex(location))
    return machine.wait(process, request, condition)
  }

  /// Ends the execution as a failure unless `condition` holds.
  public func require(_ condition: Bool, _ message: @autoclosure () -> StaticString) {
    if !condition { machine.failRequirement(process, message()) }
  }

  /// Whether a process was killed. Ask only from a process that starts after that one's end.
  public func wasKilled(_ process: Int) -> Bool {
    machine.crashSlots[process].map { machine.crashes[$0].isDead } ?? false
  }

  /// Keeps a value for `FinalState.observation`; `index` below `maximumObservations`.
  public func observe(_ index: Int, _ value: UInt64) {
    precondition(index >= 0 && index < ModelProgram.maximumObservations, "observation index")
    machine.observations[process * ModelProgram.maximumObservations + index] = value
  }
}

extension ModelOrder {
  /// The order of the load of a compare-exchange that fails, where none is given.
  var strongestFailureOrder: ModelOrder {
    switch self {
    case .relaxed, .release: .relaxed
    case .acquire, .acquireRelease: .acquire
    case .sequentiallyConsistent: .sequentiallyConsistent
    }
  }
}
