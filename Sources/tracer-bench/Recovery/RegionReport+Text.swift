// What `inspect` says of a region's lanes, for a terminal.

extension RegionReport {
  /// Tables for a terminal: slots, lanes, rings, holes; empty ones left out.
  var text: String {
    var parts = [headline]
    parts += section("Thread slots", slotTable)
    parts += section("Lanes", laneTable)
    parts += section("Rings", ringTable)
    parts += section("Holes", holeTable)
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

  private func section(_ title: String, _ table: TextTable) -> [String] {
    table.rows.isEmpty ? [] : ["", title, table.plain()]
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
      "nested", "marks", "remarks",
    ])
    table.rows = lanes.map { lane in
      var remarks: [String] = []
      if lane.isQuarantined { remarks.append("quarantined") }
      if !lane.isComplete { remarks.append("the sum is wrong") }
      return [
        "\(lane.slot) \(lane.lane)", "\(lane.attempts)", "\(lane.before)", "\(lane.resident)",
        "\(lane.lost.total)", "\(lane.overwritten)", "\(lane.inFlight)", "\(lane.open)",
        "\(lane.nestedLosses)", "\(lane.marks)", remarks.joined(separator: ", "),
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
          "\(lane.slot) \(lane.lane) \(ring.ring)", "\(ring.generation)",
          "\(ring.firstSequence)", ring.committedBytes.map { "\($0)" } ?? "corrupt",
          "\(ring.records)", ring.state, ring.owner, ring.finding,
        ])
      }
    }
    return table
  }

  private var holeTable: TextTable {
    var table = TextTable(["lane", "first", "count", "lost", ""])
    for lane in lanes {
      for hole in lane.holes {
        table.rows.append([
          "\(lane.slot) \(lane.lane)", "\(hole.firstSequence)", "\(hole.count)", "\(hole.lost)",
          hole.lost == hole.count ? "" : "the rest was overwritten, in flight or is damaged",
        ])
      }
    }
    return table
  }
}
