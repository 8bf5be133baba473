// The pass over all slots and lanes, agents and controller in one thread: who is judged how, that
// no lane starves, that what is announced is looked at, and that a kill at any access of a pass
// leaves a successor every record once.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

/// Takes for dead whom it is told.
struct TestJudge: LivenessJudge {
  var dead: Set<UInt32> = []
  var asked: [UInt32: UInt64] = [:]
  mutating func isDead(owner: UInt32, start: UInt64) -> Bool {
    asked[owner] = start
    return dead.contains(owner)
  }
}

private typealias Output = CollectingOutput<HardwareMemory>
private typealias Writer = LaneWriter<HardwareMemory, CountingHost<HardwareMemory>>

/// A thread's claim with both its writers.
private struct TestThread: ~Copyable {
  let claim: ThreadSlotClaim
  let lanes: Lanes<HardwareMemory>
  var index: Writer
  var detail: Writer

  init(_ fixture: borrowing LaneFixture, owner: UInt32) throws {
    lanes = fixture.lanes
    guard
      case .claimed(let claim) = fixture.lanes.slots.claim(owner: owner, ownerStart: 5, thread: 1)
    else { throw OutputRefusal() }
    self.claim = claim
    index = lanes.lane(claim.slot, .index).makeWriter(
      slotEpoch: claim.state.epoch, host: fixture.host)
    detail = lanes.lane(claim.slot, .detail).makeWriter(
      slotEpoch: claim.state.epoch, host: fixture.host)
  }

  consuming func leave() {
    let lanes = lanes
    let claim = claim
    index.leave()
    detail.leave()
    lanes.slots.retire(claim)
  }
}

@Suite struct LaneControllerTests {
  private func controller(_ fixture: borrowing LaneFixture) -> LaneController<HardwareMemory> {
    LaneController(fixture.lanes) { _ in LaneAccount() }
  }

  private func lane(_ slot: Int, _ kind: LaneKind) -> LaneIdentifier {
    LaneIdentifier(slot: slot, kind: kind)
  }

  @Test func theDeadAreReclaimedAndTheLivingLeftAlone() throws {
    let fixture = try LaneFixture(smallLanes(threadSlots: 3))
    var controller = controller(fixture)
    var dead = try TestThread(fixture, owner: 7)
    var alive = try TestThread(fixture, owner: 8)
    let leaving = try TestThread(fixture, owner: 9)
    expect(dead.index.fill(limit: 3) == 3 && dead.detail.fill(limit: 10) == 10)
    expect(alive.index.fill(limit: 3) == 3)
    leaving.leave()
    var judge = TestJudge(dead: [7, 9])
    var output = Output()
    let pass = try controller.drain(judge: &judge, into: &output)
    expect(pass.deadOwners == 1 && pass.reclaimedSlots == 2 && pass.attachedThreads == 1)
    // A thread that had left before it could die is not judged.
    expect(judge.asked == [7: 5, 8: 5])
    expect(controller.account(of: lane(0, .index)).drained == 3)
    expect(controller.account(of: lane(0, .detail)).drained == 10, "its history, too")
    expect(controller.account(of: lane(1, .index)).drained == 0)
    let phases = (0..<3).map { fixture.lanes.slots.state(of: $0).phase }
    expect(phases == [.free, .claimed, .free])
    alive.leave()
  }

  @Test func anOwnerThatHasNotSaidWhenItStartedIsJudgedByThat() throws {
    let fixture = try LaneFixture()
    var controller = controller(fixture)
    // Claimed, and nothing stored since.
    _ = fixture.lanes.slots.claim(owner: 7, ownerStart: 0, thread: 0)
    var judge = TestJudge()
    var output = Output()
    let pass = try controller.drain(judge: &judge, into: &output)
    expect(pass.attachedThreads == 1 && judge.asked == [7: 0])
    expect(fixture.lanes.slots.state(of: 0).phase == .claimed)
  }

  @Test func historyOfAThreadThatLeftBeforeItsProcessDiedIsNotWanted() throws {
    /// Tells of a death that the thread's leaving preceded.
    struct LateJudge: LivenessJudge {
      let slots: ThreadSlots<HardwareMemory>
      let claim: ThreadSlotClaim
      mutating func isDead(owner: UInt32, start: UInt64) -> Bool {
        slots.retire(claim)
        return true
      }
    }
    let fixture = try LaneFixture()
    var controller = controller(fixture)
    var thread = try TestThread(fixture, owner: 7)
    expect(thread.detail.fill(limit: 10) == 10)
    var judge = LateJudge(slots: fixture.lanes.slots, claim: thread.claim)
    var output = Output()
    let pass = try controller.drain(judge: &judge, into: &output)
    expect(pass.deadOwners == 0 && pass.reclaimedSlots == 1)
    expect(controller.account(of: lane(0, .detail)).overwritten == 10)
  }

  @Test func lanesTakeTurnsAndNoneStarves() throws {
    let fixture = try LaneFixture(smallLanes(threadSlots: 2, indexRings: 4))
    var controller = controller(fixture)
    var first = try TestThread(fixture, owner: 7)
    var second = try TestThread(fixture, owner: 8)
    expect(first.index.fill(limit: 25) == 25 && second.index.fill(limit: 25) == 25)
    var judge = TestJudge()
    var output = Output()
    for start in 0..<2 {
      output.frames = []
      let pass = try controller.drain(judge: &judge, into: &output)
      expect(pass.rings == 6)
      let turn = [start, 1 - start]
      expect(output.frames.map(\.lane.slot) == turn + turn + turn, "each pass begins elsewhere")
      expect(first.index.fill(limit: 24) == 24 && second.index.fill(limit: 24) == 24)
    }
    first.leave()
    second.leave()
  }

  @Test func aPassEndsHoweverFastAnAgentWrites() throws {
    /// An agent that fills a ring whenever one is drained.
    struct EagerOutput: LaneOutput {
      let refill: () -> Void
      mutating func write(
        _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
      ) throws(Never) { refill() }
    }
    let fixture = try LaneFixture(smallLanes(indexRings: 3))
    var controller = controller(fixture)
    var thread = try TestThread(fixture, owner: 7)
    expect(thread.index.fill() == 24)
    let box = UnsafeMutablePointer<Writer>.allocate(capacity: 1)
    box.initialize(to: fixture.lanes.lane(0, .detail).makeWriter(slotEpoch: 0, host: fixture.host))
    defer {
      box.deinitialize(count: 1)
      box.deallocate()
    }
    fixture.lanes.lane(0, .detail).mark()
    expect(box.pointee.writeNumbered() == .written)
    // Marked for good: every full ring is submitted.
    var output = EagerOutput {
      fixture.lanes.lane(0, .detail).mark()
      for _ in 0..<8 { _ = box.pointee.writeNumbered() }
    }
    var judge = TestJudge()
    let pass = controller.drain(judge: &judge, into: &output)
    expect(pass.rings <= 2 * 4)
  }

  @Test func everythingThatIsAnnouncedIsWork() throws {
    let fixture = try LaneFixture(smallLanes(threadSlots: 2))
    var controller = controller(fixture)
    var judge = TestJudge()
    var output = Output()
    func settle() throws { _ = try controller.drain(judge: &judge, into: &output) }
    expect(!controller.hasWork())
    var thread = try TestThread(fixture, owner: 7)
    expect(controller.hasWork(), "a thread that came: its process is to be watched")
    try settle()
    expect(!controller.hasWork())
    expect(thread.index.fill(limit: 3) == 3)
    expect(!controller.hasWork(), "records alone are not announced")
    expect(thread.index.flush())
    expect(controller.hasWork(), "a submitted ring")
    try settle()
    expect(!controller.hasWork())
    let request = controller.requestFlush()
    expect(!controller.hasWork() && !controller.isServed(request))
    expect(thread.index.flush() && thread.detail.flush())
    expect(controller.hasWork() && controller.isServed(request), "a flush served, though empty")
    try settle()
    expect(!controller.hasWork())
    thread.leave()
    expect(controller.hasWork(), "a thread that left")
    try settle()
    expect(!controller.hasWork())
  }

  @Test func aServedFlushOfAnEmptyLaneWakesTheController() throws {
    let fixture = try LaneFixture()
    var controller = controller(fixture)
    var thread = try TestThread(fixture, owner: 7)
    var judge = TestJudge()
    var output = Output()
    _ = try controller.drain(judge: &judge, into: &output)
    _ = controller.requestFlush()
    let before = fixture.host.wakeUps
    var waits = 0
    controller.sleep {
      waits += 1
      _ = thread.index.flush()
    }
    expect(waits == 1 && fixture.host.wakeUps == before + 1)
    thread.leave()
  }

  @Test func aControllerDoesNotSleepOverWorkAndATakeoverStartsAwake() throws {
    let fixture = try LaneFixture()
    var thread = try TestThread(fixture, owner: 7)
    do {
      let controller = controller(fixture)
      controller.sleep { Issue.record("there is a thread to be judged") }
    }
    // A predecessor that died asleep.
    fixture.mapping.memory.word(at: LaneLayout.Control.sleeping).storeRelaxed(1)
    _ = controller(fixture)
    expect(fixture.mapping.memory.word(at: LaneLayout.Control.sleeping).loadRelaxed() == 0)
    expect(thread.index.fill(limit: 9) == 9)
    expect(fixture.host.wakeUps == 0)
    thread.leave()
  }

  @Test func aQuarantinedLaneIsCountedAndTheOthersGoOn() throws {
    let fixture = try LaneFixture(smallLanes(threadSlots: 2))
    var controller = controller(fixture)
    var corrupt = try TestThread(fixture, owner: 7)
    var honest = try TestThread(fixture, owner: 8)
    expect(corrupt.index.fill(limit: 9) == 9 && honest.index.fill(limit: 9) == 9)
    let lane = fixture.lanes.lane(0, .index)
    fixture.mapping.memory.storePayload(
      99, at: lane.offset + lane.geometry.submitQueueOffset + RingHeader.data)
    var judge = TestJudge()
    var output = Output()
    let quarantined = try controller.drain(judge: &judge, into: &output).quarantinedLanes
    expect(quarantined == 1)
    expect(controller.quarantine(of: self.lane(0, .index)) == .ringIndex(99))
    expect(honest.index.fill(limit: 8) == 8)
    let pass = try controller.drain(judge: &judge, into: &output)
    expect(pass.quarantinedLanes == 1 && pass.rings == 1)
    expect(controller.account(of: self.lane(1, .index)).drained == 16)
    corrupt.leave()
    honest.leave()
  }

  @Test func anOutputThatFindsRecordsCorruptQuarantinesTheLane() throws {
    struct Parser: LaneOutput {
      mutating func write(
        _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
      ) throws(LaneCorruption) {
        if records.byteCount > 0 { throw .recordLength(1, at: 0) }
      }
    }
    let fixture = try LaneFixture()
    var controller = controller(fixture)
    var thread = try TestThread(fixture, owner: 7)
    expect(thread.index.fill(limit: 9) == 9)
    var judge = TestJudge()
    var output = Parser()
    let pass = try controller.drain(judge: &judge, into: &output)
    expect(pass.quarantinedLanes == 1 && pass.rings == 0)
    expect(controller.quarantine(of: lane(0, .index)) == .recordLength(1, at: 0))
    // After the thread's end nobody changes the ring: what is refused then is damage.
    thread.leave()
    let last = try controller.drain(judge: &judge, into: &output)
    expect(last.damagedRings == 2 && last.reclaimedSlots == 1)
  }

  @Test(arguments: [0, 3])
  func controllerKilledAtEveryAccessOfItsPassesLeavesEachRecordOnce(readAhead: Int) throws {
    let fixture = try LaneFixture(smallLanes(threadSlots: 2, indexRings: 3))
    let byteCount = fixture.lanes.geometry.byteCount
    let observed = ObservedMemory(memory: fixture.mapping.memory)
    let snapshot = try LaneSnapshot(byteCount: byteCount)
    var controller = LaneController(
      try Lanes(attaching: observed, available: byteCount)
    ) { _ in LaneAccount() }
    var first = try TestThread(fixture, owner: 7)
    var second = try TestThread(fixture, owner: 8)
    let victim = FramesByLane()
    var output = FramesByLaneOutput<ObservedMemory>(shared: victim)
    var judge = TestJudge()
    expect(first.index.fill(limit: readAhead) == readAhead)
    observed.observer.beforeAccess = {
      guard let copy = snapshot.take(from: fixture.mapping.memory) else {
        Issue.record("the snapshot holds lanes")
        return
      }
      checkSuccessor(on: copy, after: victim)
    }
    _ = controller.drainActive(judge: &judge, into: &output)
    expect(first.index.fill(limit: 13) == 13 && second.index.fill(limit: 20) == 20)
    _ = controller.drain(judge: &judge, into: &output)
    expect(second.detail.fill(limit: 18) == 18)
    first.leave()
    // The second dies; the first has left.
    judge.dead = [8]
    _ = controller.drain(judge: &judge, into: &output)
    observed.observer.beforeAccess = nil
    expect(observed.observer.accesses > 300, "the sweep has to cover something")
    expect(fixture.lanes.slots.close(), "every slot is free")
  }

  /// A successor, all agents being dead, on the memory of this instant.
  private func checkSuccessor(on lanes: Lanes<HardwareMemory>, after victim: FramesByLane) {
    let both = FramesByLane(copying: victim)
    var output = FramesByLaneOutput<HardwareMemory>(shared: both)
    var judge = TestJudge(dead: [7, 8])
    var successor = LaneController(lanes) { victim.accounts[$0] ?? LaneAccount() }
    while !successor.drain(judge: &judge, into: &output).isIdle {}
    for slot in 0..<2 {
      for kind in LaneKind.allCases {
        let account = successor.account(of: lane(slot, kind))
        let attempts = lanes.lane(slot, kind).metrics().attempts
        let sequences = both.sequences[lane(slot, kind)] ?? []
        expect(
          account.nextSequence == attempts && LaneInvariant.everyAttemptAccountedFor(account)
            && account.overwritten + account.inFlight == 0 && sequences == Array(0..<attempts),
          "slot \(slot) \(kind): \(account), \(sequences)")
      }
    }
    expect(both.mismatches == 0 && lanes.slots.close())
  }
}

/// What an output received, by lane; kept outside of what a kill loses.
final class FramesByLane {
  var sequences: [LaneIdentifier: [UInt64]] = [:]
  var accounts: [LaneIdentifier: LaneAccount] = [:]
  var mismatches = 0
  init() {}
  init(copying other: FramesByLane) {
    sequences = other.sequences
    accounts = other.accounts
    mismatches = other.mismatches
  }
}

struct FramesByLaneOutput<Memory: SharedMemory>: LaneOutput {
  let shared: FramesByLane
  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<Memory>) throws(Never) {
    let shared = shared
    var sequences: [UInt64] = []
    do throws(LaneCorruption) {
      try records.forEach { memory, record, sequence in
        if memory.loadPayload(at: record.payloadOffset) != sequence { shared.mismatches += 1 }
        sequences.append(sequence)
      }
    } catch { shared.mismatches += 1 }
    shared.sequences[frame.lane, default: []] += sequences
    shared.accounts[frame.lane] = frame.account
  }
}
