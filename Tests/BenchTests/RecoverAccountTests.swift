// What `recover` and `inspect` say of attempts without a record: they add up, and nothing is said to
// be lost that only went elsewhere.

import Foundation
import Glibc
import HardwareMemory
import Testing
import TracerCore
import TracerShm

@Suite struct RecoverAccountTests {
  /// The numbers of one key, added up.
  private func sum(_ key: String, in lines: String) -> Int {
    values(key, in: lines).compactMap { Int($0) }.reduce(0, +)
  }

  private func json(_ arguments: String...) throws -> [String: Any] {
    let outcome = try BenchProcess(["inspect", "--format", "json"] + arguments).wait()
    #expect(outcome.code == 0, "\(outcome.errors)")
    return try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  private func takeover(_ region: String, _ output: String) throws -> Outcome {
    try bench("recover", region, "--takeover", "--format", "binary", "--output", output)
  }

  /// A region whose index lane lost records for want of a ring, in two holes, and whose writer died.
  private func regionWithHoles(_ path: String) throws -> RecoverableRegion {
    let region = try RecoverableRegion(.file(path: path))
    try region.traceAndDrain(rounds: 2, of: 30, into: path + ".drained")
    return region
  }

  @Test func recordsAndLossesAddUpToTheAttemptsInRegionAndTrace() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try regionWithHoles(path)
    let attempts = Int(region.lanes.lane(0, .index).metrics().attempts)
    let lost = Int(region.lanes.lane(0, .index).metrics().losses.total)
    try #require(lost > 0)
    let found = try bench("recover", path)
    #expect(found.code == 0, "\(found.errors)")
    let drained = try bench("recover", path + ".drained")
    let rest = try bench("recover", path, "--against", path + ".drained")
    // All of the region: what was drained is before it.
    let records = lines("record", in: found.output).split(separator: "\n").count
    #expect(
      records + sum("count", in: found.output) == attempts, "\(found.output)")
    #expect(sum("before", in: found.output) > 0)
    // The drained part and the rest, in two outputs: everything once.
    let both = drained.output + rest.output
    let all = lines("record", in: both).split(separator: "\n").count
    #expect(all + sum("count", in: both) == attempts, "\(both)")
    #expect(sum("before", in: both) == 0 && sum("missing", in: both) == 0)
    #expect(sum("noSpareRing", in: both) == lost, "\(both)")
    #expect(lines("loss", in: both).contains(#""overwritten":0,"#))
    // No number twice, none missing.
    var next = 0
    for line in both.split(separator: "\n") {
      let text = String(line)
      let first = try #require(values("sequence", in: text).first.flatMap { Int($0) })
      #expect(first == next, "\(text)")
      next = first + (values("count", in: text).first.flatMap { Int($0) } ?? 1)
    }
    #expect(next == attempts)
  }

  @Test func inspectionShowsHolesByCauseWithTheirPlacesInRegionAndTrace() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try regionWithHoles(path)
    let whole = folder.file("whole")
    #expect(try takeover(path, path + ".drained").code == 0)
    #expect(
      try bench("recover", path + ".drained", "--format", "binary", "--output", whole).code == 0)
    let lost = region.lanes.lane(0, .index).metrics().losses.total
    let table = try bench("inspect", whole)
    #expect(table.output.contains("\nHoles") && table.output.contains(" no spare ring"))
    #expect(table.output.contains("\nLosses"))
    let lanes = try #require(try json(whole)["lanes"] as? [[String: Any]])
    let holes = try #require(lanes.first?["holes"] as? [[String: Any]])
    let counts = holes.compactMap { ($0["lost"] as? [String: Any])?["noSpareRing"] as? UInt64 }
    #expect(holes.count == 2 && counts.reduce(0, +) == lost, "\(holes)")
  }

  @Test func inspectionOfARegionShowsHeaderLossesAndMetrics() throws {
    let folder = try Folder()
    let path = folder.file("region")
    _ = try regionWithHoles(path)
    let table = try bench("inspect", path).output
    for part in [
      "version:", "region size:", "page size:", "created:", "Losses", "no spare ring", "Metrics",
      "submitted rings", "recycled rings", "drained records", "Holes", "owner",
    ] { #expect(table.contains(part), "\(part) in \(table)") }
    let object = try json(path)
    let header = try #require(object["superblock"] as? [String: Any])
    #expect(header["version"] as? String == "1.0")
    #expect(header["pageByteCount"] as? Int == sysconf(Int32(_SC_PAGESIZE)))
    #expect((header["regionByteCount"] as? Int ?? 0) > 4096)
    #expect((header["creationTimeNanoseconds"] as? UInt64 ?? 0) > 0)
    let lanes = try #require(object["lanes"] as? [[String: Any]])
    let holes = try #require(lanes.first?["holes"] as? [[String: Any]])
    #expect(holes.contains { ($0["lost"] as? [String: Any])?["noSpareRing"] as? Int ?? 0 > 0 })
  }

  @Test func aTakeoverIntoANewFileSaysWhatWentElsewhereAndCallsNothingOverwritten() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try RecoverableRegion(.file(path: path))
    try region.trace(18)
    try region.drainOneRing(into: folder.file("elsewhere"))
    let outcome = try takeover(path, folder.file("out"))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(
      outcome.errors.contains("13 records added, 13 in all, 0 lost, 0 overwritten, 5 before this"),
      "\(outcome.errors)")
    let lanes = try #require(try json(folder.file("out"))["lanes"] as? [[String: Any]])
    #expect(lanes.first?["before"] as? Int == 5 && lanes.first?["overwritten"] as? Int == 0)
    let trace = try bench("recover", folder.file("out"))
    #expect(sum("before", in: trace.output) == 5 && sum("count", in: trace.output) == 5)
    // Nothing is left: another file begins behind all of it.
    let empty = try takeover(path, folder.file("empty"))
    #expect(empty.code == 0 && empty.errors.contains("0 in all"), "\(empty.errors)")
    #expect(empty.errors.contains("18 before this file"), "\(empty.errors)")
    let after = try #require(try json(folder.file("empty"))["lanes"] as? [[String: Any]])
    #expect(after.first?["before"] as? Int == 18 && after.first?["attempts"] as? Int == 18)
    // It goes on from there.
    try region.trace(4)
    let more = try bench(
      "recover", path, "--takeover", "--sync", "--format", "binary", "--output",
      folder.file("empty"))
    #expect(more.errors.contains("4 records added, 4 in all, 0 lost, 0 overwritten, 18 before"))
  }

  @Test func aRefusedTakeoverLeavesNoFile() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try RecoverableRegion(.file(path: path))
    try region.trace(3)
    let living = try Controller(TracerRegion.open(.file(path: path)))
    let refused = try takeover(path, folder.file("out"))
    #expect(refused.code == 1 && refused.errors.contains("is its controller already"))
    #expect(!names(in: folder.path).contains("out"))
    // What was there stays.
    #expect(FileManager.default.createFile(atPath: folder.file("mine"), contents: nil))
    #expect(try takeover(path, folder.file("mine")).code == 1)
    #expect(names(in: folder.path).contains("mine"))
    living.close()
  }

  @Test func aTraceOfAnotherSessionIsRefused() throws {
    let folder = try Folder()
    for name in ["one", "other"] {
      let region = try RecoverableRegion(.file(path: folder.file(name)))
      try region.trace(20)
      try region.drainOneRing(into: folder.file(name + ".trace"))
    }
    let outcome = try bench(
      "recover", folder.file("one.trace"), "--against", folder.file("other.trace"))
    #expect(outcome.code == 1 && outcome.output == "")
    #expect(outcome.errors.contains("other.trace: holds session"), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    let same = try bench(
      "recover", folder.file("one.trace"), "--against", folder.file("one.trace"))
    #expect(same.code == 0 && same.errors.contains("5 known already"), "\(same.errors)")
  }
}
