// Mutation of orders: one side of one edge loses its order, and the properties must notice.
//
// The weakenings of a program are found, not listed: an exploration notes each ordered access that
// names an edge. One that goes unpunished is a finding: the order is not needed, or the properties
// cannot see it.

public import MemoryInterface

/// Which side of an edge a mutation weakens.
public enum WeakenedSide: UInt8, Sendable, Hashable, CaseIterable {
  /// The store becomes relaxed.
  case releasing
  /// The load becomes relaxed.
  case acquiring
  /// The stand-alone fence goes.
  case fence
  /// The sequentially consistent fence still acquires and releases, but leaves the total order.
  case fenceTotalOrder
  /// The load of the read-modify-write becomes relaxed.
  case updateAcquiring
  /// The store of the read-modify-write becomes relaxed.
  case updateReleasing
}

/// One mutation: one side of one edge without its order.
public struct Weakening: Hashable, Sendable {
  /// The edge's number.
  public var edge: UInt16
  /// Which of its accesses.
  public var side: WeakenedSide

  /// Makes a mutation.
  public init(edge: UInt16, side: WeakenedSide) {
    self.edge = edge
    self.side = side
  }

  /// Makes a mutation.
  public init(_ edge: SyncEdge, _ side: WeakenedSide) {
    self.init(edge: edge.identifier, side: side)
  }
}

extension Machine {
  /// Notes what the access would lose, and takes away what this run is to do without.
  func noteAndWeaken(_ request: Request) -> Request {
    var result = request
    for side in sides(of: request) {
      let weakening = Weakening(edge: request.edge, side: side)
      if options.collectsWeakenings { seenWeakenings.insert(weakening) }
      guard weakened.contains(weakening) else { continue }
      switch side {
      case .fenceTotalOrder:
        if result.order == .sequentiallyConsistent { result.order = .acquireRelease }
      case .releasing, .acquiring, .fence, .updateAcquiring, .updateReleasing:
        result.order = .relaxed
        result.failureOrder = .relaxed
      }
    }
    return result
  }

  private func sides(of request: Request) -> [WeakenedSide] {
    let isUpdate = !request.flags.isDisjoint(with: [.exclusive, .conditional])
    switch request.kind {
    case .choice: return []
    case .load:
      guard request.order.acquires else { return [] }
      return [isUpdate ? .updateAcquiring : .acquiring]
    case .store:
      guard request.order.releases else { return [] }
      return [isUpdate ? .updateReleasing : .releasing]
    case .fence:
      return request.order == .sequentiallyConsistent ? [.fence, .fenceTotalOrder] : [.fence]
    }
  }
}
