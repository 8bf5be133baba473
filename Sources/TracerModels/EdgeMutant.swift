// Mutants found automatically: each side of each edge that a property passes through, weakened.

import MemoryInterface
public import ModelChecker
import TracerCore

/// One side of one edge made weaker.
public struct EdgeMutant: Hashable, Sendable {
  /// The mutation as the explorer takes it.
  public let weakening: Weakening

  /// The name printed: `ringPublish.acquiring`.
  public var name: String {
    let edge = modelledEdges.first { $0.edge.identifier == weakening.edge }
    return "\(edge?.name ?? "edge \(weakening.edge)").\(weakening.side)"
  }

  /// Why no property can notice, for the few of which that is known: an argument, not an excuse.
  /// A test sees to it that these do survive.
  public var unobservable: String? { EdgeMutant.unobservable[weakening] }

  private static let unobservable: [Weakening: String] = [
    Weakening(.laneRecycle, .fenceTotalOrder):
      "no second fence: it is a full one against the compiler, to which C11 lets a weaker fence "
      + "leave the plain stores behind it",
    Weakening(.slotState, .updateAcquiring):
      "the fence behind the claim acquires as well; this one is there for the thread sanitizer, "
      + "which knows no fences",
    Weakening(.laneLeave, .releasing):
      "its partner is a signal handler of the same thread, whose program order the model keeps; "
      + "only the compiler could break it",
  ]

  /// Every side of every edge that the given properties pass through, in a stable order, each with
  /// the properties that could notice.
  ///
  /// Found by exploring them, not listed. A few executions reach every access of a body; a test
  /// holds them against all.
  public static func found(
    in properties: [ModelProperty], executions: Int = 64
  ) -> [(mutant: EdgeMutant, properties: [ModelProperty])] {
    var found: [EdgeMutant: [ModelProperty]] = [:]
    var options = ExplorerOptions()
    options.collectsWeakenings = true
    options.maximumExecutions = executions
    for property in properties where property.expectation == .holds {
      let report = Explorer(options).explore(property.program())
      for weakening in report.weakenings {
        found[EdgeMutant(weakening: weakening), default: []].append(property)
      }
    }
    return found.sorted {
      ($0.key.weakening.edge, $0.key.weakening.side.rawValue)
        < ($1.key.weakening.edge, $1.key.weakening.side.rawValue)
    }.map { ($0.key, $0.value) }
  }
}
