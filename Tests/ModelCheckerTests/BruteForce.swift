// RC11 by its axioms, written independently of the checker: every reads-from and modification
// order of a straight-line program, each judged by relations over all events. Slow and plain, so
// that it can be believed.

import ModelChecker

/// One instruction of a straight-line program.
enum Instruction {
  case load(Int, ModelOrder)
  case store(Int, UInt64, ModelOrder)
  case update(Int, UInt64, ModelOrder)
  case exchangeIf(Int, expected: UInt64, desired: UInt64, ModelOrder, failure: ModelOrder)
  case fence(ModelOrder)
}

struct BruteForce {
  struct Event {
    var process: Int
    var kind: Character  // R, W, F, I (initialisation)
    var location: Int
    var order: ModelOrder
    /// The load of the read-modify-write that this store completes.
    var partner: Int?
    var isExclusive = false
    /// The value written; for stores of updates it depends on what was read.
    var value: (UInt64) -> UInt64 = { $0 }
  }

  let program: [[Instruction]]
  /// How often each outcome (values read, in order, then final values) occurs.
  private(set) var outcomes: [[UInt64]: Int] = [:]

  init(_ program: [[Instruction]]) {
    self.program = program
    chooseSuccesses(0, [])
  }

  /// The total number of consistent execution graphs.
  var executions: Int { outcomes.values.reduce(0, +) }

  private var conditionals: Int {
    program.joined().reduce(0) {
      if case .exchangeIf = $1 { $0 + 1 } else { $0 }
    }
  }

  /// Which compare-exchanges succeed decides which events there are.
  private mutating func chooseSuccesses(_ done: Int, _ chosen: [Bool]) {
    if done < conditionals {
      chooseSuccesses(done + 1, chosen + [true])
      chooseSuccesses(done + 1, chosen + [false])
      return
    }
    var events: [Event] = []
    var demands: [(event: Int, value: UInt64, equal: Bool)] = []
    let locations = Set(program.joined().compactMap(Self.location)).sorted()
    for location in locations {
      events.append(
        Event(process: -1, kind: "I", location: location, order: .relaxed, value: { _ in 0 }))
    }
    var conditional = 0
    for (process, instructions) in program.enumerated() {
      for instruction in instructions {
        switch instruction {
        case .load(let location, let order):
          events.append(Event(process: process, kind: "R", location: location, order: order))
        case .store(let location, let value, let order):
          events.append(
            Event(
              process: process, kind: "W", location: location, order: order, value: { _ in value }
            ))
        case .update(let location, let operand, let order):
          events.append(
            Event(
              process: process, kind: "R", location: location, order: order, isExclusive: true))
          events.append(
            Event(
              process: process, kind: "W", location: location, order: order,
              partner: events.count - 1, value: { $0 &+ operand }))
        case .exchangeIf(let location, let expected, let desired, let order, let failure):
          let succeeds = chosen[conditional]
          conditional += 1
          demands.append((events.count, expected, succeeds))
          events.append(
            Event(
              process: process, kind: "R", location: location, order: succeeds ? order : failure,
              isExclusive: succeeds))
          if succeeds {
            events.append(
              Event(
                process: process, kind: "W", location: location, order: order,
                partner: events.count - 1, value: { _ in desired }))
          }
        case .fence(let order):
          events.append(Event(process: process, kind: "F", location: -1, order: order))
        }
      }
    }
    let graph = Graph(events: events, demands: demands)
    graph.enumerate { outcomes[$0, default: 0] += 1 }
  }

  private static func location(_ instruction: Instruction) -> Int? {
    switch instruction {
    case .load(let location, _), .store(let location, _, _), .update(let location, _, _): location
    case .exchangeIf(let location, _, _, _, _): location
    case .fence: nil
    }
  }
}

/// All ways to relate a fixed set of events.
private struct Graph {
  let events: [BruteForce.Event]
  let demands: [(event: Int, value: UInt64, equal: Bool)]
  let loads: [Int]
  let storesAt: [Int: [Int]]

  init(events: [BruteForce.Event], demands: [(event: Int, value: UInt64, equal: Bool)]) {
    self.events = events
    self.demands = demands
    loads = events.indices.filter { events[$0].kind == "R" }
    var stores: [Int: [Int]] = [:]
    for index in events.indices where events[index].kind == "W" || events[index].kind == "I" {
      stores[events[index].location, default: []].append(index)
    }
    storesAt = stores
  }

  func enumerate(_ found: ([UInt64]) -> Void) {
    var source = [Int](repeating: -1, count: events.count)
    chooseSources(0, &source, found)
  }

  private func chooseSources(_ done: Int, _ source: inout [Int], _ found: ([UInt64]) -> Void) {
    if done < loads.count {
      for store in storesAt[events[loads[done]].location]! {
        source[loads[done]] = store
        chooseSources(done + 1, &source, found)
      }
      return
    }
    var partial = Relation(events.count)
    for (before, after) in programOrder { partial[before, after] = true }
    for load in loads { partial[source[load], load] = true }
    guard partial.closed().isIrreflexive else { return }
    guard let values = values(source) else { return }
    for demand in demands where (values[demand.event] == demand.value) != demand.equal { return }
    chooseOrders(storesAt.keys.sorted(), [:]) { orders in
      if isConsistent(source, orders) {
        let finals = orders.keys.sorted().map { values[orders[$0]!.last!] }
        found(loads.map { values[$0] } + finals)
      }
    }
  }

  private var programOrder: [(Int, Int)] {
    var pairs: [(Int, Int)] = []
    for first in events.indices {
      for second in events.indices where first < second {
        let isInitial = events[first].kind == "I" && events[second].kind != "I"
        if isInitial
          || (events[first].kind != "I" && events[first].process == events[second].process)
        {
          pairs.append((first, second))
        }
      }
    }
    return pairs
  }

  /// Values along reads-from, which has no cycles here.
  private func values(_ source: [Int]) -> [UInt64]? {
    var known = [UInt64?](repeating: nil, count: events.count)
    for _ in events.indices {
      for index in events.indices where known[index] == nil {
        switch events[index].kind {
        case "R": known[index] = known[source[index]]
        case "W":
          if let partner = events[index].partner {
            if let read = known[partner] { known[index] = events[index].value(read) }
          } else {
            known[index] = events[index].value(0)
          }
        default: known[index] = 0
        }
      }
    }
    return known.contains { $0 == nil } ? nil : known.map { $0! }
  }

  private func chooseOrders(
    _ locations: [Int], _ chosen: [Int: [Int]], _ body: ([Int: [Int]]) -> Void
  ) {
    guard let location = locations.first else { return body(chosen) }
    let stores = storesAt[location]!
    let initial = stores.first { events[$0].kind == "I" }!
    for order in permutations(stores.filter { $0 != initial }) {
      var more = chosen
      more[location] = [initial] + order
      chooseOrders(Array(locations.dropFirst()), more, body)
    }
  }

  private func permutations(_ items: [Int]) -> [[Int]] {
    guard !items.isEmpty else { return [[]] }
    return items.indices.flatMap { index in
      var rest = items
      let item = rest.remove(at: index)
      return permutations(rest).map { [item] + $0 }
    }
  }

  private func isConsistent(_ source: [Int], _ orders: [Int: [Int]]) -> Bool {
    let count = events.count
    var sb = Relation(count)
    for (before, after) in programOrder { sb[before, after] = true }
    var rf = Relation(count)
    for load in loads { rf[source[load], load] = true }
    var mo = Relation(count)
    for order in orders.values {
      for first in order.indices {
        for second in order.indices where first < second { mo[order[first], order[second]] = true }
      }
    }
    let rb = rf.inverse().then(mo)
    let eco = (rf | mo | rb).closed()
    var rmw = Relation(count)
    for index in events.indices {
      if let partner = events[index].partner { rmw[partner, index] = true }
    }
    // Atomicity: nothing between a read-modify-write's two halves.
    guard !(rb.then(mo) & rmw).isNotEmpty else { return false }

    let identity = Relation(identity: count)
    let fence = Relation(count, where: { events[$0].kind == "F" })
    let releasing = Relation(count, where: { events[$0].kind != "I" && events[$0].order.releases })
    let acquiring = Relation(count, where: { events[$0].kind != "I" && events[$0].order.acquires })
    let writes = Relation(count, where: { events[$0].kind == "W" })
    let reads = Relation(count, where: { events[$0].kind == "R" })
    // Orders that an access cannot have do not count: a load does not release.
    let releasers = releasing & (writes | fence)
    let acquirers = acquiring & (reads | fence)
    let rs = writes.then(rf.then(rmw).closed() | identity)
    let sw = releasers.then(fence.then(sb) | identity).then(rs).then(rf)
      .then(reads).then(sb.then(fence) | identity).then(acquirers)
    let hb = (sb | sw).closed()
    guard (hb.then(eco) | hb).isIrreflexive else { return false }

    let sameLocation = Relation(
      count,
      pairs: {
        events[$0].location == events[$1].location
          && events[$0].location >= 0
      })
    let strong = Relation(
      count, where: { events[$0].order == .sequentiallyConsistent && events[$0].kind != "I" })
    let strongFence = strong & fence
    let elsewhere = sb.minus(sameLocation)
    let scb = sb | elsewhere.then(hb).then(elsewhere) | (hb & sameLocation) | mo | rb
    let base = (strong | strongFence.then(hb | identity)).then(scb)
      .then(strong | (hb | identity).then(strongFence))
    let fences = strongFence.then(hb | hb.then(eco).then(hb)).then(strongFence)
    return (base | fences).closed().isIrreflexive
  }
}

/// A relation over numbered events, one bit a pair; at most 64 events.
private struct Relation {
  var rows: [UInt64]
  init(_ count: Int) { rows = Array(repeating: 0, count: count) }
  init(identity count: Int) {
    self.init(count)
    for index in 0..<count { self[index, index] = true }
  }
  /// The identity on the events chosen.
  init(_ count: Int, where chosen: (Int) -> Bool) {
    self.init(count)
    for index in 0..<count where chosen(index) { self[index, index] = true }
  }
  init(_ count: Int, pairs: (Int, Int) -> Bool) {
    self.init(count)
    for first in 0..<count {
      for second in 0..<count where pairs(first, second) { self[first, second] = true }
    }
  }
  subscript(_ first: Int, _ second: Int) -> Bool {
    get { rows[first] >> UInt64(second) & 1 == 1 }
    set {
      if newValue {
        rows[first] |= 1 << UInt64(second)
      } else {
        rows[first] &= ~(1 << UInt64(second))
      }
    }
  }
  static func | (left: Self, right: Self) -> Self { left.zip(right) { $0 | $1 } }
  static func & (left: Self, right: Self) -> Self { left.zip(right) { $0 & $1 } }
  func minus(_ other: Self) -> Self { zip(other) { $0 & ~$1 } }
  private func zip(_ other: Self, _ combine: (UInt64, UInt64) -> UInt64) -> Self {
    var result = self
    for index in rows.indices { result.rows[index] = combine(rows[index], other.rows[index]) }
    return result
  }
  func then(_ next: Self) -> Self {
    var result = Relation(rows.count)
    for first in rows.indices {
      for middle in rows.indices where self[first, middle] {
        result.rows[first] |= next.rows[middle]
      }
    }
    return result
  }
  func inverse() -> Self {
    var result = Relation(rows.count)
    for first in rows.indices {
      for second in rows.indices where self[first, second] { result[second, first] = true }
    }
    return result
  }
  func closed() -> Self {
    var result = self
    for middle in rows.indices {
      for first in rows.indices where result[first, middle] {
        result.rows[first] |= result.rows[middle]
      }
    }
    return result
  }
  var isIrreflexive: Bool { rows.indices.allSatisfy { !self[$0, $0] } }
  var isNotEmpty: Bool { rows.contains { $0 != 0 } }
}
