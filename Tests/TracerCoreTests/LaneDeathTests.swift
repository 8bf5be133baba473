// The agent's death at every access of its work: what a controller finds on a copy of the memory
// as the executed stores left it. Every accepted record is there, none is torn, and at most one
// attempt was in flight.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct LaneDeathTests {
  /// What the victim did: a script of a few letters, see `perform`.
  static let scripts = [
    "wwwwwwwwwwwwwwwwwwwwwwwwwwwwww", "wwLwwwwfwwwLLwwwwwwwwfwwwwwwwww",
    "wwwwwwwwwwwwmwwwwwwwwwwwwwwwww",
    "wwwwwwwwwwwwwwwwwwwwwwwwmwwmwLwwdwwwwwdddwwwwwwwwwwww", "wdwdwfwdLwdLmwdwwwwwwwwwwwwdwwwww",
    "wwwwwwwwwwwwwwwwwwdwwwwwwwwwwwwwwwwwwwdddwwwwwwwwwwwwwww",
  ]

  @Test(arguments: scripts, LaneKind.allCases)
  func agentKilledAtEveryAccessLosesNoAcceptedRecord(script: String, kind: LaneKind) throws {
    let fixture = try LaneFixture()
    let byteCount = fixture.lanes.geometry.byteCount
    let observed = ObservedMemory(memory: fixture.mapping.memory)
    let lanes = try Lanes(attaching: observed, available: byteCount)
    let snapshot = try LaneSnapshot(byteCount: byteCount)
    let host = CountingHost<ObservedMemory>()
    var writer = lanes.lane(0, kind).makeWriter(slotEpoch: 0, host: host)
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
      check(copy.lane(0, kind), drained: drained, accepted: accepted, attempts: attempts)
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

  private func check(
    _ lane: Lane<HardwareMemory>, drained: SharedFrames, accepted: [UInt64], attempts: UInt64
  ) {
    let all = SharedFrames()
    all.sequences = drained.sequences
    var output = SharedOutput<HardwareMemory>(shared: all)
    var reader = LaneReader(lane, resuming: drained.frames.last?.account ?? LaneAccount())
    let damaged = reader.reclaimAll(into: &output)
    let account = reader.account
    let found = all.sequences
    expect(damaged == 0 && all.mismatches == 0, "no torn record")
    expect(zip(found, found.dropFirst()).allSatisfy { $0 < $1 }, "in order, once each: \(found)")
    expect(LaneInvariant.everyAttemptAccountedFor(account), "\(account)")
    expect(account.inFlight <= 1, "\(account)")
    expect(account.nextSequence - attempts <= 1, "one attempt may have begun")
    // Everything accepted is there but what was overwritten before.
    let missing = Set(accepted).subtracting(found)
    switch lane.identifier.kind {
    case .index: expect(missing.isEmpty && account.overwritten == 0, "\(missing), \(account)")
    case .detail:
      expect(UInt64(missing.count) <= account.overwritten, "\(missing), \(account)")
      // Nothing of the last two rings' worth is ever overwritten.
      expect(missing.allSatisfy { $0 + 16 <= attempts + 1 }, "\(missing) of \(attempts)")
    }
    // A record that was not accepted may be there only if it was in flight.
    expect(found.allSatisfy { $0 <= attempts }, "\(found.last ?? 0) of \(attempts)")
  }
}
