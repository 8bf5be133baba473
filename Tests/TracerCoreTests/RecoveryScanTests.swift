// Recovery from the memory that a kill leaves, at every access of the victim: what was accepted is
// there, nothing is torn, every attempt is accounted for, and nothing is changed by looking.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

extension RecoveryScan {
  /// Recovers a lane into an output that never refuses.
  func recoverAll<Output: LaneOutput>(
    _ lane: LaneIdentifier, resuming account: LaneAccount, end: RecoveryEnd,
    into output: inout Output
  ) -> LaneRecovery where Output.Memory == Memory, Output.Failure == Never {
    recover(lane, resuming: account, end: end, into: &output)
  }
}

extension LaneSnapshot {
  /// A sum that changes with every byte: nothing was stored if it stays.
  var fingerprint: UInt64 {
    stride(from: 0, to: byteCount, by: 8).reduce(into: UInt64(1)) { sum, offset in
      sum = sum &* 0x100_0000_01B3 ^ mapping.memory.loadPayload(at: offset)
    }
  }
}

@Suite struct RecoveryScanTests {
  @Test(arguments: LaneDeathTests.scripts, LaneKind.allCases)
  func agentKilledAtEveryAccessIsRecoveredWithoutItsQueues(
    script: String, kind: LaneKind
  ) throws {
    let fixture = try LaneFixture()
    let byteCount = fixture.lanes.geometry.byteCount
    let observed = ObservedMemory(memory: fixture.mapping.memory)
    let lanes = try Lanes(attaching: observed, available: byteCount)
    let snapshot = try LaneSnapshot(byteCount: byteCount)
    var writer = lanes.lane(0, kind).makeWriter(
      slotEpoch: 0, host: CountingHost<ObservedMemory>())
    let drained = SharedFrames()
    var accepted: [UInt64] = []
    var attempts: UInt64 = 0
    var kills = 0
    observed.observer.beforeAccess = {
      kills += 1
      guard let copy = snapshot.take(from: fixture.mapping.memory) else {
        Issue.record("the snapshot holds lanes")
        return
      }
      let before = snapshot.fingerprint
      let first = recover(copy, kind, drained)
      check(first, drained: drained, accepted: accepted, attempts: attempts)
      expect(first.recovery == recover(copy, kind, drained).recovery, "the same again")
      expect(snapshot.fingerprint == before, "recovery stores nothing")
    }
    var reader = LaneReader(fixture.lane(kind))
    var output = SharedOutput<HardwareMemory>(shared: drained)
    for letter in script {
      switch letter {
      case "w":
        let number = writer.sequence
        let outcome = writer.writeNumbered()
        attempts += 1
        if outcome == .written { accepted.append(number) }
      case "L":
        expect(writer.writeNumbered(byteCount: 500) == .lost(.tooLarge))
        attempts += 1
      case "f": _ = writer.flush()
      case "m": fixture.lane(kind).mark()
      default: _ = try reader.drainNext(into: &output)
      }
    }
    writer.leave()
    observed.observer.beforeAccess = nil
    expect(kills > script.utf8.count * 5)
  }

  private func recover(
    _ lanes: Lanes<HardwareMemory>, _ kind: LaneKind, _ drained: SharedFrames
  ) -> (recovery: LaneRecovery, frames: SharedFrames) {
    let frames = SharedFrames()
    var output = SharedOutput<HardwareMemory>(shared: frames)
    let recovery = RecoveryScan(lanes, rule: .committed).recoverAll(
      LaneIdentifier(slot: 0, kind: kind), resuming: drained.frames.last?.account ?? LaneAccount(),
      end: .died, into: &output)
    return (recovery, frames)
  }

  private func check(
    _ found: (recovery: LaneRecovery, frames: SharedFrames), drained: SharedFrames,
    accepted: [UInt64], attempts: UInt64
  ) {
    let (recovery, frames) = found
    let account = recovery.account
    let sequences = drained.sequences + frames.sequences
    expect(recovery.damagedRings == 0 && frames.mismatches == 0, "no torn record")
    expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 }, "\(sequences)")
    expect(recovery.isComplete && account.inFlight <= 1, "\(account)")
    expect(recovery.resident == UInt64(frames.sequences.count))
    expect(account.nextSequence - attempts <= 1, "one attempt may have begun")
    // All that has no number in the output is in a hole, or stands among the records.
    let holes = recovery.holes.reduce(0) { $0 + $1.count - $1.losses.total }
    expect(
      holes == account.overwritten + account.inFlight
        - (drained.frames.last?.account.overwritten ?? 0), "\(recovery.holes)")
    let missing = Set(accepted).subtracting(sequences)
    expect(UInt64(missing.count) <= account.overwritten, "\(missing), \(account)")
    if recovery.lane.kind == .index { expect(missing.isEmpty, "\(missing)") }
    expect(sequences.allSatisfy { $0 <= attempts })
  }

  @Test func controllerKilledAtEveryAccessIsRecoveredAgainstItsOutput() throws {
    let fixture = try LaneFixture(smallLanes(indexRings: 4))
    let byteCount = fixture.lanes.geometry.byteCount
    let observed = ObservedMemory(memory: fixture.mapping.memory)
    let lanes = try Lanes(attaching: observed, available: byteCount)
    let snapshot = try LaneSnapshot(byteCount: byteCount)
    var writer = fixture.writer(.index)
    var reader = LaneReader(lanes.lane(0, .index))
    let victim = SharedFrames()
    var output = SharedOutput<ObservedMemory>(shared: victim)
    observed.observer.beforeAccess = {
      guard let copy = snapshot.take(from: fixture.mapping.memory) else {
        Issue.record("the snapshot holds lanes")
        return
      }
      let (recovery, frames) = recover(copy, .index, victim)
      expect(
        victim.sequences + frames.sequences == Array(0..<recovery.attempts)
          && recovery.isComplete && frames.mismatches == 0, "\(recovery)")
    }
    for _ in 0..<8 {
      expect(writer.fill(limit: 13) == 13)
      while try reader.drainNext(into: &output) {}
      _ = try reader.drainActive(into: &output)
    }
    observed.observer.beforeAccess = nil
    #expect(observed.observer.accesses > 500)
    writer.leave()
  }

  @Test func withoutAnOutputTheAccountBeginsAtWhatIsLeft() throws {
    let fixture = try LaneFixture()
    var writer = fixture.writer(.index)
    expect(writer.fill(limit: 20) == 20)
    var reader = LaneReader(fixture.lane(.index))
    var output = CollectingOutput<HardwareMemory>()
    expect(try reader.drainNext(into: &output))
    let scan = RecoveryScan(fixture.lanes, rule: .committed)
    var rest = SharedOutput<HardwareMemory>(shared: SharedFrames())
    let recovery = scan.recoverAll(
      LaneIdentifier(slot: 0, kind: .index), resuming: .beginningAnywhere, end: .died, into: &rest)
    #expect(rest.shared.sequences == Array(8..<20))
    #expect(recovery.isComplete && recovery.account.unaccounted == 8)
    // A lane of which everything was drained.
    expect(try reader.reclaim(after: .died, into: &output) == 0)
    let again = scan.recoverAll(
      LaneIdentifier(slot: 0, kind: .index), resuming: .beginningAnywhere, end: .left, into: &rest)
    #expect(again.isComplete && again.resident == 0 && again.account.unaccounted == 20)
    writer.leave()
  }
}
