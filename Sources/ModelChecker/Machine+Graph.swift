// Putting events into the graph and taking them out again, newest first: every change is undone
// exactly, so exploration needs no copies of the graph.

extension Machine {
  /// Fills the record of the next event of a process from its request; not yet linked.
  func makeEvent(_ process: Int, _ request: Request) -> UnsafeMutablePointer<Event> {
    let index = counts[process]
    let next = event(process, index)
    next.initialize(to: Event())
    if index > 0 {
      let previous = event(process, index &- 1)
      next.pointee.happened = previous.pointee.happened
      next.pointee.prefix = previous.pointee.prefix
      next.pointee.acquirable = previous.pointee.acquirable
      next.pointee.released = previous.pointee.released
    } else {
      let start = startClocks(process)
      next.pointee.happened = start.happened
      next.pointee.prefix = start.prefix
    }
    next.pointee.kind = request.kind
    next.pointee.flags = request.flags
    next.pointee.order = request.order
    next.pointee.successOrder = request.order
    next.pointee.failureOrder = request.failureOrder
    next.pointee.edge = request.edge
    next.pointee.location = request.location
    next.pointee.value = request.value
    next.pointee.expected = request.expected
    return next
  }

  /// What a process knows before its first event.
  func startClocks(_ process: Int) -> (happened: Clock, prefix: Clock) {
    var clocks = (happened: Clock(), prefix: Clock())
    guard case .afterEnd(let others) = program.processes[process].start else { return clocks }
    for other in others {
      if counts[other] > 0 {
        let last = event(other, counts[other] - 1)
        clocks.happened.join(last.pointee.happened)
        clocks.prefix.join(last.pointee.prefix)
      } else {
        let earlier = startClocks(other)
        clocks.happened.join(earlier.happened)
        clocks.prefix.join(earlier.prefix)
      }
    }
    return clocks
  }

  /// Links a complete record as the newest event of its process and of the graph.
  func link(_ process: Int) {
    let index = counts[process]
    let next = event(process, index)
    next.pointee.stamp = Int32(truncatingIfNeeded: growthCount)
    growth[growthCount] = EventName(process, index)
    growthCount &+= 1
    attach(process, index, next)
    let fibre = fibres + process
    if fibre.pointee.status != .stale { fibre.pointee.status = .ready }
  }

  @inline(__always) func attach(
    _ process: Int, _ index: Int, _ next: UnsafeMutablePointer<Event>
  ) {
    counts[process] = index &+ 1
    if next.pointee.flags.contains(.strong) { strongCount &+= 1 }
    let location = Int(next.pointee.location)
    if location >= 0 {
      let head = heads + (location &* ModelProgram.maximumProcesses &+ process)
      next.pointee.previousAtLocation = head.pointee
      head.pointee = Int32(truncatingIfNeeded: index)
      if next.pointee.kind == .store {
        insertStore(EventName(process, index), location, Int(next.pointee.modification))
      }
    }
  }

  /// Takes the newest event of a process out of the structures (not out of `growth`).
  @inline(__always) func detach(_ name: EventName) {
    let process = name.process
    let index = name.index
    let last = event(process, index)
    counts[process] = index
    if last.pointee.flags.contains(.strong) { strongCount &-= 1 }
    let location = Int(last.pointee.location)
    if location >= 0 {
      heads[location &* ModelProgram.maximumProcesses &+ process] =
        last.pointee.previousAtLocation
      if last.pointee.kind == .store { removeStore(location, Int(last.pointee.modification)) }
    }
    invalidate(process, index)
  }

  /// The event at `index` went or changed: a fibre that consumed it has to start anew.
  @inline(__always) func invalidate(_ process: Int, _ index: Int) {
    let fibre = fibres + process
    if fibre.pointee.position > index {
      fibre.pointee.status = .stale
    } else if fibre.pointee.status != .stale {
      fibre.pointee.status = counts[process] > fibre.pointee.position ? .ready : .requesting
    }
  }

  /// Undoes the newest events until `count` remain.
  func shrink(to count: Int) {
    while growthCount > count {
      growthCount &-= 1
      detach(growth[growthCount])
    }
  }

  func insertStore(_ name: EventName, _ location: Int, _ place: Int) {
    let state = locations + location
    if state.pointee.count == state.pointee.capacity { growOrder(state) }
    let order = state.pointee.order
    var index = state.pointee.count
    while index > place {
      let moved = order[index &- 1]
      order[index] = moved
      event(moved).pointee.modification = Int32(truncatingIfNeeded: index)
      index &-= 1
    }
    order[place] = name
    event(name).pointee.modification = Int32(truncatingIfNeeded: place)
    state.pointee.count &+= 1
  }

  func removeStore(_ location: Int, _ place: Int) {
    let state = locations + location
    let order = state.pointee.order
    state.pointee.count &-= 1
    var index = place
    while index < state.pointee.count {
      let moved = order[index &+ 1]
      order[index] = moved
      event(moved).pointee.modification = Int32(truncatingIfNeeded: index)
      index &+= 1
    }
  }

  private func growOrder(_ state: UnsafeMutablePointer<LocationState>) {
    let wider = UnsafeMutablePointer<EventName>.allocate(capacity: state.pointee.capacity * 2)
    wider.moveInitialize(from: state.pointee.order, count: state.pointee.count)
    state.pointee.order.deallocate()
    state.pointee.order = wider
    state.pointee.capacity *= 2
  }

  /// The place in modification order of what an event wrote or read.
  @inline(__always) func place(_ event: UnsafeMutablePointer<Event>) -> Int {
    if event.pointee.kind == .store { return Int(event.pointee.modification) }
    let source = event.pointee.readsFrom
    return source.isInitial ? 0 : Int(self.event(source).pointee.modification)
  }

  /// The last event at a location among the first `count` of a process, or -1.
  @inline(__always) func lastEvent(_ process: Int, at location: Int, below count: Int) -> Int {
    var index = Int(heads[location &* ModelProgram.maximumProcesses &+ process])
    while index >= count { index = Int(event(process, index).pointee.previousAtLocation) }
    return index
  }

  /// The least place in modification order that a prefix lets a load read (coherence); a store
  /// goes above it.
  func coherenceBound(_ happened: Clock, _ location: Int) -> Int {
    var bound = 0
    for process in 0..<processCount {
      let index = lastEvent(process, at: location, below: Int(happened[process]))
      if index >= 0 { bound = max(bound, place(event(process, index))) }
    }
    return bound
  }

  /// Gives a load its value: clocks, exclusiveness and order follow from it.
  func assignSource(_ process: Int, _ index: Int, place: Int) {
    let load = event(process, index)
    let state = locations + Int(load.pointee.location)
    let source = state.pointee.order[place]
    load.pointee.readsFrom = source
    load.pointee.value = source.isInitial ? state.pointee.initial : event(source).pointee.value
    if load.pointee.flags.contains(.conditional) {
      let succeeds = load.pointee.value == load.pointee.expected
      load.pointee.order = succeeds ? load.pointee.successOrder : load.pointee.failureOrder
      if succeeds {
        load.pointee.flags.insert(.exclusive)
      } else {
        load.pointee.flags.remove(.exclusive)
      }
    }
    setStrong(load)
    if place == state.pointee.count &- 1 {
      load.pointee.flags.insert(.assignedMaximal)
    } else {
      load.pointee.flags.remove(.assignedMaximal)
    }
    if !source.isInitial {
      let store = event(source)
      load.pointee.prefix.join(store.pointee.prefix)
      if !load.pointee.flags.contains(.plain) {
        load.pointee.acquirable.join(store.pointee.message)
        if load.pointee.order.acquires { load.pointee.happened.join(store.pointee.message) }
      }
    }
    countItself(load, process, index)
  }

  /// Completes a store's clocks.
  func completeStore(_ process: Int, _ index: Int) {
    let store = event(process, index)
    setStrong(store)
    countItself(store, process, index)
    guard !store.pointee.flags.contains(.plain) else { return }
    store.pointee.message =
      store.pointee.order.releases ? store.pointee.happened : store.pointee.released
    if store.pointee.flags.contains(.exclusive) {
      let source = event(process, index &- 1).pointee.readsFrom
      if !source.isInitial { store.pointee.message.join(event(source).pointee.message) }
    }
  }

  /// Completes a fence's clocks.
  func completeFence(_ process: Int, _ index: Int) {
    let fence = event(process, index)
    setStrong(fence)
    if fence.pointee.order.acquires { fence.pointee.happened.join(fence.pointee.acquirable) }
    countItself(fence, process, index)
    if fence.pointee.order.releases { fence.pointee.released = fence.pointee.happened }
  }

  @inline(__always) func countItself(
    _ event: UnsafeMutablePointer<Event>, _ process: Int, _ index: Int
  ) {
    event.pointee.happened[process] = UInt16(truncatingIfNeeded: index &+ 1)
    event.pointee.prefix[process] = UInt16(truncatingIfNeeded: index &+ 1)
  }

  @inline(__always) private func setStrong(_ event: UnsafeMutablePointer<Event>) {
    if event.pointee.order == .sequentiallyConsistent && !event.pointee.flags.contains(.plain) {
      event.pointee.flags.insert(.strong)
    } else {
      event.pointee.flags.remove(.strong)
    }
  }

  /// Whether two conflicting accesses, one of them plain, are unordered; of the newest event.
  func isRacy(_ process: Int, _ index: Int) -> Bool {
    let newest = event(process, index)
    guard newest.pointee.location >= 0 else { return false }
    let location = Int(newest.pointee.location)
    let isPlain = newest.pointee.flags.contains(.plain)
    if isPlain { locations[location].hasPlain = true }
    guard locations[location].hasPlain else { return false }
    for other in 0..<processCount where other != process {
      let known = Int(newest.pointee.happened[other])
      var at = Int(heads[location &* ModelProgram.maximumProcesses &+ other])
      while at >= known {
        let peer = event(other, at)
        let conflicts = newest.pointee.kind == .store || peer.pointee.kind == .store
        if conflicts && (isPlain || peer.pointee.flags.contains(.plain)) { return true }
        at = Int(peer.pointee.previousAtLocation)
      }
    }
    return false
  }
}

extension SIMD16<UInt16> {
  /// The union of two prefixes.
  @inline(__always) mutating func join(_ other: Self) {
    replace(with: other, where: other .> self)
  }

  /// Whether an event lies in the prefix.
  @inline(__always) func contains(_ name: EventName) -> Bool {
    name.isInitial || Int(self[name.process]) > name.index
  }
}
