// `inspect` and `recover` as people run them.

import Foundation
import Glibc
import HardwareMemory
import Testing
import TracerCore
import TracerShm

@Suite struct RecoverTests {
  @Test func everyRecordOfADeadAgentIsALineOfJSON() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try RecoverableRegion(.file(path: path))
    try region.trace(20)
    let outcome = try bench("recover", path)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 20)
    for (number, line) in lines.enumerated() {
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["sequence"] as? Int == number)
      #expect(object["timestamp"] as? Int == number + 1000)
      #expect(object["thread"] as? Int == 4242)
      #expect(object["type"] as? Int == 3)
      #expect(object["session"] as? String == region.region.superblock.session.description)
      let digits = String(format: "%02x", number)
      #expect(object["payload"] as? String == digits + "00000000000000")
    }
    #expect(outcome.errors.contains("20 records of 20 attempts in 1 lanes"))
    #expect(!outcome.errors.contains("snapshot"))
    #expect(try bench("recover", path).output == outcome.output, "recovery changes nothing")
  }

  @Test(arguments: [true, false])
  func besideALivingPeerItIsASnapshot(shm: Bool) throws {
    let folder = try Folder()
    let name = "/recover-tests-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let path = folder.file("region")
    let region = try RecoverableRegion(shm ? .shm(name: name) : .file(path: path))
    defer { try? region.region.destroy() }
    try region.trace(11, alive: true)
    let arguments = shm ? [name, "--shm"] : [path]
    let outcome = try BenchProcess(["recover"] + arguments).wait()
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(values("sequence", in: lines("record", in: outcome.output)) == (0..<11).map { "\($0)" })
    #expect(outcome.errors.contains("snapshot"))
    let inspection = try BenchProcess(["inspect"] + arguments).wait()
    #expect(inspection.code == 0, "\(inspection.errors)")
    #expect(inspection.output.contains("A snapshot"))
    #expect(inspection.output.contains("\(getpid())"))
  }

  @Test func aRegionReachedThroughADescriptorOfAProcess() throws {
    let region = try RecoverableRegion(.memfd)
    try region.trace(5)
    let path = "/proc/\(getpid())/fd/\(region.region.passableDescriptor ?? -1)"
    let outcome = try bench("recover", path)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(
      values("sequence", in: lines("record", in: outcome.output)) == ["0", "1", "2", "3", "4"])
  }

  @Test func aTraceFileIsReadAndWhatItHoldsIsLeftOut() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try RecoverableRegion(.file(path: path))
    try region.trace(20)
    try region.drainOneRing(into: folder.file("out"))
    let inspection = try bench("inspect", folder.file("out"))
    #expect(inspection.code == 0 && inspection.output.contains("records:      5,"))
    let trace = try bench("recover", folder.file("out"))
    #expect(trace.code == 0, "\(trace.errors)")
    #expect(values("sequence", in: lines("record", in: trace.output)) == (0..<5).map { "\($0)" })
    let rest = try bench(
      "recover", path, "--against", folder.file("out"), "--format", "binary", "--output",
      folder.file("rest"))
    #expect(rest.code == 0, "\(rest.errors)")
    let again = try bench("recover", folder.file("rest"))
    #expect(values("sequence", in: lines("record", in: again.output)) == (5..<20).map { "\($0)" })
    #expect(values("thread", in: lines("record", in: again.output)).allSatisfy { $0 == "4242" })
    let other = try RecoverableRegion(.file(path: folder.file("other")))
    try other.trace(1)
    let refused = try bench("recover", folder.file("other"), "--against", folder.file("out"))
    #expect(refused.code == 1 && refused.errors.contains("session"))
  }

  @Test func damageIsNamedAndTheRestIsWritten() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try RecoverableRegion(.file(path: path))
    try region.trace(20)
    let records = region.lanes.geometry.ring(1, of: LaneIdentifier(slot: 0, kind: .index))
    let header = records.lowerBound + LaneLayout.Ring.headerByteCount
    region.region.payload.storePayload(1 << 30, at: header + 24)
    let outcome = try bench("recover", path)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("1 damaged rings"))
    #expect(values("sequence", in: lines("record", in: outcome.output)).count == 16)
    let inspection = try bench("inspect", path)
    #expect(inspection.code == 0 && inspection.output.contains("damaged: the record at byte 24"))
  }

  @Test func afterARestartSealedRingsCountAndNoOthers() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try RecoverableRegion(.file(path: path))
    // Three rings of five records each are full and sealed, the fourth is not.
    try region.trace(18)
    try moveToAnotherBoot(path)
    let outcome = try bench("recover", path)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(values("sequence", in: lines("record", in: outcome.output)) == (0..<15).map { "\($0)" })
    #expect(outcome.errors.contains("of an earlier boot"))
    // A byte that the disk did not get: its ring is no longer what was sealed.
    let ring = region.lanes.geometry.ring(1, of: LaneIdentifier(slot: 0, kind: .index))
    let word = region.region.payload.word(at: ring.upperBound - 24)
    word.storeRelaxed(word.loadRelaxed() ^ 1)
    let torn = try bench("recover", path)
    #expect(values("sequence", in: lines("record", in: torn.output)).count == 10)
    let inspection = try bench("inspect", path)
    #expect(inspection.output.contains("other bytes than were sealed"))
    #expect(inspection.output.contains("not sealed"))
    let takeover = try bench(
      "recover", path, "--takeover", "--format", "binary", "--output", folder.file("out"))
    #expect(takeover.code == 0, "\(takeover.errors)")
    let records = try bench("recover", folder.file("out"))
    #expect(values("sequence", in: lines("record", in: records.output)).count == 10)
  }

  @Test func inspectionAsJSONAddsUp() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try RecoverableRegion(.file(path: path))
    try region.trace(20)
    try region.trace(7, kind: .detail)
    let outcome = try bench("inspect", path, "--format", "json")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let lanes = try #require(object["lanes"] as? [[String: Any]])
    #expect(lanes.count == 4)
    #expect(lanes.allSatisfy { $0["isComplete"] as? Bool == true })
    #expect(lanes.map { $0["resident"] as? Int } == [20, 0, 0, 7])
    #expect((object["slots"] as? [[String: Any]])?.first?["state"] as? String == "gone")
  }

  @Test func aFileThatWasCutShortGivesWhatIsLeft() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try RecoverableRegion(.file(path: path))
    try region.trace(20)
    try #require(truncate(path, off_t(4096 + 4096)) == 0)
    let outcome = try bench("recover", path)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("cut short"), "\(outcome.errors)")
    #expect(values("sequence", in: lines("record", in: outcome.output)).first == "0")
    #expect(try bench("inspect", path).output.contains("Cut short"))
  }

  @Test func aTakeoverBringsTheOutputUpToDateOnceAndNotBesideALivingController() throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try RecoverableRegion(.file(path: path))
    try region.trace(18)
    try region.drainOneRing(into: folder.file("out"))
    // A controller that died in the middle of a block.
    let size = try #require(
      FileManager.default.attributesOfItem(atPath: folder.file("out"))[.size] as? Int)
    try #require(truncate(folder.file("out"), off_t(size - 3)) == 0)
    let arguments = [
      "recover", path, "--takeover", "--format", "binary", "--output", folder.file("out"),
    ]
    let living = try Controller(TracerRegion.open(.file(path: path)))
    let refused = try BenchProcess(arguments).wait()
    #expect(refused.code == 1 && refused.errors.contains("is its controller already"))
    living.close()
    let outcome = try BenchProcess(arguments).wait()
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("13 records added, 18 in all"), "\(outcome.errors)")
    let again = try BenchProcess(arguments).wait()
    #expect(again.code == 0 && again.errors.contains("0 records added"), "\(again.errors)")
    let records = try bench("recover", folder.file("out"))
    #expect(values("sequence", in: lines("record", in: records.output)) == (0..<18).map { "\($0)" })
    #expect(try bench("inspect", path).output.contains("0 of 2 thread slots in use"))
  }
}
