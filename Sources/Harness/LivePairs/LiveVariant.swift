// What is compared: variants, each a group of pinned worker processes.

public import HardwareMemory

/// One process of a variant: where it runs and what it does.
///
/// `prepare` runs once in the worker, after the fork, pinned: it opens regions, fills buffers, and
/// returns the body that runs in every slice. Regions that all members share may also be made by
/// the parent beforehand; forked workers inherit them.
public struct LiveMember {
  /// What runs in every slice: measures itself, and reports.
  public typealias Slice = (SliceContext) throws -> SliceReport

  /// The member's part, as in errors: `producer`.
  public let role: String
  /// The CPU to pin to, or `nil`.
  public let cpu: Int?
  let prepare: (GroupContext) throws -> Slice

  /// Describes a member.
  public init(
    role: String, cpu: Int?, prepare: @escaping (GroupContext) throws -> Slice
  ) {
    self.role = role
    self.cpu = cpu
    self.prepare = prepare
  }
}

/// What a member of a group shares with the others.
public struct GroupContext {
  /// Shared memory for the group's own coordination, zeroed at the start: `controlBytes` bytes.
  public let control: HardwareMemory
  /// How many bytes `control` has.
  public static let controlBytes = 4096
  /// The calibrated counter.
  public let clock: CounterClock
  /// The CPU this member is pinned to.
  public let cpu: Int?
  /// Whether every member of the group has a CPU of its own: only then may it spin.
  public let maySpin: Bool
}

/// One of the things compared: a name and its processes.
public struct LiveVariant {
  /// The variant's name, unique within a run.
  public let name: String
  /// Its processes, one or more.
  public let members: [LiveMember]

  /// Describes a variant.
  public init(name: String, members: [LiveMember]) {
    precondition(!members.isEmpty, "a variant without processes")
    self.name = name
    self.members = members
  }
}

/// Why a run of live groups ended early.
public enum LiveRunError: Error, Sendable, CustomStringConvertible {
  /// A worker could not be started, died or hung.
  case worker(variant: String, WorkerError)
  /// A member's `prepare` or slice threw.
  case thrown(variant: String, role: String, reason: String)
  /// A member reported a failure; the report has its code and details.
  case failed(variant: String, role: String, order: Int, SliceReport)
  /// Shared memory or the barrier could not be made.
  case system(SystemError)

  /// One line that names the variant and the member.
  public var description: String {
    switch self {
    case .worker(let variant, let error): "\(variant): \(error)"
    case .thrown(let variant, let role, let reason): "\(variant), \(role): \(reason)"
    case .failed(let variant, let role, let order, let report):
      "\(variant), \(role): failure \(report.failureCode) in slice \(order), details "
        + (0..<4).map { "\(report.failureDetails[$0])" }.joined(separator: " ")
    case .system(let error): "\(error)"
    }
  }
}
