// RC11's axiom on sequentially consistent events: acyclic(psc), on the graph as it stands.
//
//   scb      = sb ∪ sb≠loc;hb;sb≠loc ∪ hb|loc ∪ mo ∪ fr
//   psc_base = ([Esc] ∪ [Fsc];hb?) ; scb ; ([Esc] ∪ hb?;[Fsc])
//   psc_F    = [Fsc] ; (hb ∪ hb;eco;hb) ; [Fsc]
//
// Everything else of RC11 holds by construction: coherence and atomicity bound the choices,
// and events are only added after their causes, so that (program order ∪ reads-from) is acyclic.
//
// `eco` is compared by keys: a store at place p of modification order has key 2p, a load of it
// 2p + 1; then a eco b exactly if key(a) < key(b), and mo ∪ fr are the cases where b is a store.
// Along one process, keys at a location never fall; so the first or last access there suffices.

/// Buffers of the check, kept between checks.
struct PscScratch {
  var nodes: [EventName] = []
  var rows: [UInt64] = []
}

extension Machine {
  /// Whether `psc` is acyclic. Needed only after a choice that was not maximal: nothing leads on
  /// from an event that is last in its process and in modification order.
  @inline(__always) func isConsistent() -> Bool { strongCount < 2 || isPscAcyclic() }

  @inline(never) private func isPscAcyclic() -> Bool {
    psc.nodes.removeAll(keepingCapacity: true)
    for stamp in 0..<growthCount where event(growth[stamp]).pointee.flags.contains(.strong) {
      psc.nodes.append(growth[stamp])
    }
    let count = psc.nodes.count
    let width = (count + 63) / 64
    psc.rows.removeAll(keepingCapacity: true)
    psc.rows.append(contentsOf: repeatElement(0, count: count * width))
    for from in 0..<count {
      for to in 0..<count where from != to && isPscEdge(psc.nodes[from], psc.nodes[to]) {
        psc.rows[from * width + to / 64] |= 1 << UInt64(to % 64)
      }
    }
    return isAcyclic(count, width)
  }

  /// Takes out nodes that lead nowhere until none is left, or none leads nowhere.
  private func isAcyclic(_ count: Int, _ width: Int) -> Bool {
    var remaining = [UInt64](repeating: 0, count: width)
    for node in 0..<count { remaining[node / 64] |= 1 << UInt64(node % 64) }
    var left = count
    var progress = true
    while progress && left > 0 {
      progress = false
      for node in 0..<count where remaining[node / 64] >> UInt64(node % 64) & 1 == 1 {
        var leads = false
        for word in 0..<width where psc.rows[node * width + word] & remaining[word] != 0 {
          leads = true
        }
        if !leads {
          remaining[node / 64] &= ~(1 << UInt64(node % 64))
          left -= 1
          progress = true
        }
      }
    }
    return left == 0
  }

  private func isPscEdge(_ from: EventName, _ to: EventName) -> Bool {
    let fromFence = event(from).pointee.kind == .fence
    let toFence = event(to).pointee.kind == .fence
    switch (fromFence, toFence) {
    case (false, false): return isScb(from, to)
    case (true, false): return fenceReachesAccess(from, to)
    case (false, true): return accessReachesFence(from, to)
    case (true, true): return fenceReachesFence(from, to)
    }
  }

  @inline(__always) private func happens(_ first: EventName, before second: EventName) -> Bool {
    first != second && event(second).pointee.happened.contains(first)
  }

  @inline(__always) private func key(_ event: UnsafeMutablePointer<Event>) -> Int {
    event.pointee.kind == .store ? 2 &* place(event) : 2 &* place(event) &+ 1
  }

  /// scb between two accesses.
  private func isScb(_ from: EventName, _ to: EventName) -> Bool {
    if from.process == to.process && from.index < to.index { return true }
    let first = event(from)
    let second = event(to)
    if first.pointee.location == second.pointee.location {
      if happens(from, before: to) { return true }
      if second.pointee.kind == .store && key(first) < key(second) { return true }
    }
    guard happens(from, before: to) else { return false }
    // sb≠loc;hb;sb≠loc: the earliest event after one, the latest before the other.
    var next = from.index + 1
    while next < counts[from.process]
      && event(from.process, next).pointee.location == first.pointee.location
    { next += 1 }
    var last = to.index - 1
    while last >= 0 && event(to.process, last).pointee.location == second.pointee.location {
      last -= 1
    }
    guard next < counts[from.process], last >= 0 else { return false }
    return happens(EventName(from.process, next), before: EventName(to.process, last))
  }

  /// [Fsc];hb?;scb to an access.
  private func fenceReachesAccess(_ fence: EventName, _ to: EventName) -> Bool {
    if to.index > 0 {
      let before = EventName(to.process, to.index - 1)
      if before == fence || happens(fence, before: before) { return true }
    }
    let target = event(to)
    let location = Int(target.pointee.location)
    for process in 0..<processCount {
      // hb|loc: the last access that happens before the target, if the fence happens before that.
      let last = lastEvent(
        process, at: location, below: Int(target.pointee.happened[process]))
      if last >= 0 {
        var name = EventName(process, last)
        if name == to {
          let earlier = Int(target.pointee.previousAtLocation)
          name = earlier >= 0 ? EventName(process, earlier) : .initial
        }
        if !name.isInitial && happens(fence, before: name) { return true }
      }
    }
    guard target.pointee.kind == .store else { return false }
    for process in 0..<processCount {
      let first = firstEvent(process, at: location, after: fence)
      if first >= 0 && key(event(process, first)) < key(target) { return true }
    }
    return false
  }

  /// scb;hb?;[Fsc] from an access.
  private func accessReachesFence(_ from: EventName, _ fence: EventName) -> Bool {
    if from.index + 1 < counts[from.process] {
      let after = EventName(from.process, from.index + 1)
      if after == fence || happens(after, before: fence) { return true }
    }
    let source = event(from)
    let location = Int(source.pointee.location)
    let known = event(fence).pointee.happened
    for process in 0..<processCount {
      var last = lastEvent(process, at: location, below: Int(known[process]))
      if last >= 0 {
        let name = EventName(process, last)
        if name != from && happens(from, before: name) { return true }
      }
      while last >= 0 && event(process, last).pointee.kind != .store {
        last = Int(event(process, last).pointee.previousAtLocation)
      }
      if last >= 0 && key(source) < key(event(process, last)) { return true }
    }
    return false
  }

  /// psc_F; psc_base between fences lies in it.
  private func fenceReachesFence(_ from: EventName, _ to: EventName) -> Bool {
    if happens(from, before: to) { return true }
    let known = event(to).pointee.happened
    for location in 0..<locationCount {
      var least = Int.max
      var greatest = -1
      for process in 0..<processCount {
        let last = lastEvent(process, at: location, below: Int(known[process]))
        if last >= 0 { greatest = max(greatest, key(event(process, last))) }
        let first = firstEvent(process, at: location, after: from)
        if first >= 0 { least = min(least, key(event(process, first))) }
      }
      if least < greatest { return true }
    }
    return false
  }

  /// The first event of a process at a location that `name` happens before, or -1.
  private func firstEvent(_ process: Int, at location: Int, after name: EventName) -> Int {
    var found = -1
    var index = Int(heads[location &* ModelProgram.maximumProcesses &+ process])
    while index >= 0 && happens(name, before: EventName(process, index)) {
      found = index
      index = Int(event(process, index).pointee.previousAtLocation)
    }
    return found
  }
}
