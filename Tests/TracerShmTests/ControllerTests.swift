// The controller's own services: snapshots, copies, quarantine, truncation, the disk.

import Glibc
import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore
@testable import TracerShm

/// An output that refuses the next so many frames.
private struct RefusingOutput: LaneOutput {
  struct Refusal: Error, Equatable {}
  typealias Memory = HardwareMemory
  var kept = KeptFrames()
  var refusals = 1

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(Refusal) {
    if refusals > 0 {
      refusals -= 1
      throw Refusal()
    }
    kept.write(frame, records)
  }
}

@Suite struct ControllerTests {
  /// Writes records with these values; all have to be taken.
  private func write(_ values: Range<UInt64>, with thread: inout AgentThread) {
    for value in values {
      expect(thread.writeIndex(type: 1, timestamp: 0, value, 0) == .written)
    }
  }

  @Test(arguments: RegionKind.allCases)
  func aSnapshotReadsActiveRingsOnce(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    var output = KeptFrames()
    write(0..<2, with: &thread)
    try expect(controller.drain(into: &output).isIdle)
    try expect(controller.snapshotActive(into: &output).records == 2)
    try expect(controller.snapshotActive(into: &output).isIdle)
    write(2..<8, with: &thread)
    try expect(controller.snapshotActive(into: &output).records == 6)
    thread.detach()
    try controller.drainAll(into: &output)
    expect(output.values[firstIndex] == Array(0..<8))
    controller.close()
  }

  @Test func anOutputThatRefusesGetsTheSameFrameAgain() throws {
    let fixture = try TracerFixture(.memfd)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    write(0..<9, with: &thread)
    var output = RefusingOutput()
    #expect(throws: RefusingOutput.Refusal()) { try controller.drain(into: &output) }
    while try !controller.drain(into: &output).isIdle {}
    thread.detach()
    while try !controller.drain(into: &output).isIdle {}
    expect(output.kept.values[firstIndex] == Array(0..<9))
    controller.close()
  }

  @Test func copiesHoldTheSameRecordsOutsideTheRegion() throws {
    let fixture = try TracerFixture(.anonymous)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    write(0..<3, with: &thread)
    let large = [UInt8](repeating: 1, count: 999)
    large.withUnsafeBytes { expect(thread.writeIndex(type: 1, copying: $0) == .lost(.tooLarge)) }
    write(3..<4, with: &thread)
    thread.detach()
    var output = KeptFrames()
    try expect(controller.drainCopying(into: &output).records == 4)
    expect(output.values[firstIndex] == [0, 1, 2, 3])
    expect(output.sequences[firstIndex] == [0, 1, 2, 4])
    controller.close()
  }

  @Test func aCorruptLaneIsQuarantinedAndTheOthersLoseNothing() throws {
    let fixture = try TracerFixture(.shm)
    var controller = try Controller(fixture.region)
    let agent = try Agent(fixture.region)
    var honest = try agent.attachThread()
    var corrupt = try agent.attachThread()
    let corruptLane = LaneIdentifier(slot: corrupt.slot, kind: .index)
    write(0..<6, with: &honest)
    write(0..<6, with: &corrupt)
    let lane = fixture.region.lanes.lane(corrupt.slot, .index)
    lane.memory.word(
      at: lane.offset + lane.geometry.submitQueueOffset + RingHeader.writePosition
    ).storeRelaxed(1 << 40)
    var output = KeptFrames()
    var report = try controller.drain(into: &output)
    expect(report.pass.quarantinedLanes == 1)
    report = try controller.drain(into: &output)
    expect(report.pass.quarantinedLanes == 1 && report.isIdle)
    expect(controller.quarantine(of: corruptLane) != nil)
    expect(controller.metrics().quarantinedLanes == 1)
    // It does not keep the controller awake.
    expect(controller.wait(timeoutNanoseconds: 0) == .timeout)
    write(6..<9, with: &honest)
    honest.detach()
    try controller.drainAll(into: &output)
    expect(output.values[firstIndex] == Array(0..<9))
    // Its writer is told, and its thread's end ends the quarantine.
    while corrupt.writeIndex(type: 1, timestamp: 0, 0, 0) == .written {}
    expect(corrupt.writeIndex(type: 1, timestamp: 0, 0, 0) == .lost(.quarantined))
    corrupt.detach()
    try controller.drainAll(into: &output)
    expect(controller.quarantine(of: corruptLane) == nil)
    expect(LaneInvariant.everyAttemptAccountedFor(controller.account(of: corruptLane)))
    controller.close()
  }

  @Test(arguments: [RegionKind.shm, .file])
  func aRegionCutShortUnderTheMappingIsAnErrorAndNoCrash(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    write(0..<6, with: &thread)
    try #require(ftruncate(fixture.region.region.descriptor, 4096) == 0)
    var output = KeptFrames()
    var thrown: TracerError?
    do { _ = try controller.drain(into: &output) } catch { thrown = error as? TracerError }
    let lost = fixture.region.region.truncatedBytes
    expect(lost > 0 && thrown == .truncated(fixture.region.place, byteCount: lost))
    expect(controller.metrics().truncatedBytes >= lost)
    // The agent goes on, into memory of its own.
    _ = thread.writeIndex(type: 1, timestamp: 0, 0, 0)
    expect(output.frames.isEmpty)
    thread.detach()
    controller.close()
  }

  @Test func aRingIsReportedAsSyncedOnlyOnceItStandsInTheFile() throws {
    let fixture = try TracerFixture(.file, sync: .everyRing)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    write(0..<9, with: &thread)
    var output = KeptFrames()
    let report = try controller.drain(into: &output)
    expect(report.syncedRings == 2 && report.pass.rings == 2)
    let lane = fixture.region.lanes.lane(0, .index)
    let payload = fixture.region.region.superblock.payloadOffset
    for index in 0..<2 {
      let ring = lane.ring(index)
      var words = [UInt64](repeating: 0, count: 256 / 8)
      let read = words.withUnsafeMutableBytes {
        pread(
          fixture.region.region.descriptor, $0.baseAddress, 256, off_t(payload + ring.offset))
      }
      try #require(read == 256)
      let generation = words[LaneLayout.Ring.sealedGeneration / 8]
      expect(words[LaneLayout.Ring.syncedGeneration / 8] == generation && generation > 0)
      expect(words[LaneLayout.Ring.checksum / 8] != 0)
    }
    thread.detach()
    controller.close()
  }

  @Test(arguments: RegionKind.allCases)
  func onlyARegionThatOutlivesTheMachineHasChecksumsAndSyncs(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    write(0..<5, with: &thread)
    var output = KeptFrames()
    let report = try controller.drain(into: &output)
    expect(report.pass.rings == 1 && report.syncedRings == 0)
    let checksum = fixture.region.lanes.lane(0, .index).ring(0)
      .word(LaneLayout.Ring.checksum).loadRelaxed()
    expect((checksum != 0) == (kind == .file))
    thread.detach()
    controller.close()
  }

  @Test func metricsAgreeWithTheAccounts() throws {
    let fixture = try TracerFixture(.anonymous)
    var controller = try Controller(fixture.region)
    let agent = try Agent(fixture.region)
    var thread = try agent.attachThread()
    expect(controller.metrics().lanes.count == 2)
    write(0..<9, with: &thread)
    for value in 0..<30 { _ = thread.writeDetail(type: 1, timestamp: 0, UInt64(value), 0) }
    agent.mark()
    _ = thread.writeDetail(type: 1, timestamp: 0, 30, 0)
    thread.detach()
    var output = KeptFrames()
    try controller.drainAll(into: &output)
    let metrics = controller.metrics()
    let accounts = [firstIndex, firstDetail].map { controller.account(of: $0) }
    expect(metrics.attempts == 40)
    expect(metrics.drainedRecords == accounts.reduce(0) { $0 + $1.drained })
    expect(metrics.lostRecords == 0 && metrics.quarantinedLanes == 0)
    // The history before the mark, two rings and the active one, and the record behind it.
    expect(accounts[1].overwritten == 20 && accounts[1].drained == 11)
    expect(output.values[firstDetail] == Array(20...30))
    controller.close()
  }

  @Test func theHeaderSaysWhoWorksOnTheRegion() throws {
    let fixture = try TracerFixture(.file)
    _ = try Agent(fixture.region)
    let controller = try Controller(fixture.region)
    let identity = try fixture.region.region.currentIdentity()
    expect(identity.agent == .current && identity.controller == .current)
    expect(identity.epoch == 1 && controller.epoch == 1)
    controller.close()
  }

  @Test func aSemaphoreGoesWithItsRegionAndNotBefore() throws {
    let fixture = try TracerFixture(.shm, waking: .semaphore)
    let path = "/dev/shm/sem.\(WakeSemaphore.name(for: fixture.region.region).dropFirst())"
    expect(access(path, F_OK) == 0)
    let controller = try Controller(fixture.region)
    controller.close()
    expect(access(path, F_OK) == 0)
    try fixture.region.destroy()
    expect(access(path, F_OK) != 0)
    let nameless = try TracerFixture(.anonymous, waking: .semaphore)
    let none = "/dev/shm/sem.\(WakeSemaphore.name(for: nameless.region.region).dropFirst())"
    expect(access(none, F_OK) != 0)
  }
}
