// What agents, controllers and destroyers are refused: a typed error that names the region, with
// nothing lost and nothing changed.

import Glibc
import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore
@testable import TracerShm

@Suite struct TracerRefusalTests {
  @Test func aRegionThatDoesNotExistIsNamed() throws {
    let folder = try ScratchFolder()
    for backing in [RegionBacking.shm(name: uniqueSharedName()), .file(path: folder.file("none"))] {
      let error = tracerFailure { () throws(TracerError) in try TracerRegion.open(backing) }
      guard case .region(.notFound(backing.description, _)) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    for backing in [RegionBacking.anonymous, .memfd] {
      let error = tracerFailure { () throws(TracerError) in try TracerRegion.open(backing) }
      expect(error == .region(.notOpenable(backing.description)))
    }
  }

  @Test func aRegionWithOtherContentsIsNotOpened() throws {
    let folder = try ScratchFolder()
    let path = folder.file("region")
    _ = try SharedRegion.create(
      .file(path: path), byteCount: 1 << 20, contents: .streamRing(layoutHash: 1))
    expect(
      tracerFailure { () throws(TracerError) in try TracerRegion.open(.file(path: path)) }
        == .region(
          .contentsMismatch(
            path, found: .streamRing(layoutHash: 1), expected: .tracerLanes)))
  }

  @Test func aRegionOfAnotherVersionIsNotOpened() throws {
    let fixture = try TracerFixture(.file)
    let path = fixture.backing.description
    try patch(path, at: 16, [9])
    expect(
      tracerFailure { () throws(TracerError) in try fixture.reopened() }
        == .region(
          .unsupportedVersion(
            path, found: RegionVersion(major: 9, minor: 0), supported: .current)))
  }

  @Test func aRegionThatOthersMayReadIsNotOpened() throws {
    let fixture = try TracerFixture(.file)
    let path = fixture.backing.description
    chmod(path, 0o644)
    expect(
      tracerFailure { () throws(TracerError) in try fixture.reopened() }
        == .region(.permissionsTooWide(path, mode: 0o644, allowed: 0o600)))
  }

  @Test func lanesThatCannotBeAreNotOpened() throws {
    let fixture = try TracerFixture(.file)
    let path = fixture.backing.description
    let payload = fixture.region.region.superblock.payloadOffset
    try patch(path, at: payload + LaneLayout.Control.waking, [9])
    expect(
      tracerFailure { () throws(TracerError) in try fixture.reopened() }
        == .unknownWaking(path, found: 9))
    try patch(path, at: payload + LaneLayout.Control.indexRings, [1])
    expect(
      tracerFailure { () throws(TracerError) in try fixture.reopened() }
        == .lanes(path, .invalidRingCount(1)))
  }

  @Test func aRegionOfAnEarlierBootIsForRecoveryAlone() throws {
    let fixture = try TracerFixture(.file)
    let now = fixture.region.region.superblock
    let before = Superblock(
      version: now.version, contents: now.contents, pageByteCount: now.pageByteCount,
      regionByteCount: now.regionByteCount, payloadOffset: now.payloadOffset,
      session: now.session, boot: UniqueID(high: 1, low: 2),
      creationTimeNanoseconds: now.creationTimeNanoseconds)
    let bytes = before.encoded().withUnsafeBytes { Array($0) }
    try patch(fixture.backing.description, at: 0, bytes)
    let region = try #require(try fixture.reopened())
    let refusal = TracerError.earlierBoot(fixture.backing.description)
    expect(tracerFailure { () throws(TracerError) in try Agent(region) } == refusal)
    expect(tracerFailure { () throws(TracerError) in try Controller(region) } == refusal)
  }

  @Test(arguments: RegionKind.allCases)
  func oneThreadMoreThanSlotsIsRefusedAndCounted(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind, threadSlots: 2)
    let agent = try Agent(fixture.region)
    let first = try agent.attachThread()
    let second = try agent.attachThread()
    expect(first.slot != second.slot)
    let refusal = TracerError.noThreadSlot(fixture.region.place, slots: 2)
    expect(tracerFailure { () throws(TracerError) in try agent.attachThread() } == refusal)
    expect(fixture.region.metrics().slotlessAttempts == 1)
    // A slot that is left is to be had again once the controller has seen to it.
    first.detach()
    expect(tracerFailure { () throws(TracerError) in try agent.attachThread() } == refusal)
    var controller = try Controller(fixture.region)
    var output = KeptFrames()
    try controller.drainAll(into: &output)
    try agent.attachThread().detach()
    second.detach()
    controller.close()
  }

  @Test(arguments: RegionKind.allCases)
  func aRecordLargerThanARingIsLostAndAccountedFor(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    let large = [UInt8](repeating: 1, count: 121)
    large.withUnsafeBytes {
      let outcomes = (
        thread.writeIndex(type: 1, copying: $0), thread.writeDetail(type: 1, copying: $0)
      )
      expect(outcomes == (.lost(.tooLarge), .lost(.tooLarge)))
    }
    expect(thread.writeIndex(type: 1, timestamp: 0, 5, 6) == .written)
    expect(thread.maximumPayload(.index) == 120)
    thread.detach()
    var output = KeptFrames()
    try controller.drainAll(into: &output)
    expect(output.sequences[firstIndex] == [1])
    for lane in [firstIndex, firstDetail] {
      let account = controller.account(of: lane)
      expect(account.losses[.tooLarge] == 1 && account.losses.total == 1)
      expect(LaneInvariant.everyAttemptAccountedFor(account))
    }
    controller.close()
  }

  @Test(arguments: RegionKind.allCases)
  func aSecondControllerIsRefusedAndTheFirstGoesOn(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    var controller = try Controller(fixture.region)
    let refusal = TracerError.controllerAlive(fixture.region.place, pid: UInt32(getpid()))
    for region in [fixture.region, try fixture.reopened() ?? fixture.region] {
      expect(tracerFailure { () throws(TracerError) in try Controller(region) } == refusal)
    }
    var thread = try Agent(fixture.region).attachThread()
    expect(thread.writeIndex(type: 1, timestamp: 0, 5, 6) == .written)
    thread.detach()
    var output = KeptFrames()
    try controller.drainAll(into: &output)
    expect(output.values[firstIndex] == [5])
    try expect(fixture.region.region.currentIdentity().controller == .current)
    controller.close()
    try expect(fixture.region.region.currentIdentity().controller == nil)
    let next = try Controller(fixture.region)
    expect(next.epoch == 2)
    next.close()
  }

  @Test(arguments: RegionKind.allCases)
  func aRegionIsNotDestroyedUnderAThread(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    let agent = try Agent(fixture.region)
    var thread = try agent.attachThread()
    let refusal = TracerError.threadsAttached(fixture.region.place, count: 1)
    expect(tracerFailure { () throws(TracerError) in try fixture.region.destroy() } == refusal)
    var output = KeptFrames()
    let region = fixture.region
    #expect(throws: refusal) { try Controller(region).destroyDrained(into: &output) }
    // Untouched: others may come, and the thread goes on.
    try agent.attachThread().detach()
    expect(thread.writeIndex(type: 1, timestamp: 0, 5, 6) == .written)
    thread.detach()
    let last = try Controller(fixture.region, resuming: output.accounts)
    try last.destroyDrained(into: &output)
    expect(output.values[firstIndex] == [5])
    expect(
      tracerFailure { () throws(TracerError) in try agent.attachThread() }
        == .closing(fixture.region.place))
    if kind == .shm || kind == .file {
      #expect(throws: TracerError.self) { _ = try fixture.reopened() }
    }
  }

  @Test(arguments: RegionKind.allCases)
  func aRegionIsNotDestroyedUnderAControllerOfThisProcess(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    var controller = try Controller(fixture.region)
    let refusal = TracerError.controllerAlive(fixture.region.place, pid: UInt32(getpid()))
    for region in [fixture.region, try fixture.reopened() ?? fixture.region] {
      expect(tracerFailure { () throws(TracerError) in try region.destroy() } == refusal)
    }
    // Untouched: threads come, and the controller goes on.
    var thread = try Agent(fixture.region).attachThread()
    expect(thread.writeIndex(type: 1, timestamp: 0, 5, 6) == .written)
    thread.detach()
    var output = KeptFrames()
    try controller.drainAll(into: &output)
    expect(output.values[firstIndex] == [5])
    controller.close()
    try fixture.region.destroy()
  }

  @Test(arguments: [RegionKind.shm, .file])
  func aRegionThatWasCutShortTakesNobodyIn(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    let agent = try Agent(fixture.region)
    var thread = try agent.attachThread()
    try #require(ftruncate(fixture.region.region.descriptor, 4096) == 0)
    expect(!thread.flush())
    thread.detach()
    let failures = [
      tracerFailure { () throws(TracerError) in try agent.attachThread() },
      tracerFailure { () throws(TracerError) in try Controller(fixture.region) },
      tracerFailure { () throws(TracerError) in try fixture.region.destroy() },
    ]
    for failure in failures {
      guard case .truncated = failure else {
        Issue.record("\(String(describing: failure))")
        continue
      }
    }
  }

  @Test func aThreadThatHasLeftCannotBeMarked() throws {
    let fixture = try TracerFixture(.anonymous)
    let agent = try Agent(fixture.region)
    let thread = try agent.attachThread()
    let marker = thread.marker
    try marker.mark()
    expect(agent.mark() == 1)
    thread.detach()
    expect(
      tracerFailure { () throws(TracerError) in try marker.mark() }
        == .detached(fixture.region.place))
    expect(agent.mark() == 0)
    expect(fixture.region.lanes.lane(0, .detail).metrics().marks == 2)
  }

  @Test func everyErrorIsOneLineThatNamesTheRegion() {
    let errors: [TracerError] = [
      .region(.notARegion("/r")), .lanes("/r", .notLanes(found: 0)),
      .unknownWaking("/r", found: 9), .earlierBoot("/r"), .noThreadSlot("/r", slots: 2),
      .closing("/r"), .threadsAttached("/r", count: 1), .controllerAlive("/r", pid: 7),
      .lockHeld("/r"), .detached("/r"), .truncated("/r", byteCount: 4096),
      .system("/r", SystemError("sem_open", code: EMFILE)),
    ]
    for error in errors {
      expect(error.description.hasPrefix("/r: ") && !error.description.contains("\n"))
    }
    expect(Set(errors.map(\.description)).count == errors.count)
  }
}
