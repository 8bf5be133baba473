// Any bytes of the region overwritten at any moment, while the controller drains, while agents
// write and while recovery reads: nothing is read outside, nothing hangs, the lane concerned goes
// into quarantine, and the other lanes lose nothing. Seeds are printed; a seed replays a run.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

/// A process is dead when the test says so.
private struct Verdict: LivenessJudge {
  var dead: UInt32 = 0
  mutating func isDead(owner: UInt32, start: UInt64) -> Bool { owner == dead }
}

/// Keeps the numbers of records by lane, reading as an output does: every length anew.
private struct NumberedOutput<Memory: SharedMemory>: LaneOutput {
  var numbers: [LaneIdentifier: [UInt64]] = [:]
  var mismatches: [LaneIdentifier: Int] = [:]

  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<Memory>) throws(Never) {
    var found: [UInt64] = []
    var wrong = 0
    do throws(LaneCorruption) {
      try records.forEach { memory, record, sequence in
        // A record of a hostile lane may be empty, at the very end of the memory.
        let isWhole = record.byteCount >= 8
        if !isWhole || memory.loadPayload(at: record.payloadOffset) != sequence { wrong += 1 }
        found.append(sequence)
      }
    } catch { wrong += 1 }
    numbers[frame.lane, default: []] += found
    mismatches[frame.lane, default: 0] += wrong
  }
}

/// A region of three slots, of which the last belongs to whom nobody can trust.
private struct HostileWorld: ~Copyable {
  static let honest = 2
  let mapping: Mapping
  let peer: HostilePeer
  let lanes: Lanes<HostileMemory>
  let quiet: Lanes<HardwareMemory>

  init(seed: UInt64, oneIn: UInt64) throws {
    let geometry = try smallLanes(threadSlots: HostileWorld.honest + 1, indexRings: 4)
    let mapping = try Mapping(
      descriptor: nil, byteCount: (geometry.byteCount + 4095) / 4096 * 4096)
    let quiet = Lanes(formatting: mapping.memory, geometry: geometry)
    // Its lanes, and nothing else: behind the slot's own words, to the end.
    let start = geometry.slotHeader(HostileWorld.honest).upperBound
    let peer = HostilePeer(
      mapping.memory, byteCount: geometry.byteCount, range: start..<geometry.byteCount, oneIn: 0,
      seed: seed)
    lanes = try Lanes(attaching: HostileMemory(peer: peer), available: geometry.byteCount)
    peer.oneIn = oneIn
    self.mapping = mapping
    self.quiet = quiet
    self.peer = peer
  }

  /// Everything from the control block on, or the hostile lanes only.
  func aim(atEverything: Bool) {
    if atEverything { peer.range = 0..<peer.byteCount }
  }
}

private typealias HonestWriter = LaneWriter<HardwareMemory, CountingHost<HardwareMemory>>

@Suite struct HostilePeerTests {
  static let worlds = 60

  @Test(arguments: [3, 40, 700])
  func aCorruptLaneCostsNoOtherLaneARecord(oneIn: UInt64) throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("hostile peer: seed \(seed)")
    var quarantines = 0
    for round in 0..<UInt64(HostilePeerTests.worlds) {
      quarantines += try play(seed: seed &+ round, oneIn: oneIn, atEverything: false)
    }
    #expect(oneIn > 100 || quarantines > HostilePeerTests.worlds / 4, "seed \(seed)")
  }

  @Test(arguments: [2, 30, 500])
  func whateverIsOverwrittenNothingIsReadOutside(oneIn: UInt64) throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("hostile peer: seed \(seed)")
    for round in 0..<UInt64(HostilePeerTests.worlds) {
      _ = try play(seed: seed &+ round, oneIn: oneIn, atEverything: true)
    }
  }

  /// Agents write, a controller drains, a reader recovers; returns how many lanes were quarantined.
  private func play(seed: UInt64, oneIn: UInt64, atEverything: Bool) throws -> Int {
    let world = try HostileWorld(seed: seed, oneIn: oneIn)
    let slots = world.quiet.slots
    var claims: [ThreadSlotClaim] = []
    for slot in 0...HostileWorld.honest {
      guard
        case .claimed(let claim) = slots.claim(owner: UInt32(slot + 1), ownerStart: 1, thread: 1)
      else { continue }
      claims.append(claim)
    }
    world.aim(atEverything: atEverything)
    var first = world.quiet.lane(0, .index).makeWriter(
      slotEpoch: 0, host: CountingHost<HardwareMemory>())
    var second = world.quiet.lane(1, .detail).makeWriter(
      slotEpoch: 0, host: CountingHost<HardwareMemory>())
    var hostile = world.lanes.lane(2, .index).makeWriter(
      slotEpoch: 0, host: CountingHost<HostileMemory>())
    var recorder = world.lanes.lane(2, .detail).makeWriter(
      slotEpoch: 0, host: CountingHost<HostileMemory>())
    var controller = LaneController(world.lanes) { _ in LaneAccount() }
    var output = NumberedOutput<HostileMemory>()
    var judge = Verdict()
    var written: UInt64 = 0
    var quarantined = 0
    for step in 0..<24 {
      written += UInt64(first.fill(limit: 3 + step % 7))
      _ = second.fill(limit: 5)
      _ = hostile.fill(limit: 6)
      _ = recorder.fill(limit: 9)
      if step % 5 == 0 { world.lanes.lane(2, .detail).mark() }
      let pass =
        step % 3 == 0
        ? controller.drainActive(judge: &judge, into: &output)
        : controller.drain(judge: &judge, into: &output)
      quarantined = max(quarantined, pass.quarantinedLanes)
      if step % 6 == 0 { recover(world) }
    }
    hostile.leave()
    recorder.leave()
    // The hostile process is found dead: its slot is reclaimed, whatever is in it.
    judge.dead = UInt32(HostileWorld.honest + 1)
    for _ in 0..<3 { _ = controller.drain(judge: &judge, into: &output) }
    world.peer.oneIn = 0
    first.leave()
    second.leave()
    for claim in claims.dropLast() { slots.retire(claim) }
    for _ in 0..<3 { _ = controller.drain(judge: &judge, into: &output) }
    expect(world.peer.outside == 0, "seed \(seed): \(world.peer.outside) accesses outside")
    // A lane's rings bound every walk: nothing near this is ever needed.
    expect(world.peer.accesses < 2_000_000, "seed \(seed): \(world.peer.accesses) accesses")
    if !atEverything {
      let lane = LaneIdentifier(slot: 0, kind: .index)
      let account = controller.account(of: lane)
      expect(
        output.numbers[lane]?.count == Int(written) && output.mismatches[lane] == 0
          && account.drained == written && LaneInvariant.everyAttemptAccountedFor(account),
        "seed \(seed): \(account), \(written) written")
      let history = controller.account(of: LaneIdentifier(slot: 1, kind: .detail))
      expect(
        history.nextSequence == 120 && LaneInvariant.everyAttemptAccountedFor(history),
        "seed \(seed): \(history)")
    }
    return quarantined
  }

  private func recover(_ world: borrowing HostileWorld) {
    var output = NumberedOutput<HostileMemory>()
    for rule: RecoveryRule<HostileMemory> in [.committed, .sealed { _ in 1 }] {
      let scan = RecoveryScan(world.lanes, rule: rule)
      for slot in 0...HostileWorld.honest {
        for kind in LaneKind.allCases {
          _ = scan.recoverAll(
            LaneIdentifier(slot: slot, kind: kind), resuming: .beginningAnywhere, end: .died,
            into: &output)
        }
      }
    }
  }
}
