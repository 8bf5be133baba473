// The state of one exploration: the execution graph under construction, the fibres of the
// processes and the trail of choices. All of it lives in flat buffers that are allocated once, so
// that a million executions need no more memory than one.
//
// Not for several threads: each explorer has a machine of its own, and so has each job.

import CPlatform
import Glibc

final class Machine {
  private(set) var program: ModelProgram
  let options: ExplorerOptions
  let processCount: Int
  /// Events a process may have; a name's lower half bounds it too.
  let eventLimit: Int

  let events: UnsafeMutablePointer<Event>
  /// Events of each process in the graph.
  let counts: UnsafeMutablePointer<Int>
  let fibres: UnsafeMutablePointer<Fibre>
  let observations: UnsafeMutablePointer<UInt64>
  /// Where the explorer itself stands while a fibre runs.
  let explorerStack: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let stacks: UnsafeMutableRawPointer
  private let stackBytes: Int

  /// The graph's events in the order in which it grew.
  let growth: UnsafeMutablePointer<EventName>
  var growthCount = 0
  /// Sequentially consistent events in the graph.
  var strongCount = 0
  /// The process whose read-modify-write has its load in the graph, but not yet its store.
  var halfUpdated = -1

  // Locations, by dense index. `heads[location * maximumProcesses + process]` is the last event.
  var locations: UnsafeMutablePointer<LocationState>
  var heads: UnsafeMutablePointer<Int32>
  var locationCount = 0
  var locationCapacity = 64
  var locationNames: [Int: Int32] = [:]
  /// The dense index of small names, or -1.
  let smallNames: UnsafeMutablePointer<Int32>
  static let smallNameCount = 1 << 16

  var frames: UnsafeMutablePointer<Frame>
  var frameCount = 0
  var frameCapacity = 1024
  /// Events taken out of the graph by revisits that are still open.
  var saved: UnsafeMutablePointer<Event>
  var savedNames: UnsafeMutablePointer<EventName>
  var savedCount = 0
  var savedCapacity = 1024

  var psc = PscScratch()
  var contexts: [ModelContext] = []
  let hasCrashes: Bool
  /// The processes to be killed, and the one of each process.
  var crashes: [CrashState]
  let crashSlots: [Int?]
  /// What the last victim might have lost, as seen at its deaths.
  var windows: Set<UInt64> = []
  /// Draws the kills of each execution, in the modes that choose at random.
  var drawnKills: DrawnKills?
  let weakened: Set<Weakening>
  /// Whether any access has to be looked at for mutation.
  let notesEdges: Bool
  var seenWeakenings: Set<Weakening> = []
  var report = ExplorationReport()
  /// Set by a step that ended its execution as a failure, or found a limit.
  var pendingFailure: (kind: ModelFailureKind, message: String)?
  var reachedEventLimit = false
  /// The newest node belongs to another shard.
  var isForeign = false
  /// Walks the top of the tree only, to find where to share it out.
  var isSurvey = false
  /// Choices down to which all shards walk together.
  var shardDepth = Int.max
  /// What earlier cases of the same exploration have used of its limits.
  var spent = (seconds: 0.0, executions: 0)

  init(program: ModelProgram, options: ExplorerOptions) {
    precondition(
      !program.processes.isEmpty && program.processes.count <= ModelProgram.maximumProcesses,
      "a modelled program has 1…\(ModelProgram.maximumProcesses) processes")
    self.program = program
    self.options = options
    processCount = program.processes.count
    weakened = Set(options.weakenings)
    hasCrashes = !options.kills.isEmpty
    crashes = options.kills.map { CrashState(kill: $0) }
    crashSlots = (0..<program.processes.count).map { process in
      options.kills.firstIndex { $0.victim == process }
    }
    notesEdges = !options.weakenings.isEmpty || options.collectsWeakenings
    eventLimit = min(options.maximumEventsPerProcess, 0x7fff)
    events = .allocate(capacity: processCount * eventLimit)
    counts = .allocate(capacity: processCount)
    counts.initialize(repeating: 0, count: processCount)
    fibres = .allocate(capacity: processCount)
    let observationCount = processCount * ModelProgram.maximumObservations
    observations = .allocate(capacity: observationCount)
    observations.initialize(repeating: 0, count: observationCount)
    explorerStack = .allocate(capacity: 1)
    explorerStack.initialize(to: nil)
    growth = .allocate(capacity: processCount * eventLimit)
    locations = .allocate(capacity: locationCapacity)
    heads = .allocate(capacity: locationCapacity * ModelProgram.maximumProcesses)
    smallNames = .allocate(capacity: Machine.smallNameCount)
    smallNames.initialize(repeating: -1, count: Machine.smallNameCount)
    frames = .allocate(capacity: frameCapacity)
    saved = .allocate(capacity: savedCapacity)
    savedNames = .allocate(capacity: savedCapacity)

    let pageBytes = Int(getpagesize())
    stackBytes = (options.stackBytes + pageBytes - 1) / pageBytes * pageBytes + pageBytes
    let mapped = mmap(
      nil, stackBytes * processCount, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { fatalError("no memory for fibre stacks") }
    stacks = mapped
    for process in 0..<processCount {
      // The lowest page of each stack stops an overflow.
      mprotect(stacks + process * stackBytes, pageBytes, PROT_NONE)
      (fibres + process).initialize(
        to: Fibre(
          stackTop: stacks + (process + 1) * stackBytes,
          machine: Unmanaged.passUnretained(self), process: process))
    }
    contexts = (0..<processCount).map { ModelContext(machine: self, process: $0) }
  }

  /// Frees everything, once, when the exploration is over.
  ///
  /// Not `deinit`: an abandoned fibre never unwinds and may hold references to its machine, its
  /// context and its body for ever. What remains is a few small objects an exploration.
  func close() {
    munmap(stacks, stackBytes * processCount)
    for index in 0..<locationCount { locations[index].order.deallocate() }
    program = ModelProgram(processes: [ModelProcess]())
    contexts = []
    counts.deallocate()
    events.deallocate()
    fibres.deallocate()
    observations.deallocate()
    explorerStack.deallocate()
    growth.deallocate()
    locations.deallocate()
    heads.deallocate()
    smallNames.deallocate()
    frames.deallocate()
    saved.deallocate()
    savedNames.deallocate()
  }

  @inline(__always) func event(_ process: Int, _ index: Int) -> UnsafeMutablePointer<Event> {
    events + (process &* eventLimit &+ index)
  }

  @inline(__always) func event(_ name: EventName) -> UnsafeMutablePointer<Event> {
    event(name.process, name.index)
  }

  /// The dense index of a location, made on first sight and kept for the whole exploration.
  @inline(__always) func locationIndex(_ name: Int) -> Int32 {
    if name >= 0 && name < Machine.smallNameCount {
      let known = smallNames[name]
      return known >= 0 ? known : addLocation(name)
    }
    return locationNames[name] ?? addLocation(name)
  }

  @inline(never) private func addLocation(_ name: Int) -> Int32 {
    if locationCount == locationCapacity { growLocations() }
    let capacity = 8
    let order = UnsafeMutablePointer<EventName>.allocate(capacity: capacity)
    order.initialize(to: .initial)
    (locations + locationCount).initialize(
      to: LocationState(
        name: name, initial: program.initial[name] ?? 0, order: order, count: 1,
        capacity: capacity))
    (heads + locationCount * ModelProgram.maximumProcesses).initialize(
      repeating: -1, count: ModelProgram.maximumProcesses)
    let index = Int32(locationCount)
    locationCount += 1
    if name >= 0 && name < Machine.smallNameCount {
      smallNames[name] = index
    } else {
      locationNames[name] = index
    }
    return index
  }

  private func growLocations() {
    let width = ModelProgram.maximumProcesses
    let wider = UnsafeMutablePointer<LocationState>.allocate(capacity: locationCapacity * 2)
    wider.moveInitialize(from: locations, count: locationCount)
    locations.deallocate()
    locations = wider
    let widerHeads = UnsafeMutablePointer<Int32>.allocate(capacity: locationCapacity * 2 * width)
    widerHeads.moveInitialize(from: heads, count: locationCount * width)
    heads.deallocate()
    heads = widerHeads
    locationCapacity *= 2
  }
}
