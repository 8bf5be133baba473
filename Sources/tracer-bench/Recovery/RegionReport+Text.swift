// What `inspect` says of a region's lanes, for a terminal.

extension RegionReport {
  /// Tables for a terminal: slots, lanes, losses, metrics, rings, holes; empty ones left out.
  var text: String {
    var parts = [headline]
    parts += ReportTables.section("Thread slots", slotTable)
    parts += ReportTables.section("Lanes", laneTable)
    parts += ReportTables.section(
      "Losses", ReportTables.losses(lanes.map { (lane: $0.name, lost: $0.lost) }))
    parts += ReportTables.section("Metrics", metricsTable)
    parts += ReportTables.section("Rings", ringTable)
    parts += ReportTables.section(
      "Holes",
      ReportTables.holes(
        lanes.flatMap { lane in lane.holes.map { (lane: lane.name, hole: $0) } }))
    return parts.joined(separator: "\n") + "\n"
  }

  /// How to take what follows.
  private var headline: String {
    var lines: [String] = []
    if isSnapshot { lines.append("A snapshot: a peer lives, and what follows goes on changing.") }
    if !isSameBoot { lines.append("Of an earlier boot: only rings with their checksum count.") }
    if missingBytes > 0 { lines.append("Cut short: \(missingBytes) bytes are missing.") }
    if unsettledRings > 0 {
      lines.append("\(unsettledRings) rings moved on while they were looked at.")
    }
    lines.append(
      "\(slots.count) of \(threadSlots) thread slots in use, \(slotlessAttempts) attempts of "
        + "threads without one")
    return lines.joined(separator: "\n")
  }

  private var slotTable: TextTable {
    var table = TextTable(["slot", "epoch", "process", "thread", "state"])
    table.rows = slots.map { slot in
      [
        "\(slot.slot)", "\(slot.epoch)", slot.pid.map { "\($0)" } ?? "–", "\(slot.thread)",
        slot.state,
      ]
    }
    return table
  }

  private var laneTable: TextTable {
    var table = TextTable([
      "lane", "attempts", "before", "resident", "lost", "overwritten", "in flight", "open",
      "remarks",
    ])
    table.rows = lanes.map { lane in
      var remarks: [String] = []
      if lane.isQuarantined { remarks.append("quarantined") }
      if !lane.isComplete { remarks.append("the sum is wrong") }
      return [
        lane.name, "\(lane.attempts)", "\(lane.before)", "\(lane.resident)",
        "\(lane.lost.total)", "\(lane.overwritten)", "\(lane.inFlight)", "\(lane.open)",
        remarks.joined(separator: ", "),
      ]
    }
    return table
  }

  /// What the peers counted: not to the record, and of this region's whole life.
  private var metricsTable: TextTable {
    var table = TextTable([
      "lane", "submitted rings", "recycled rings", "drained rings", "drained records", "marks",
      "marks served", "nested losses",
    ])
    table.rows = lanes.map { lane in
      [
        lane.name, "\(lane.submittedRings)", "\(lane.recycledRings)", "\(lane.drainedRings)",
        "\(lane.drainedRecords)", "\(lane.marks)", "\(lane.marksServed)", "\(lane.nestedLosses)",
      ]
    }
    return table
  }

  private var ringTable: TextTable {
    var table = TextTable([
      "ring", "generation", "first", "bytes", "records", "state", "owner", "finding",
    ])
    for lane in lanes {
      for ring in lane.rings {
        table.rows.append([
          "\(lane.name) \(ring.ring)", "\(ring.generation)",
          "\(ring.firstSequence)", ring.committedBytes.map { "\($0)" } ?? "corrupt",
          "\(ring.records)", ring.state, ring.owner, ring.finding,
        ])
      }
    }
    return table
  }
}

extension RegionReport.Lane {
  /// The lane for people.
  fileprivate var name: String { "\(slot) \(lane)" }
}
