// The counters of a whole region at a glance: for statistics and for people. All loads are relaxed;
// the figures need not agree with one another to the record.

import MemoryInterface
public import TracerCore

/// A snapshot of a region's counters.
public struct TracerMetrics: Sendable {
  /// One lane of a claimed or retired slot, or of one that was used before.
  public struct LaneEntry: Sendable {
    /// Which lane.
    public let lane: LaneIdentifier
    /// Its slot's state.
    public let slotState: ThreadSlotState
    /// The number of the thread that owns the slot; zero for none.
    public let threadIdentifier: UInt64
    /// Its counters.
    public let metrics: LaneMetrics
  }
  /// Every lane in which anything was ever attempted.
  public let lanes: [LaneEntry]
  /// Attempts of threads without a slot, and attempts to attach that found none.
  public let slotlessAttempts: UInt64
  /// Bytes cut off under the mapping of this process.
  public let truncatedBytes: Int

  /// Attempts of all lanes.
  public var attempts: UInt64 { lanes.reduce(0) { $0 &+ $1.metrics.attempts } }
  /// Records drained of all lanes.
  public var drainedRecords: UInt64 { lanes.reduce(0) { $0 &+ $1.metrics.drainedRecords } }
  /// Losses of all lanes that took a sequence number.
  public var lostRecords: UInt64 { lanes.reduce(0) { $0 &+ $1.metrics.losses.total } }
  /// Lanes in quarantine.
  public var quarantinedLanes: Int { lanes.filter(\.metrics.isQuarantined).count }
}

extension TracerRegion {
  /// The region's counters. Any thread of any process; one look at every lane.
  public func metrics() -> TracerMetrics {
    var entries: [TracerMetrics.LaneEntry] = []
    let slots = lanes.slots
    for slot in 0..<slots.count {
      let state = slots.state(of: slot)
      for kind in LaneKind.allCases {
        let lane = lanes.lane(slot, kind)
        let metrics = lane.metrics()
        guard state.phase != .free || metrics.attempts > 0 || metrics.nestedLosses > 0 else {
          continue
        }
        entries.append(
          .init(
            lane: lane.identifier, slotState: state,
            threadIdentifier: slots.threadIdentifier(of: slot), metrics: metrics))
      }
    }
    return TracerMetrics(
      lanes: entries, slotlessAttempts: slots.slotlessAttempts,
      truncatedBytes: region.truncatedBytes)
  }
}

extension Controller {
  /// The region's counters.
  public func metrics() -> TracerMetrics { region.metrics() }
}
