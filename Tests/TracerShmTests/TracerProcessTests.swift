// Agents and controllers in processes of their own: asleep and woken, killed and replaced, forked
// and sent a region. Each row runs on every kind of region that can have it.

import Glibc
import HardwareMemory
import Testing
import TracerCore

@testable import TracerShm

@Suite struct TracerProcessTests {
  @Test(arguments: RegionKind.allCases, WakePolicy.allCases)
  func aSleepingControllerMissesNothingOfForkedAgents(
    kind: RegionKind, waking: WakePolicy
  ) throws {
    let run = try TracerProbe.run("forked", kind.rawValue, waking.description, "2", "2000")
    expect(
      run,
      [
        "timeouts": "0", "slept": "true", "drained all": "true", "lost all": "true",
        "identity": "true", "wrong": "0",
      ])
  }

  @Test(arguments: [RegionKind.shm, .file], WakePolicy.allCases)
  func agentsReachAControllerThatSleepsOnACounterOfItsOwn(
    kind: RegionKind, waking: WakePolicy
  ) throws {
    let run = try TracerProbe.run(
      "forked", kind.rawValue, waking.description, "2", "2000", "reopened")
    expect(
      run,
      [
        "timeouts": "0", "drained all": "true", "lost all": "true", "identity": "true",
        "wrong": "0",
      ]
    )
  }

  @Test(arguments: RegionKind.allCases, WakePolicy.allCases)
  func aDeathWakesTheControllerWhichHasEveryAcceptedRecord(
    kind: RegionKind, waking: WakePolicy
  ) throws {
    let run = try TracerProbe.run("death", kind.rawValue, waking.description)
    expect(
      run,
      [
        "before": "0", "reason": "agentEnded", "dead owners": "1", "drained": "12",
        "identity": "true", "wrong": "0",
      ])
  }

  @Test(arguments: RegionKind.allCases)
  func controllersKilledAtRandomMomentsLeaveEachRecordOnceInTheFile(kind: RegionKind) throws {
    let folder = try ScratchFolder()
    let run = try TracerProbe.run("takeover", kind.rawValue, folder.file("trace"), "8")
    expect(
      run, ["epoch": "9", "identity": "true", "in the file": "true", "lost": "true", "wrong": "0"])
    #expect(run["drained"] == run["accepted"] && run["drained"] != "0", "\(run.text)")
  }

  @Test(arguments: RegionKind.allCases)
  func thereIsOneLivingController(kind: RegionKind) throws {
    let run = try TracerProbe.run("second", kind.rawValue)
    expect(
      run,
      [
        "running": "refused by the first true", "stopped": "refused by the first true",
        "destroy": "refused true", "dead": "epoch 2", "closed": "epoch 3",
      ])
  }

  @Test(arguments: RegionKind.allCases)
  func aChildOfADeadControllerKeepsNoSuccessorOut(kind: RegionKind) throws {
    let run = try TracerProbe.run("inherited", kind.rawValue)
    expect(run, ["epoch": "2"])
  }

  @Test(arguments: RegionKind.allCases)
  func aForkedChildFindsItselfDetachedAndMayAttachItself(kind: RegionKind) throws {
    let run = try TracerProbe.run("child", kind.rawValue)
    expect(run, ["attached": "false"])
    #expect(run["outcome"]?.contains("noThreadSlot") == true, "\(run.text)")
    expect(run, ["flush": "false"])
    #expect(run["mark"]?.contains("not attached") == true, "\(run.text)")
    #expect(run["marker"]?.contains("not attached") == true, "\(run.text)")
    expect(
      run,
      [
        "own slot": "true", "own write": "true", "parent write": "true", "drained": "3",
        "slotless": "1", "identity": "true", "wrong": "0",
      ])
  }

  @Test(arguments: RegionKind.allCases)
  func aSignalHandlerWithinAWriteIsACountedDrop(kind: RegionKind) throws {
    let run = try TracerProbe.run("nested", kind.rawValue)
    expect(
      run,
      [
        "outer": "written", "handler losses": "1", "handler records": "1", "nested": "1",
        "drained": "2", "wrong": "0",
      ])
  }

  @Test(arguments: [RegionKind.shm, .file], WakePolicy.allCases)
  func aProgramThatOpensByNameIsDrainedAndWakes(kind: RegionKind, waking: WakePolicy) throws {
    let fixture = try TracerFixture(kind, waking: waking, ringByteCount: 1024)
    try expectDrained(fixture.region, from: TracerProbe(["agent", name(fixture.backing), "3000"]))
  }

  @Test(arguments: WakePolicy.allCases)
  func aMemfdSentOverASocketBringsTheMeansToWake(waking: WakePolicy) throws {
    let fixture = try TracerFixture(.memfd, waking: waking, ringByteCount: 1024)
    var ends: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { for end in ends { close(end) } }
    try fixture.region.send(over: ends[0])
    let probe = try TracerProbe(["receive", "3", "3000"], inheriting: ends[1])
    try expectDrained(fixture.region, from: probe, reaches: waking == .eventfd)
  }

  /// The probe ended well and said so.
  private func expect(
    _ run: TracerProbe.Outcome, _ facts: KeyValuePairs<String, String>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(run.exitCode == 0, "\(run.text)", sourceLocation: sourceLocation)
    for (key, value) in facts {
      #expect(run[key] == value, "\(key) in \(run.text)", sourceLocation: sourceLocation)
    }
  }

  /// Drains while a probe writes, asleep in between, and compares with the probe's own counts.
  private func expectDrained(
    _ region: TracerRegion, from probe: consuming TracerProbe, reaches: Bool = false
  ) throws {
    var controller = try Controller(region)
    var output = KeptFrames()
    var reclaimed = 0
    var timeouts = 0
    while reclaimed == 0, timeouts == 0 {
      let report = try controller.drain(into: &output)
      reclaimed += report.pass.reclaimedSlots
      // By default it also looks unasked: whether the program may fetch the event counter from
      // this process is up to the system.
      guard report.isIdle else { continue }
      let hasEnded = probe.hasEnded
      if controller.wait(timeoutNanoseconds: 1_000_000_000) == .timeout, hasEnded { timeouts += 1 }
    }
    let run = probe.finish()
    #expect(run.exitCode == 0 && timeouts == 0, "\(run.text)")
    if reaches { #expect(run["reaches"] == "true", "\(run.text)") }
    let account = controller.account(of: firstIndex)
    #expect("\(account.drained)" == run["taken"], "\(run.text)")
    #expect("\(account.losses.total)" == run["lost"], "\(run.text)")
    #expect(account.nextSequence == 3000 && account.inFlight == 0)
    #expect(LaneInvariant.everyAttemptAccountedFor(account))
    #expect(output.values[firstIndex] == output.sequences[firstIndex])
    #expect(output.corruptions == 0)
    controller.close()
  }

  @Test(arguments: [RegionKind.shm, .file])
  func aRegionIsNotDestroyedUnderALivingThreadButAfterItsDeath(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind, ringByteCount: 1024)
    var probe = try TracerProbe(["hold", name(fixture.backing)])
    probe.read(until: "attached")
    let place = fixture.backing.description
    #expect(
      tracerFailure { () throws(TracerError) in try fixture.region.destroy() }
        == .threadsAttached(place, count: 1))
    // Refused means untouched: it is still there to be opened and attached to.
    let again = try Agent(#require(try fixture.reopened()))
    try again.attachThread().detach()
    probe.killAndReap()
    var controller = try Controller(fixture.region)
    var output = KeptFrames()
    try controller.drainAll(into: &output)
    #expect(output.values[firstIndex] == [0, 1, 2, 3, 4])
    controller.close()
    try fixture.region.destroy()
    #expect(throws: TracerError.self) { _ = try fixture.reopened() }
  }

  private func name(_ backing: RegionBacking) -> String {
    switch backing {
    case .shm(let name): "shm:" + name
    case .file(let path): "file:" + path
    case .anonymous, .memfd: ""
    }
  }
}
