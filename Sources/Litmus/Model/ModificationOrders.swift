// All modification orders of a location that a graph can have.

extension ExecutionGraph {
  /// The orders of the writes to one location, the initial write first: only those in which
  /// happens-before is kept and an update follows at once what it read.
  func modificationOrders(of location: Int, _ base: Base) -> [[Int]] {
    let writes = events.indices.filter {
      events[$0].kind == .write && events[$0].location == location
    }
    var results: [[Int]] = []
    var order: [Int] = []
    func extend() {
      guard order.count < writes.count else {
        results.append(order)
        return
      }
      let last = order.last
      let follower = writes.first {
        events[$0].updateOf >= 0 && events[events[$0].updateOf].readsFrom == last
      }
      for write in writes where !order.contains(write) {
        if let follower, follower != write, !order.contains(follower) { continue }
        if events[write].updateOf >= 0, events[events[write].updateOf].readsFrom != last {
          continue
        }
        let waits = writes.contains {
          $0 != write && !order.contains($0) && base.hb.contains($0, write)
        }
        if waits { continue }
        order.append(write)
        extend()
        order.removeLast()
      }
    }
    extend()
    return results
  }

  /// One modification order for each location, in every combination that coherence and atomicity
  /// allow; none where some location has none.
  func coherentOrders(locationCount: Int, _ base: Base) -> [[[Int]]] {
    var combinations: [[[Int]]] = [[]]
    for location in 0..<locationCount {
      let coherent = modificationOrders(of: location, base).filter {
        let mo = relation([$0])
        return isCoherent(base, mo: mo) && isAtomic(base, mo: mo)
      }
      combinations = combinations.flatMap { prefix in coherent.map { prefix + [$0] } }
    }
    return combinations
  }

  /// The relation that a chain of writes spans.
  func relation(_ chains: [[Int]]) -> Relation {
    var result = Relation(count: events.count)
    for chain in chains {
      for (position, from) in chain.enumerated() {
        for to in chain.dropFirst(position + 1) { result.insert(from, to) }
      }
    }
    return result
  }
}
