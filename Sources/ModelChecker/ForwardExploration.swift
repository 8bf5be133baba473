// For sizes beyond the exhaustive: one execution after another, each from the start.
//
// A chooser decides who goes next, what a load reads and where a store stands; coherence, atomicity
// and psc bound the choices as in the exhaustive exploration, so whatever is found is an execution
// of RC11. Three choosers: at random; by random priorities with a few changes (PCT: Burckhardt,
// Kothari, Musuvathi, Nagarakatte, ASPLOS 2010), which finds a bug of depth d with a known
// probability; and every choice in turn under a bound on preemptions, where executions may repeat.

/// How executions are chosen.
public enum ExplorationMode: Sendable, Equatable {
  /// Every execution, once.
  case exhaustive
  /// So many executions at random.
  case random(executions: Int, seed: UInt64)
  /// So many executions by random priorities; `depth` − 1 priorities change on the way.
  case priorities(executions: Int, depth: Int, seed: UInt64)
  /// Every choice, with at most so many preemptions in an execution. Some executions repeat.
  case preemptions(Int)
}

extension Machine {
  /// Runs executions one after another as the mode asks.
  func runForward(_ onExecution: ((FinalState) -> Void)?, started: Double) {
    var chooser = Chooser(options.mode)
    var number = 0
    while chooser.begin(number, processes: processCount) {
      shrink(to: 0)
      halfUpdated = -1
      number += 1
      drawKills(&chooser)
      if forwardExecution(&chooser) { finish(onExecution) }
      if let failure = pendingFailure { fail(failure) }
      if isOver() { return }
      if isOutOfTime(since: started) { break }
    }
    switch options.mode {
    case .exhaustive: break
    case .random(let executions, let seed):
      report.extent.addBound("\(executions) at random, seed \(seed)")
    case .priorities(let executions, let depth, let seed):
      report.extent.addBound("\(executions) by priorities, depth \(depth), seed \(seed)")
    case .preemptions(let count): report.extent.addBound("\(count) preemptions")
    }
  }

  /// One execution. True: it came to an end that can be judged.
  private func forwardExecution(_ chooser: inout Chooser) -> Bool {
    // Stores at the location when a process last found nothing there that releases it.
    var waitsBeyond = [Int](repeating: -1, count: processCount)
    var ready: [Int] = []
    while true {
      ready.removeAll(keepingCapacity: true)
      for process in 0..<processCount where isStarted(process) {
        if !settle(process) { return false }
        if (fibres + process).pointee.status == .impossible { return false }
        if canGoOn(process, &waitsBeyond) { ready.append(process) }
      }
      if halfUpdated >= 0 { ready = [halfUpdated] }
      if ready.isEmpty {
        readLastWhereWaiting()
        return true
      }
      let process = chooser.process(ready)
      guard counts[process] < eventLimit - 1 else {
        reachedEventLimit = true
        return false
      }
      addForward(process, &chooser)
      if pendingFailure != nil { return false }
      if (fibres + process).pointee.request.flags.contains(.awaiting) {
        if !lookAgainIfBlocked(process, &waitsBeyond) { return false }
      }
    }
  }

  /// A process that waits and read what does not release it looks at the last store at once; if
  /// that does not either, it is as if it had not looked. False: it failed.
  private func lookAgainIfBlocked(_ process: Int, _ waitsBeyond: inout [Int]) -> Bool {
    let fibre = fibres + process
    waitsBeyond[process] = -1
    if !settle(process) { return false }
    guard fibre.pointee.status == .blocked else { return true }
    let load = event(process, fibre.pointee.position)
    let isLast = load.pointee.flags.contains(.assignedMaximal)
    shrink(to: growthCount - 1)
    if !isLast {
      readLast(process)
      if !settle(process) { return false }
      guard fibre.pointee.status == .blocked else { return true }
      shrink(to: growthCount - 1)
    }
    waitsBeyond[process] = locations[Int(fibre.pointee.request.location)].count
    return true
  }

  private func readLast(_ process: Int) {
    let request = (fibres + process).pointee.request
    _ = makeEvent(process, request)
    assignSource(process, counts[process], place: locations[Int(request.location)].count - 1)
    link(process)
  }

  private func canGoOn(_ process: Int, _ waitsBeyond: inout [Int]) -> Bool {
    let fibre = fibres + process
    guard fibre.pointee.status == .requesting else { return false }
    let request = fibre.pointee.request
    guard request.flags.contains(.awaiting), waitsBeyond[process] >= 0 else { return true }
    return locations[Int(request.location)].count > waitsBeyond[process]
  }

  /// At the end, each waiting process reads what is last: that decides whether it is stuck.
  private func readLastWhereWaiting() {
    for process in 0..<processCount where isStarted(process) {
      let fibre = fibres + process
      guard fibre.pointee.status == .requesting else { continue }
      readLast(process)
      _ = settle(process)
    }
  }

  private func addForward(_ process: Int, _ chooser: inout Chooser) {
    let request = (fibres + process).pointee.request
    let index = counts[process]
    let next = makeEvent(process, request)
    report.steps &+= 1
    let wasHalf = halfUpdated >= 0
    halfUpdated = -1
    switch request.kind {
    case .fence:
      completeFence(process, index)
      link(process)
    case .choice:
      next.pointee.value = UInt64(chooser.number(Int(request.value)))
      countItself(next, process, index)
      link(process)
    case .load: addLoadForward(process, index, &chooser)
    case .store:
      let state = locations + Int(request.location)
      let last = state.pointee.count
      completeStore(process, index)
      var place = last
      if wasHalf {
        place = self.place(event(process, index - 1)) + 1
      } else if !request.flags.contains(.plain) {
        var known = next.pointee.happened
        known[process] = UInt16(truncatingIfNeeded: index)
        let bound = coherenceBound(known, Int(request.location)) + 1
        place = last - chooser.number(last - bound + 1)
        if splitsUpdate(state, place) { place = last }
      }
      next.pointee.modification = Int32(truncatingIfNeeded: place)
      link(process)
      if !wasHalf && place != last && !isConsistent() {
        shrink(to: growthCount - 1)
        next.pointee.modification = Int32(truncatingIfNeeded: last)
        link(process)
      }
    }
    if isRacy(process, index) { _ = reportRace(process, index) }
  }

  private func addLoadForward(_ process: Int, _ index: Int, _ chooser: inout Chooser) {
    let load = event(process, index)
    let location = Int(load.pointee.location)
    let last = locations[location].count - 1
    var place = last
    if !load.pointee.flags.contains(.plain) {
      let bound = coherenceBound(load.pointee.happened, location)
      place = last - chooser.number(last - bound + 1)
    }
    assignSource(process, index, place: place)
    link(process)
    if place != last {
      // A read-modify-write takes a store that no other has taken, and has to be consistent whole.
      let isTaken =
        load.pointee.flags.contains(.exclusive) && !leavesRoom(process, index, place)
      if isTaken || !isConsistent() {
        shrink(to: growthCount - 1)
        resetClocks(EventName(process, index))
        assignSource(process, index, place: last)
        link(process)
      }
    }
    halfUpdated = load.pointee.flags.contains(.exclusive) ? process : -1
  }

  /// Whether the store half may follow a load half that did not read the last store. Only
  /// without other sequentially consistent events is that known before the store is there.
  private func leavesRoom(_ process: Int, _ index: Int, _ place: Int) -> Bool {
    let state = locations + Int(event(process, index).pointee.location)
    return !splitsUpdate(state, place + 1) && strongCount < 2
  }
}
