// Going back to the last choice with something left, and backward revisits.

extension Machine {
  /// Restores the graph of the newest choice with an alternative and takes that. False: all done.
  ///
  /// A race found on the way stays in `pendingFailure`: that execution has ended.
  func backtrack() -> Bool {
    while frameCount > 0 {
      let frame = frames + (frameCount &- 1)
      frame.pointee.taken &+= 1
      let advanced: Bool
      switch frame.pointee.kind {
      case .choice: advanced = nextChoice(frame)
      case .load: advanced = nextSource(frame)
      case .store: advanced = nextPlace(frame) || nextRevisit(frame)
      case .revisit:
        advanced = nextRevisitPlace(frame)
        if !advanced { restore(frame) }
      }
      if advanced { return true }
      frameCount &-= 1
    }
    return false
  }

  /// Gives up all that is left of the newest choice.
  func dropFrame() {
    let frame = frames + (frameCount &- 1)
    if frame.pointee.kind == .revisit { restore(frame) }
    frameCount &-= 1
  }

  private func nextChoice(_ frame: UnsafeMutablePointer<Frame>) -> Bool {
    shrink(to: frame.pointee.growth)
    guard frame.pointee.next >= frame.pointee.bound else { return false }
    let name = frame.pointee.name
    event(name).pointee.value = UInt64(frame.pointee.next)
    frame.pointee.next &-= 1
    link(name.process)
    halfUpdated = -1
    return true
  }

  private func nextSource(_ frame: UnsafeMutablePointer<Frame>) -> Bool {
    shrink(to: frame.pointee.growth)
    let name = frame.pointee.name
    while frame.pointee.next >= frame.pointee.bound {
      let place = frame.pointee.next
      frame.pointee.next &-= 1
      resetClocks(name)
      assignSource(name.process, name.index, place: place)
      link(name.process)
      if isRacy(name.process, name.index) {
        _ = reportRace(name.process, name.index)
        return true
      }
      if isConsistent() {
        halfUpdated =
          event(name).pointee.flags.contains(.exclusive) ? name.process : -1
        return true
      }
      shrink(to: frame.pointee.growth)
    }
    return false
  }

  private func nextPlace(_ frame: UnsafeMutablePointer<Frame>) -> Bool {
    shrink(to: frame.pointee.growth)
    let name = frame.pointee.name
    let store = event(name)
    let state = locations + Int(store.pointee.location)
    while frame.pointee.next >= frame.pointee.bound {
      let place = frame.pointee.next
      frame.pointee.next &-= 1
      if splitsUpdate(state, place) { continue }
      store.pointee.modification = Int32(truncatingIfNeeded: place)
      link(name.process)
      if isConsistent() {
        halfUpdated = -1
        return true
      }
      shrink(to: frame.pointee.growth)
    }
    return false
  }

  /// Looks for the next load that the frame's store may revisit. The store is not in the graph.
  private func nextRevisit(_ frame: UnsafeMutablePointer<Frame>) -> Bool {
    let name = frame.pointee.name
    let store = event(name)
    let location = store.pointee.location
    var stamp = frame.pointee.scan == -2 ? growthCount &- 1 : frame.pointee.scan
    while stamp >= 0 {
      let candidateName = growth[stamp]
      stamp &-= 1
      if store.pointee.prefix.contains(candidateName) { continue }
      let candidate = event(candidateName)
      guard isMaximal(candidate, for: store) else { break }
      guard candidate.pointee.kind == .load, candidate.pointee.location == location,
        !candidate.pointee.flags.contains(.plain)
      else { continue }
      frame.pointee.scan = stamp
      openRevisit(of: candidateName, by: name)
      let revisit = frames + (frameCount &- 1)
      if nextRevisitPlace(revisit) { return true }
      restore(revisit)
      frameCount &-= 1
      isForeign = false
      // The frames may have moved.
      return nextRevisit(frames + (frameCount &- 1))
    }
    frame.pointee.scan = -1
    return false
  }

  /// Whether an event is what would be added, were the graph rebuilt from what came before it and
  /// what causes the store.
  private func isMaximal(
    _ candidate: UnsafeMutablePointer<Event>, for store: UnsafeMutablePointer<Event>
  ) -> Bool {
    let stamp = candidate.pointee.stamp
    let prefix = store.pointee.prefix
    switch candidate.pointee.kind {
    case .fence: return true
    case .choice: return candidate.pointee.value == 0
    case .load:
      let source = candidate.pointee.readsFrom
      if !source.isInitial && event(source).pointee.stamp > stamp && !prefix.contains(source) {
        return false
      }
    case .store:
      if candidate.pointee.flags.contains(.revisited) && hasEarlierReader(candidate) {
        return false
      }
    }
    let state = locations + Int(candidate.pointee.location)
    var index = place(candidate) &+ 1
    while index < state.pointee.count {
      let later = state.pointee.order[index]
      if event(later).pointee.stamp < stamp || prefix.contains(later) { return false }
      index &+= 1
    }
    return true
  }

  private func hasEarlierReader(_ store: UnsafeMutablePointer<Event>) -> Bool {
    let name = growth[Int(store.pointee.stamp)]
    let location = Int(store.pointee.location)
    for process in 0..<processCount {
      var index = Int(heads[location &* ModelProgram.maximumProcesses &+ process])
      while index >= 0 {
        let reader = event(process, index)
        if reader.pointee.kind == .load && reader.pointee.readsFrom == name
          && reader.pointee.stamp < store.pointee.stamp
        {
          return true
        }
        index = Int(reader.pointee.previousAtLocation)
      }
    }
    return false
  }

  /// Takes out what came after the load and does not cause the store, and opens a frame.
  private func openRevisit(of loadName: EventName, by storeName: EventName) {
    let load = event(loadName)
    let store = event(storeName)
    let first = Int(load.pointee.stamp) &+ 1
    let tail = growthCount &- first
    let savedStart = savedCount
    reserveSaved(tail &+ 1)
    saved[savedStart] = load.pointee
    savedNames[savedStart] = loadName
    let prefix = store.pointee.prefix
    var stamp = growthCount &- 1
    while stamp >= first {
      let name = growth[stamp]
      let slot = savedStart &+ 1 &+ stamp &- first
      savedNames[slot] = name
      if !prefix.contains(name) {
        detach(name)
        saved[slot] = event(name).pointee
      }
      stamp &-= 1
    }
    savedCount = savedStart &+ 1 &+ tail
    growthCount = first
    for slot in savedStart &+ 1..<savedCount where prefix.contains(savedNames[slot]) {
      growth[growthCount] = savedNames[slot]
      event(savedNames[slot]).pointee.stamp = Int32(truncatingIfNeeded: growthCount)
      growthCount &+= 1
    }
    invalidate(loadName.process, loadName.index)

    let location = Int(store.pointee.location)
    var next = locations[location].count
    var before = Clock()
    if loadName.index > 0 {
      before = event(loadName.process, loadName.index &- 1).pointee.happened
    } else {
      before = startClocks(loadName.process).happened
    }
    var bound = coherenceBound(before, location) &+ 1
    if store.pointee.flags.contains(.exclusive) {
      next = place(event(storeName.process, storeName.index &- 1)) &+ 1
      // Below what the load knows of it may not come.
      bound = next < bound ? next &+ 1 : next
    } else {
      var known = store.pointee.happened
      known[storeName.process] = UInt16(truncatingIfNeeded: storeName.index)
      bound = max(bound, coherenceBound(known, location) &+ 1)
    }
    pushFrame(
      Frame(
        kind: .revisit, name: storeName, growth: growthCount, next: next, bound: bound,
        load: loadName, savedStart: savedStart, savedTail: tail))
  }

  private func nextRevisitPlace(_ frame: UnsafeMutablePointer<Frame>) -> Bool {
    shrink(to: frame.pointee.growth)
    let name = frame.pointee.name
    let store = event(name)
    let state = locations + Int(store.pointee.location)
    let loadName = frame.pointee.load
    let load = event(loadName)
    while frame.pointee.next >= frame.pointee.bound {
      let place = frame.pointee.next
      frame.pointee.next &-= 1
      if splitsUpdate(state, place) { continue }
      store.pointee.modification = Int32(truncatingIfNeeded: place)
      store.pointee.flags.insert(.revisited)
      link(name.process)
      if load.pointee.flags.contains(.strong) { strongCount &-= 1 }
      resetClocks(loadName)
      assignSource(loadName.process, loadName.index, place: place)
      if load.pointee.flags.contains(.strong) { strongCount &+= 1 }
      invalidate(loadName.process, loadName.index)
      if isRacy(loadName.process, loadName.index) {
        _ = reportRace(loadName.process, loadName.index)
        return true
      }
      // An update that could not stand where it was added has not been looked at yet.
      if isRacy(name.process, name.index) {
        _ = reportRace(name.process, name.index)
        return true
      }
      if place == state.pointee.count &- 1 || isConsistent() {
        halfUpdated = load.pointee.flags.contains(.exclusive) ? loadName.process : -1
        return true
      }
      shrink(to: frame.pointee.growth)
    }
    return false
  }

  /// Puts back what a revisit took out. The store is not in the graph.
  private func restore(_ frame: UnsafeMutablePointer<Frame>) {
    shrink(to: frame.pointee.growth)
    let prefix = event(frame.pointee.name).pointee.prefix
    let loadName = frame.pointee.load
    let load = event(loadName)
    if load.pointee.flags.contains(.strong) { strongCount &-= 1 }
    load.pointee = saved[frame.pointee.savedStart]
    if load.pointee.flags.contains(.strong) { strongCount &+= 1 }
    invalidate(loadName.process, loadName.index)
    growthCount = Int(load.pointee.stamp) &+ 1
    let start = frame.pointee.savedStart &+ 1
    for slot in start..<start &+ frame.pointee.savedTail {
      let name = savedNames[slot]
      growth[growthCount] = name
      if prefix.contains(name) {
        event(name).pointee.stamp = Int32(truncatingIfNeeded: growthCount)
      } else {
        event(name).pointee = saved[slot]
        attach(name.process, name.index, event(name))
        let fibre = fibres + name.process
        if fibre.pointee.status != .stale { fibre.pointee.status = .ready }
      }
      growthCount &+= 1
    }
    savedCount = frame.pointee.savedStart
  }

  /// A load's clocks as they were before it read.
  func resetClocks(_ name: EventName) {
    let load = event(name)
    if name.index > 0 {
      let previous = event(name.process, name.index &- 1)
      load.pointee.happened = previous.pointee.happened
      load.pointee.prefix = previous.pointee.prefix
      load.pointee.acquirable = previous.pointee.acquirable
    } else {
      let start = startClocks(name.process)
      load.pointee.happened = start.happened
      load.pointee.prefix = start.prefix
      load.pointee.acquirable = Clock()
    }
  }

  private func reserveSaved(_ count: Int) {
    guard savedCount + count > savedCapacity else { return }
    let capacity = max(savedCapacity * 2, savedCount + count)
    let wider = UnsafeMutablePointer<Event>.allocate(capacity: capacity)
    wider.moveInitialize(from: saved, count: savedCount)
    saved.deallocate()
    saved = wider
    let widerNames = UnsafeMutablePointer<EventName>.allocate(capacity: capacity)
    widerNames.moveInitialize(from: savedNames, count: savedCount)
    savedNames.deallocate()
    savedNames = widerNames
    savedCapacity = capacity
  }
}
