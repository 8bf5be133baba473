// A relation over at most 64 events, as rows of bits: what the axioms are written in.

struct Relation: Equatable {
  /// Events beyond this do not fit a row of bits.
  static let maximumEvents = 64

  /// Row `a` has bit `b` set where (a, b) is in the relation.
  private(set) var rows: [UInt64]

  init(count: Int) { rows = Array(repeating: 0, count: count) }

  /// The identity on a set of events.
  init(identityOn members: UInt64, count: Int) {
    self.init(count: count)
    for index in 0..<count where members & (1 << UInt64(index)) != 0 { insert(index, index) }
  }

  /// The pairs for which a predicate holds.
  init(count: Int, where holds: (Int, Int) -> Bool) {
    self.init(count: count)
    for from in 0..<count {
      for to in 0..<count where holds(from, to) { insert(from, to) }
    }
  }

  var count: Int { rows.count }

  mutating func insert(_ from: Int, _ to: Int) { rows[from] |= 1 << UInt64(to) }

  func contains(_ from: Int, _ to: Int) -> Bool { rows[from] & (1 << UInt64(to)) != 0 }

  static func | (left: Relation, right: Relation) -> Relation {
    combine(left, right) { $0 | $1 }
  }

  static func & (left: Relation, right: Relation) -> Relation {
    combine(left, right) { $0 & $1 }
  }

  private static func combine(
    _ left: Relation, _ right: Relation, _ body: (UInt64, UInt64) -> UInt64
  ) -> Relation {
    var result = left
    for index in result.rows.indices {
      result.rows[index] = body(left.rows[index], right.rows[index])
    }
    return result
  }

  /// Composition: from the left relation on through the right one.
  func then(_ next: Relation) -> Relation {
    var result = Relation(count: count)
    for from in rows.indices {
      var middles = rows[from]
      var row: UInt64 = 0
      while middles != 0 {
        row |= next.rows[middles.trailingZeroBitCount]
        middles &= middles - 1
      }
      result.rows[from] = row
    }
    return result
  }

  var inverse: Relation { Relation(count: count) { contains($1, $0) } }

  /// Reflexive closure: the relation or nothing.
  var optional: Relation {
    var result = self
    for index in rows.indices { result.insert(index, index) }
    return result
  }

  /// Transitive closure.
  var closure: Relation {
    var result = self
    for middle in rows.indices {
      for from in rows.indices where result.contains(from, middle) {
        result.rows[from] |= result.rows[middle]
      }
    }
    return result
  }

  var isIrreflexive: Bool { !rows.indices.contains { contains($0, $0) } }

  var isAcyclic: Bool { closure.isIrreflexive }

  /// The pairs whose first event is in one set and whose second is in the other.
  func restricted(from: UInt64, to: UInt64) -> Relation {
    var result = self
    for index in rows.indices {
      result.rows[index] = from & (1 << UInt64(index)) != 0 ? rows[index] & to : 0
    }
    return result
  }
}
