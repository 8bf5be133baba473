// A lane's counters at a glance: for statistics and for people. Each is stored by one side and
// loaded here relaxed, so they need not agree with one another to the record; the identity is
// `LaneAccount`'s business.

import MemoryInterface

/// A snapshot of a lane's counters.
public struct LaneMetrics: Equatable, Sendable {
  /// Attempts with a sequence number, all owners together.
  public let attempts: UInt64
  /// Losses with a sequence number, by cause.
  public let losses: LossCounts
  /// Writes in the middle of a write.
  public let nestedLosses: UInt64
  /// Rings handed over by the agent.
  public let submittedRings: UInt64
  /// Rings of the history overwritten by the agent.
  public let recycledRings: UInt64
  /// Marks made, and those that the writer has seen.
  public let marks: UInt64
  /// Marks that the writer has seen.
  public let marksServed: UInt64
  /// Rings drained by controllers.
  public let drainedRings: UInt64
  /// Records drained by controllers.
  public let drainedRecords: UInt64
  /// Bytes drained by controllers, loss records included.
  public let drainedBytes: UInt64
  /// Records overwritten in the history, as far as found.
  public let overwrittenRecords: UInt64
  /// Attempts during which an owner died.
  public let inFlightRecords: UInt64
  /// Whether the controller has put the lane into quarantine.
  public let isQuarantined: Bool
  /// The ring being filled, or `nil`: a hint.
  public let activeRing: Int?
}

extension Lane {
  /// The lane's counters. Any thread of any process; wait-free.
  public func metrics() -> LaneMetrics {
    typealias Fields = LaneLayout.Lane
    func load(_ field: Int) -> UInt64 { word(field).loadRelaxed() }
    let active = load(Fields.activeRing)
    return LaneMetrics(
      attempts: load(Fields.nextSequence), losses: loadLosses(),
      nestedLosses: load(Fields.nestedLosses), submittedRings: load(Fields.submittedRings),
      recycledRings: load(Fields.recycledRings), marks: load(Fields.marks),
      marksServed: load(Fields.marksServed), drainedRings: load(Fields.drainedRings),
      drainedRecords: load(Fields.drainedRecords), drainedBytes: load(Fields.drainedBytes),
      overwrittenRecords: load(Fields.overwrittenRecords),
      inFlightRecords: load(Fields.inFlightRecords), isQuarantined: load(Fields.quarantined) != 0,
      activeRing: active < UInt64(geometry.ringCount) ? Int(active) : nil)
  }

  /// Where an output that has nothing of this lane begins: with what is found, if rings of it went
  /// elsewhere before, or else with the lane itself.
  public var accountWithoutOutput: LaneAccount {
    metrics().drainedRings == 0 ? LaneAccount() : .beginningAnywhere
  }
}
