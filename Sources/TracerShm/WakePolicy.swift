// How a controller that sleeps is woken: chosen when the region is made, the same for everyone.

/// What the controller sleeps on.
public enum WakePolicy: UInt64, CaseIterable, Sendable {
  /// It does not sleep but looks again and again: the shortest latency, a processor of its own.
  case spin = 0
  /// An event counter: inherited by forked agents, sent along with a memfd region, and fetched
  /// from the controller by agents that open by name, where they may trace it.
  case eventfd = 1
  /// A POSIX semaphore, named after the region's session: for agents that may not trace the
  /// controller.
  case semaphore = 2
}

extension WakePolicy: CustomStringConvertible {
  /// `spin`, `eventfd`, `semaphore`.
  public var description: String {
    switch self {
    case .spin: "spin"
    case .eventfd: "eventfd"
    case .semaphore: "semaphore"
    }
  }
}
