// An execution graph and the axioms of RC11 over it (Lahav, Vafeiadis, Kang, Hur, Dreyer: Repairing
// Sequential Consistency in C/C++11, PLDI 2017), with the release sequences of C++20.
//
// Written from the axioms alone, so that it can judge the model checker: nothing is shared with
// that engine. A read-modify-write is two events, a read and a write, joined by `rmw`.

/// One event of an execution graph.
struct GraphEvent: Equatable {
  enum Kind { case read, write, fence }
  var kind: Kind
  /// The process; -1 for the initial writes.
  var process: Int
  /// The location; -1 for fences.
  var location: Int
  var value: Int
  var order: LitmusOrder
  /// Of a read: the event it reads from.
  var readsFrom = -1
  /// Of the write of a read-modify-write: its read.
  var updateOf = -1
}

/// The events of an execution with program order (their order in `events`, per process) and
/// reads-from; modification order is added from outside.
struct ExecutionGraph {
  var events: [GraphEvent]

  private func members(_ belongs: (GraphEvent) -> Bool) -> UInt64 {
    var result: UInt64 = 0
    for (index, event) in events.enumerated() where belongs(event) { result |= 1 << UInt64(index) }
    return result
  }

  /// The relations that do not depend on modification order, made once for a graph.
  struct Base {
    /// Sequenced before; initial writes before everything.
    var sb: Relation
    var rf: Relation
    var rmw: Relation
    /// Happens before.
    var hb: Relation
    /// Pairs at the same location.
    var sameLocation: Relation
    /// Events, and fences among them, that are sequentially consistent.
    var sc: UInt64
    var scFences: UInt64
  }

  func base() -> Base {
    let count = events.count
    let sb = Relation(count: count) { from, to in
      from < to
        && (events[from].process < 0
          ? events[to].process >= 0 : events[from].process == events[to].process)
    }
    var rf = Relation(count: count)
    var rmw = Relation(count: count)
    for (index, event) in events.enumerated() {
      if event.kind == .read { rf.insert(event.readsFrom, index) }
      if event.updateOf >= 0 { rmw.insert(event.updateOf, index) }
    }
    let sameLocation = Relation(count: count) {
      events[$0].location >= 0 && events[$0].location == events[$1].location
    }
    return Base(
      sb: sb, rf: rf, rmw: rmw, hb: (sb | synchronisesWith(sb: sb, rf: rf, rmw: rmw)).closure,
      sameLocation: sameLocation,
      sc: members { $0.order == .sequentiallyConsistent },
      scFences: members { $0.kind == .fence && $0.order == .sequentiallyConsistent })
  }

  /// sw = [release] ; ([F] ; sb)? ; rs ; rf ; [atomic R] ; (sb ; [F])? ; [acquire], with
  /// rs = [atomic W] ; (rf ; rmw)*.
  private func synchronisesWith(sb: Relation, rf: Relation, rmw: Relation) -> Relation {
    let count = events.count
    let all = ~UInt64(0)
    let fences = members { $0.kind == .fence }
    let atomicWrites = members { $0.kind == .write && $0.order != .plain }
    let atomicReads = members { $0.kind == .read && $0.order != .plain }
    let releasing = members { $0.kind != .read && $0.order.releases }
    let acquiring = members { $0.kind != .write && $0.order.acquires }
    let identity = Relation(identityOn: all, count: count)
    let releaseSequence = Relation(identityOn: atomicWrites, count: count)
      .then(rf.then(rmw).closure.optional)
    let fromFence = identity | sb.restricted(from: fences, to: all)
    let toFence = identity | sb.restricted(from: all, to: fences)
    return fromFence.then(releaseSequence).then(rf.restricted(from: all, to: atomicReads))
      .then(toFence)
      .restricted(from: releasing, to: acquiring)
  }

  // MARK: the axioms

  /// Coherence: irreflexive(hb ; eco?), for one modification order.
  func isCoherent(_ base: Base, mo: Relation) -> Bool {
    let rb = readsBefore(base, mo: mo)
    let eco = (base.rf | mo | rb).closure
    return base.hb.isIrreflexive && base.hb.then(eco).isIrreflexive
  }

  /// Atomicity: no write between the one an update read and its own.
  func isAtomic(_ base: Base, mo: Relation) -> Bool {
    let between = readsBefore(base, mo: mo).then(mo) & base.rmw
    return between.rows.allSatisfy { $0 == 0 }
  }

  /// rb = rf⁻¹ ; mo, without the identity.
  private func readsBefore(_ base: Base, mo: Relation) -> Relation {
    let rb = base.rf.inverse.then(mo)
    return Relation(count: events.count) { $0 != $1 && rb.contains($0, $1) }
  }

  /// acyclic(psc): the order of sequentially consistent accesses and fences.
  func isSequentiallyConsistent(_ base: Base, mo: Relation) -> Bool {
    // One such event cannot be on a cycle with another.
    guard base.sc.nonzeroBitCount > 1 else { return true }
    let all = ~UInt64(0)
    let rb = readsBefore(base, mo: mo)
    let eco = (base.rf | mo | rb).closure
    let elsewhere = Relation(count: events.count) {
      base.sb.contains($0, $1) && !base.sameLocation.contains($0, $1)
    }
    let scb =
      base.sb | elsewhere.then(base.hb).then(elsewhere) | (base.hb & base.sameLocation) | mo | rb
    let optionalHb = base.hb.optional
    let accesses = Relation(identityOn: base.sc, count: events.count)
    let left = accesses | optionalHb.restricted(from: base.scFences, to: all)
    let right = accesses | optionalHb.restricted(from: all, to: base.scFences)
    let pscBase = left.then(scb).then(right)
    let pscFences = (base.hb | base.hb.then(eco).then(base.hb))
      .restricted(from: base.scFences, to: base.scFences)
    return (pscBase | pscFences).isAcyclic
  }

  /// Whether two accesses of different processes to one location conflict, one of them plain,
  /// without happens-before between them.
  func hasRace(_ base: Base) -> Bool {
    for first in events.indices where events[first].process >= 0 {
      for second in events.indices.dropFirst(first + 1) {
        let (a, b) = (events[first], events[second])
        guard a.process != b.process, a.location >= 0, a.location == b.location else { continue }
        guard a.kind == .write || b.kind == .write else { continue }
        guard a.order == .plain || b.order == .plain else { continue }
        if !base.hb.contains(first, second), !base.hb.contains(second, first) { return true }
      }
    }
    return false
  }
}
