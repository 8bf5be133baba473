// The checks of crash sweeps, each seen to fail: a world is damaged in one way, and the promise that
// this breaks is named.

import HardwareMemory
import MemoryInterface
import Testing

@testable import CrashLab
@testable import TracerCore

@Suite struct CheckTests {
  /// A world in which an agent did all of `script`, and drains of it as well.
  private func world(after script: String) throws -> (CrashStand, CrashWorld<HardwareMemory>) {
    let stand = try CrashStand()
    stand.reset()
    let world = stand.world
    var agent = AgentActor(world)
    var controller = ControllerActor(world)
    for step in CrashStep.parse(script) {
      if step.isAgents { try agent.perform(step) } else { try controller.perform(step) }
    }
    return (stand, world)
  }

  private func finding(_ body: () throws(CrashFinding) -> Void) -> CrashGuarantee? {
    do throws(CrashFinding) { try body() } catch { return error.guarantee }
    return nil
  }

  @Test(arguments: CrashScenario.all.map(\.name))
  func undamagedWorldOfEveryScenarioHoldsAllPromises(name: String) throws {
    let scenario = try #require(CrashScenario.named(name))
    let letters = scenario.steps.filter { $0 != .die }.map {
      Character(Unicode.Scalar($0.rawValue))
    }
    let (stand, world) = try world(after: String(letters))
    try world.settle(deaths: 0)
    withExtendedLifetime(stand) {}
  }

  @Test func changedPayloadIsATornRecord() throws {
    let (stand, world) = try world(after: "c www")
    let ring = world.lanes.lane(0, .index).ring(0)
    stand.memory.storePayload(1, at: ring.recordsOffset + RecordHeader.byteCount)
    #expect(finding { () throws(CrashFinding) in try world.settle(deaths: 1) } == .noRecordIsTorn)
  }

  @Test func forgottenRecordIsMissed() throws {
    let (stand, world) = try world(after: "c www")
    // As if the last record had never been committed: it takes 32 bytes.
    let committed = world.lanes.lane(0, .index).ring(0).word(LaneLayout.Ring.committed)
    committed.storeRelaxed(committed.loadRelaxed() - 32)
    #expect(
      finding { () throws(CrashFinding) in try world.settle(deaths: 1) }
        == .acceptedRecordsSurvive)
    withExtendedLifetime(stand) {}
  }

  @Test func attemptsThatNobodyMadeAreMoreThanOneInFlight() throws {
    let (stand, world) = try world(after: "c www")
    world.lanes.lane(0, .index).word(LaneLayout.Lane.nextSequence).storeRelaxed(5)
    #expect(
      finding { () throws(CrashFinding) in try world.settle(deaths: 1) } == .atMostOneInFlight)
    withExtendedLifetime(stand) {}
  }

  @Test func ringTakenByNobodyHasNoOwner() throws {
    let (stand, world) = try world(after: "c wwwwwwww")
    try world.checkOwners(isReclaimed: false)
    var free = world.lanes.lane(0, .index).freeConsumer()
    free.advance()
    #expect(
      finding { () throws(CrashFinding) in try world.checkOwners(isReclaimed: false) }
        == .everyRingHasOneOwner)
    withExtendedLifetime(stand) {}
  }

  @Test func slotOfADeadOwnerHasToBeFreed() throws {
    let (stand, world) = try world(after: "c")
    world.lanes.lane(0, .index).resetQueues()
    world.lanes.lane(0, .detail).resetQueues()
    for kind in LaneKind.allCases {
      let lane = world.lanes.lane(0, kind)
      for index in 0..<lane.geometry.ringCount {
        lane.ring(index).storeDrained(lane.ring(index).loadGeneration())
      }
    }
    #expect(
      finding { () throws(CrashFinding) in try world.checkOwners(isReclaimed: true) }
        == .survivorsFinish)
    withExtendedLifetime(stand) {}
  }

  @Test func drainWithoutMemoryOfTheOutputRepeatsRecords() throws {
    let (stand, world) = try world(after: "c wwww a wwww")
    // A successor that does not resume from the output.
    var reader = LaneReader(world.lanes.lane(0, .index))
    var output = CrashOutput<HardwareMemory>(ledger: world.ledger)
    while try reader.drainNext(into: &output) {}
    #expect(
      finding { () throws(CrashFinding) in try world.checkOutput(world.ledger.frames(), deaths: 0) }
        == .exactlyOnce)
    withExtendedLifetime(stand) {}
  }

  @Test func incompleteFrameIsNotPartOfTheOutput() throws {
    let (stand, world) = try world(after: "c wwwww a")
    let length = world.ledger.logLength
    world.ledger[log: length] = 0
    world.ledger[log: length + 1] = 3
    #expect(world.ledger.frames().count == 1)
    try world.settle(deaths: 0)
    withExtendedLifetime(stand) {}
  }

  @Test(arguments: [
    (CrashVictim.agent, [12]), (.controller, [7]), (.both, [12, 7]), (.recovery, [3, 9]),
  ])
  func killPlanIsReadBackAsItIsPrinted(victim: CrashVictim, places: [UInt64]) throws {
    let plan = try #require(KillPlan(victim: victim, places: places))
    let printed = plan.description.split(separator: ",").map { UInt64($0) }
    #expect(KillPlan(victim: victim, places: printed) == plan)
  }

  @Test func copyOfALedgerHoldsWhatIsUsed() throws {
    let (stand, world) = try world(after: "c wwwww DD a")
    let copy = try CrashStand()
    copy.ledger.copy(from: world.ledger)
    #expect(copy.ledger.frames().map(\.sequences) == world.ledger.frames().map(\.sequences))
    #expect(copy.ledger.notes(0).acceptedCount == 5 && copy.ledger.notes(1).acceptedCount == 2)
    #expect(copy.ledger.notes(0).accepted(4) == 4)
    withExtendedLifetime(stand) {}
  }
}
