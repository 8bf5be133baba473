// Every order of a few steps of agent and controller, each step whole: exhaustive where random
// tests only sample. What happens within a step is the business of the model and the sweeps.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

@Suite struct LaneSmallWorldTests {
  enum Step: CaseIterable {
    case write, writeHalfRing, loseTooLarge, askForFlush, drain, other
  }

  /// Depth of the tree: 6^6 = 46,656 worlds of each kind, some seconds in a debug build.
  static let depth = 6

  @Test(arguments: LaneKind.allCases)
  func everyOrderOfStepsKeepsTheIdentity(kind: LaneKind) throws {
    // Records fill a ring by two, so that a short script wraps around the pool.
    let geometry = try smallLanes(
      indexRings: 2, detailRings: 3, historyRings: 1, postRecords: 1)
    let fixture = try LaneFixture(geometry)
    let memory = fixture.mapping.memory
    let fresh = try LaneSnapshot(byteCount: geometry.byteCount)
    _ = fresh.take(from: memory)
    let steps = Step.allCases
    var worlds = 0
    var index = [Int](repeating: 0, count: Self.depth)
    while true {
      restore(memory, from: fresh)
      try run(index.map { steps[$0] }, kind: kind, fixture: fixture)
      worlds += 1
      var digit = 0
      while digit < Self.depth, index[digit] == steps.count - 1 {
        index[digit] = 0
        digit += 1
      }
      if digit == Self.depth { break }
      index[digit] += 1
    }
    #expect(worlds == 46_656)
  }

  private func restore(_ memory: HardwareMemory, from fresh: borrowing LaneSnapshot) {
    fresh.mapping.memory.withPayload(at: 0, byteCount: fresh.byteCount) { bytes in
      bytes.withUnsafeBytes { memory.copyPayload(from: $0, to: 0) }
    }
  }

  private func run(_ script: [Step], kind: LaneKind, fixture: borrowing LaneFixture) throws {
    let lane = fixture.lane(kind)
    var writer = fixture.writer(kind)
    var reader = LaneReader(lane)
    var output = CollectingOutput<HardwareMemory>()
    var attempts: UInt64 = 0
    var accepted: [UInt64] = []
    for step in script {
      switch step {
      case .write, .writeHalfRing, .loseTooLarge:
        let size = step == .write ? 8 : step == .writeHalfRing ? 56 : 128
        let number = writer.sequence
        if writer.writeNumbered(byteCount: size) == .written { accepted.append(number) }
        attempts += 1
      case .askForFlush: _ = lane.requestFlush()
      case .drain: _ = try reader.drainNext(into: &output)
      case .other:
        if kind == .index { _ = try reader.drainActive(into: &output) } else { lane.mark() }
      }
    }
    // Half of the worlds end well, the other half with the agent's death.
    if attempts % 2 == 0 {
      writer.leave()
      _ = try reader.reclaim(after: .retired, into: &output)
    } else {
      _ = try reader.reclaim(after: .died, into: &output)
    }
    let account = reader.account
    let isWhole =
      LaneInvariant.everyAttemptAccountedFor(account) && account.nextSequence == attempts
      && account.drained == UInt64(output.sequences.count) && output.isInOrder
      && account.inFlight == 0
      && UInt64(accepted.count) == account.drained + account.overwritten
      && (kind == .detail || (account.overwritten == 0 && output.sequences == accepted))
    if !isWhole { Issue.record("\(kind) \(script): \(account), \(output.sequences)") }
  }
}
