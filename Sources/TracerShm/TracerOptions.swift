// What may be asked of a tracer region besides its kind: lanes, waking, and the region's options.

public import TracerCore

/// The options of a tracer region.
public struct TracerOptions: Sendable {
  /// Thread slots and rings.
  public var geometry: LanesGeometry
  /// What the controller sleeps on.
  public var waking: WakePolicy
  /// The options of the region that holds the lanes.
  public var region: RegionOptions

  /// Options with their defaults.
  public init(
    geometry: LanesGeometry = .standard, waking: WakePolicy = .eventfd,
    region: RegionOptions = RegionOptions()
  ) {
    self.geometry = geometry
    self.waking = waking
    self.region = region
  }
}

extension LanesGeometry {
  /// Sixteen threads; for each of them 2 MiB of index lane and 1 MiB of detail lane, in rings of
  /// 64 KiB: about 2,000 events a ring, which is how often the controller is looked for.
  public static var standard: LanesGeometry {
    let ringByteCount = 64 << 10
    do {
      return try LanesGeometry(
        threadSlots: 16, index: .index(ringCount: 32, ringByteCount: ringByteCount),
        detail: .detail(
          ringCount: 16, ringByteCount: ringByteCount, historyRings: 4, postRecords: 1000))
    } catch { preconditionFailure("the standard geometry is valid") }
  }
}
