// One execution as a value: what a counterexample prints and what a replay string is made from.
//
// The events stand in an order in which they could have been executed one after another: program
// order and reads-from both lead forward, and a process goes on for as long as it can.

public import MemoryInterface

/// The events of one execution, causes first.
public struct ExecutionRecord: Sendable {
  /// What an event is.
  public enum Operation: String, Sendable {
    /// A load, of a read-modify-write too.
    case load
    /// A store, of a read-modify-write too.
    case store
    /// A stand-alone fence.
    case fence
    /// A choice without memory access.
    case choice
  }

  /// One event.
  public struct Step: Sendable {
    /// The number of its process.
    public var process: Int
    /// Its place in that process.
    public var index: Int
    /// What it is.
    public var operation: Operation
    /// Its order; `nil` for plain data.
    public var order: ModelOrder?
    /// Whether it is half of a read-modify-write.
    public var isUpdate: Bool
    /// The edge it names, if any.
    public var edge: SyncEdge?
    /// Its location, if it has one.
    public var location: Int?
    /// The value read, written or chosen.
    public var value: UInt64
    /// Loads: the number in `steps` of the store read from; `nil` is initialisation.
    public var source: Int?
    /// Stores: the place in modification order, from 1; 0 is initialisation.
    public var place: Int
    /// Stores: the place among the stores listed before this one.
    var placeSoFar: Int
  }

  /// Names of the processes.
  public internal(set) var processes: [String] = []
  /// The events, causes first.
  public internal(set) var steps: [Step] = []

  init(_ machine: Machine) {
    processes = (0..<machine.processCount).map(machine.nameOf)
    var numbers: [Int32: Int] = [:]
    var next = [Int](repeating: 0, count: machine.processCount)
    var stores: [Int32: [Int]] = [:]
    var progress = true
    while progress {
      progress = false
      for process in 0..<machine.processCount {
        while next[process] < machine.counts[process] {
          let name = EventName(process, next[process])
          let event = machine.event(name).pointee
          guard Self.isReady(event, process, next, numbers, machine) else { break }
          numbers[name.bits] = steps.count
          var step = Step(event, name, machine, numbers)
          if event.kind == .store {
            step.placeSoFar = 1 + stores[event.location, default: []].count { $0 < step.place }
            stores[event.location, default: []].append(step.place)
          }
          steps.append(step)
          next[process] += 1
          progress = true
        }
      }
    }
  }

  /// Whether an event's causes are listed: its source, and the ends its process waited for.
  private static func isReady(
    _ event: Event, _ process: Int, _ next: [Int], _ numbers: [Int32: Int], _ machine: Machine
  ) -> Bool {
    if next[process] == 0, case .afterEnd(let others) = machine.program.processes[process].start {
      guard others.allSatisfy({ next[$0] == machine.counts[$0] }) else { return false }
    }
    guard event.kind == .load, !event.readsFrom.isInitial else { return true }
    return numbers[event.readsFrom.bits] != nil
  }
}

extension ExecutionRecord.Step {
  fileprivate init(
    _ event: Event, _ name: EventName, _ machine: Machine, _ numbers: [Int32: Int]
  ) {
    process = name.process
    index = name.index
    operation =
      switch event.kind {
      case .load: .load
      case .store: .store
      case .fence: .fence
      case .choice: .choice
      }
    order = event.flags.contains(.plain) ? nil : event.order
    isUpdate = event.flags.contains(.exclusive)
    edge = event.edge == 0 ? nil : SyncEdge(event.edge)
    location = event.location >= 0 ? machine.locations[Int(event.location)].name : nil
    value = event.value
    source = event.kind == .load ? numbers[event.readsFrom.bits] : nil
    place = event.kind == .store ? Int(event.modification) : 0
    placeSoFar = 0
  }
}
