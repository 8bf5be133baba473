// Where the parts of lanes stand, for whoever reads them through a file instead of a mapping.

extension LanesGeometry {
  /// The control block: what `Lanes.init(attaching:available:)` looks at.
  public static var controlBlock: Range<Int> { 0..<LaneLayout.Control.byteCount }

  /// A thread slot before its lanes.
  public func slotHeader(_ slot: Int) -> Range<Int> {
    let start = slotOffset(slot)
    return start..<(start + LaneLayout.Slot.byteCount)
  }

  /// A lane before its rings: its words and its queues.
  public func laneHeader(_ lane: LaneIdentifier) -> Range<Int> {
    let start = laneOffset(lane)
    return start..<(start + self.lane(lane.kind).ringsOffset)
  }

  /// A ring of a lane, header and records.
  public func ring(_ index: Int, of lane: LaneIdentifier) -> Range<Int> {
    let geometry = self.lane(lane.kind)
    let start = laneOffset(lane) + geometry.ringsOffset + index * geometry.ringStride
    return start..<(start + geometry.ringStride)
  }
}

extension LaneLayout.Ring {
  /// Where a ring's header keeps its committed position.
  public static var committedOffset: Int { committed }
  /// Where a ring's header keeps its generation.
  public static var generationOffset: Int { generation }
  /// Bytes of a ring's header: its records begin here.
  public static var headerByteCount: Int { records }
}
