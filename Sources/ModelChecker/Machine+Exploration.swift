// The exploration: every consistent execution graph once, by backward revisits.
//
// The algorithm is that of *TruSt* (Kokologiannakis, Marmanis, Gladstein, Vafeiadis: "Truly
// Stateless, Optimal Dynamic Partial Order Reduction", POPL 2022), written anew as a trail of
// choices over one graph that is changed in place:
//
// * The processes' next events are added one after another (lowest process first). A load may read
//   from every store in the graph that coherence leaves it; a store may take every place in
//   modification order above what its process knows of.
// * A load that was there before a store arrived may also read from that store (a *backward
//   revisit*): everything that was added after the load and is no cause of the store is taken out,
//   and the processes run on from there. This is done only where each event taken out, and the
//   load itself, was added *maximally* (it read the last store, or was the last store, among what
//   was there before it and what causes the new store). So exactly one of the graphs that could
//   lead to the revisited graph does, none is explored twice, and no set of visited graphs is kept.
//
// It is complete because RC11 is closed under prefixes of (program order ∪ reads-from) and a
// maximal event can always be added consistently. A load that waits is an event as well; one that
// reads a value that does not release it stays in the graph only if it reads the last store (it
// stands for all that the process may read later), since others could never be revisited.
//
// The memory in use is the graph, the trail, and the events taken out by revisits still open.

/// One choice on the trail.
struct Frame {
  enum Kind: UInt8 {
    case choice
    case load
    /// A store; first its other places, then the loads that it may revisit.
    case store
    /// A load that reads from a later store; the store's other places, then the graph as before.
    case revisit
  }
  var kind: Kind
  /// The choice's event.
  var name: EventName
  /// Events in the graph before it.
  var growth: Int
  /// Places left to try: `bound...next`, from above.
  var next: Int
  var bound: Int
  /// Stores: the stamp up to which loads were looked at, from above; -2 before that begins.
  var scan = -2
  /// Revisits: the load, and where what was taken out is kept.
  var load = EventName.initial
  var savedStart = 0
  var savedTail = 0
  /// Which alternative is being explored, from 0: the trail's name for shards.
  var taken = 0
}

enum StepResult {
  case advanced
  /// Nobody asks for anything: complete or blocked.
  case ended
  /// Cannot lead to an execution of its own.
  case dead
  case failed
}

extension Machine {
  /// Adds the next event, at its maximal choice.
  func step() -> StepResult {
    if halfUpdated >= 0 {
      let process = halfUpdated
      if !settle(process) { return .failed }
      return add(process)
    }
    for process in 0..<processCount {
      guard isStarted(process) else { continue }
      if !settle(process) { return .failed }
      let fibre = fibres + process
      switch fibre.pointee.status {
      case .requesting: return add(process)
      case .blocked:
        let load = event(process, fibre.pointee.position)
        if !load.pointee.flags.contains(.assignedMaximal) { return .dead }
      case .impossible: return .dead
      case .ended, .ready, .stale: break
      }
    }
    return .ended
  }

  /// Runs a process up to where it asks, waits or has ended. False: it failed.
  @inline(__always) func settle(_ process: Int) -> Bool {
    let fibre = fibres + process
    while fibre.pointee.status == .ready || fibre.pointee.status == .stale {
      resume(process)
      if pendingFailure != nil { return false }
    }
    return true
  }

  /// Whether a process may run; the ones it waits for are settled first.
  func isStarted(_ process: Int) -> Bool {
    guard case .afterEnd(let others) = program.processes[process].start else { return true }
    for other in others {
      guard isStarted(other), settle(other) else { return false }
      guard (fibres + other).pointee.status == .ended else { return false }
    }
    return true
  }

  private func add(_ process: Int) -> StepResult {
    let index = counts[process]
    guard index < eventLimit - 1 else {
      reachedEventLimit = true
      return .dead
    }
    report.steps &+= 1
    let request = (fibres + process).pointee.request
    let next = makeEvent(process, request)
    switch request.kind {
    case .fence:
      completeFence(process, index)
      link(process)
      return .advanced
    case .choice:
      next.pointee.value = 0
      countItself(next, process, index)
      pushFrame(
        Frame(
          kind: .choice, name: EventName(process, index), growth: growthCount,
          next: Int(request.value) - 1, bound: 1))
      link(process)
      return .advanced
    case .load: return addLoad(process, index, next)
    case .store: return addStore(process, index, next)
    }
  }

  private func addLoad(
    _ process: Int, _ index: Int, _ load: UnsafeMutablePointer<Event>
  ) -> StepResult {
    let location = Int(load.pointee.location)
    let last = locations[location].count &- 1
    if !load.pointee.flags.contains(.plain) {
      let bound = coherenceBound(load.pointee.happened, location)
      if bound < last {
        pushFrame(
          Frame(
            kind: .load, name: EventName(process, index), growth: growthCount, next: last &- 1,
            bound: bound))
      }
    }
    assignSource(process, index, place: last)
    link(process)
    halfUpdated = load.pointee.flags.contains(.exclusive) ? process : -1
    return isRacy(process, index) ? reportRace(process, index) : .advanced
  }

  private func addStore(
    _ process: Int, _ index: Int, _ store: UnsafeMutablePointer<Event>
  ) -> StepResult {
    halfUpdated = -1
    let location = Int(store.pointee.location)
    let state = locations + location
    var place = state.pointee.count
    var bound = place
    let isExclusive = store.pointee.flags.contains(.exclusive)
    if isExclusive {
      place = self.place(event(process, index &- 1)) &+ 1
      bound = place
    } else if !store.pointee.flags.contains(.plain) {
      bound = coherenceBound(store.pointee.happened, location) &+ 1
    }
    completeStore(process, index)
    if !store.pointee.flags.contains(.plain) {
      pushFrame(
        Frame(
          kind: .store, name: EventName(process, index), growth: growthCount, next: place &- 1,
          bound: bound))
    }
    // Another read-modify-write has read the same store: only as its new source can this one stand.
    if isExclusive && splitsUpdate(state, place) { return .dead }
    store.pointee.modification = Int32(truncatingIfNeeded: place)
    link(process)
    if isRacy(process, index) { return reportRace(process, index) }
    if isExclusive && place &+ 1 < state.pointee.count && !isConsistent() { return .dead }
    return .advanced
  }

  /// Whether a store at a place would come between a read-modify-write and what it read.
  @inline(__always) func splitsUpdate(
    _ state: UnsafeMutablePointer<LocationState>, _ place: Int
  ) -> Bool {
    guard place < state.pointee.count else { return false }
    return event(state.pointee.order[place]).pointee.flags.contains(.exclusive)
  }

  func reportRace(_ process: Int, _ index: Int) -> StepResult {
    let location = locations[Int(event(process, index).pointee.location)].name
    pendingFailure = (.race, "data race at location \(location), by \(nameOf(process))")
    return .failed
  }

  func pushFrame(_ frame: Frame) {
    if frameCount == frameCapacity {
      let wider = UnsafeMutablePointer<Frame>.allocate(capacity: frameCapacity * 2)
      wider.moveInitialize(from: frames, count: frameCount)
      frames.deallocate()
      frames = wider
      frameCapacity *= 2
    }
    (frames + frameCount).initialize(to: frame)
    frameCount &+= 1
    if frameCount == shardDepth && !isMine(depth: frameCount &- 1) { isForeign = true }
  }
}
