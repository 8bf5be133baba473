// The controller's death at every access of its work: a successor takes over on a copy of the
// memory as the executed stores left it, and the output holds every record exactly once.
//
// Program order only: what a compiler may move is the model's business.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

/// Hardware memory that calls a closure before each shared access.
final class AccessObserver: @unchecked Sendable {
  var accesses = 0
  var beforeAccess: (() -> Void)?
  func step() {
    accesses += 1
    // Not from within the closure's own accesses.
    let closure = beforeAccess
    beforeAccess = nil
    closure?()
    beforeAccess = closure
  }
}

struct ObservedWord: SharedWord {
  let word: HardwareWord
  let observer: AccessObserver
  func loadRelaxed() -> UInt64 {
    observer.step()
    return word.loadRelaxed()
  }
  func loadAcquire(_ edge: SyncEdge) -> UInt64 {
    observer.step()
    return word.loadAcquire(edge)
  }
  func storeRelaxed(_ value: UInt64) {
    observer.step()
    word.storeRelaxed(value)
  }
  func storeRelease(_ value: UInt64, _ edge: SyncEdge) {
    observer.step()
    word.storeRelease(value, edge)
  }
}

struct ObservedMemory: SharedMemory {
  let memory: HardwareMemory
  let observer = AccessObserver()
  func word(at offset: Int) -> ObservedWord {
    ObservedWord(word: memory.word(at: offset), observer: observer)
  }
  func fetchAdd(
    _ operand: UInt64, at offset: Int, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> UInt64 {
    observer.step()
    return memory.fetchAdd(operand, at: offset, order, edge)
  }
  func compareExchange(
    at offset: Int, expected: UInt64, desired: UInt64, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> (exchanged: Bool, original: UInt64) {
    observer.step()
    return memory.compareExchange(at: offset, expected: expected, desired: desired, order, edge)
  }
  func fence(_ order: FenceOrder, _ edge: SyncEdge) {
    observer.step()
    memory.fence(order, edge)
  }
  func storePayload(_ value: UInt64, at offset: Int) {
    observer.step()
    memory.storePayload(value, at: offset)
  }
  func loadPayload(at offset: Int) -> UInt64 {
    observer.step()
    return memory.loadPayload(at: offset)
  }
}

/// A copy of lanes as they stand at one instant: what a kill would leave.
struct LaneSnapshot: ~Copyable {
  let mapping: Mapping
  let byteCount: Int

  init(byteCount: Int) throws {
    self.byteCount = byteCount
    mapping = try Mapping(descriptor: nil, byteCount: (byteCount + 4095) / 4096 * 4096)
  }

  func take(from memory: HardwareMemory) -> Lanes<HardwareMemory>? {
    memory.withPayload(at: 0, byteCount: byteCount) { bytes in
      bytes.withUnsafeBytes { mapping.memory.copyPayload(from: $0, to: 0) }
    }
    return try? Lanes(attaching: mapping.memory, available: byteCount)
  }
}

/// An output in observed memory's clothes, kept outside of it so that a kill does not lose it.
final class SharedFrames {
  var frames: [LaneFrame] = []
  var sequences: [UInt64] = []
  var mismatches = 0
}

struct SharedOutput<Memory: SharedMemory>: LaneOutput {
  let shared: SharedFrames
  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<Memory>) throws(Never) {
    var sequences: [UInt64] = []
    let shared = shared
    do throws(LaneCorruption) {
      try records.forEach { memory, record, sequence in
        if memory.loadPayload(at: record.payloadOffset) != sequence { shared.mismatches += 1 }
        sequences.append(sequence)
      }
    } catch { shared.mismatches += 1 }
    shared.frames.append(frame)
    shared.sequences += sequences
  }
}

@Suite struct LaneTakeoverTests {
  @Test(arguments: [0, 1, 3, 7, 8, 19])
  func controllerKilledAtEveryAccessLeavesEachRecordExactlyOnce(readAhead: Int) throws {
    let fixture = try LaneFixture(smallLanes(indexRings: 4))
    let observed = ObservedMemory(memory: fixture.mapping.memory)
    let lanes = try Lanes(
      attaching: observed, available: fixture.lanes.geometry.byteCount)
    let snapshot = try LaneSnapshot(byteCount: fixture.lanes.geometry.byteCount)
    var writer = fixture.writer(.index)
    var reader = LaneReader(lanes.lane(0, .index))
    let victim = SharedFrames()
    var output = SharedOutput<ObservedMemory>(shared: victim)

    var kills = 0
    observed.observer.beforeAccess = {
      kills += 1
      checkSuccessor(on: snapshot.take(from: fixture.mapping.memory), after: victim)
    }
    expect(writer.fill(limit: readAhead) == readAhead)
    _ = try reader.drainActive(into: &output)
    expect(writer.fill(limit: 13) == 13)
    // Twice around the pool, so that tickets of former generations stand in both queues.
    for _ in 0..<8 {
      while try reader.drainNext(into: &output) {}
      _ = try reader.drainActive(into: &output)
      expect(writer.fill(limit: 9) == 9)
    }
    observed.observer.beforeAccess = nil
    #expect(kills > 500, "the sweep has to cover something")
    expect(victim.mismatches == 0)
    writer.leave()
  }

  /// A successor on the memory of this instant: the agent is dead as well, so that everything can
  /// be counted.
  private func checkSuccessor(on lanes: Lanes<HardwareMemory>?, after victim: SharedFrames) {
    guard let lanes else {
      Issue.record("the snapshot holds lanes")
      return
    }
    let lane = lanes.lane(0, .index)
    let attempts = lane.metrics().attempts
    let both = SharedFrames()
    both.sequences = victim.sequences
    var output = SharedOutput<HardwareMemory>(shared: both)
    var reader = LaneReader(lane, resuming: victim.frames.last?.account ?? LaneAccount())
    do {
      while try reader.drainNext(into: &output) {}
      while try reader.drainActive(into: &output) {}
    } catch { Issue.record("an honest lane is not corrupt: \(error)") }
    let isComplete =
      both.mismatches == 0 && both.sequences == Array(0..<attempts)
      && LaneInvariant.everyAttemptAccountedFor(reader.account)
      && reader.account.nextSequence == attempts
    expect(isComplete, "\(both.sequences) of \(attempts)")
    // Every ring came back: a writer could use all of them.
    var free = lane.freeConsumer()
    let end = lane.freeProducer().position
    var rings: [UInt64] = []
    while free.position != end, let ticket = try? free.peek() {
      rings.append(ticket.index)
      free.position += 1
    }
    let active = lane.metrics().activeRing.map { [UInt64($0)] } ?? []
    expect(Set(rings + active).count == 4 && rings.count == 3, "free \(rings), active \(active)")
  }

  @Test func reclaimKilledAtEveryAccessIsRepeatedByASuccessor() throws {
    for kind in LaneKind.allCases {
      let fixture = try LaneFixture()
      let observed = ObservedMemory(memory: fixture.mapping.memory)
      let lanes = try Lanes(
        attaching: observed, available: fixture.lanes.geometry.byteCount)
      let snapshot = try LaneSnapshot(byteCount: fixture.lanes.geometry.byteCount)
      var writer = fixture.writer(kind)
      for _ in 0..<21 { _ = writer.writeNumbered() }
      expect(writer.writeNumbered(byteCount: 999) == .lost(.tooLarge))

      let victim = SharedFrames()
      var output = SharedOutput<ObservedMemory>(shared: victim)
      var reader = LaneReader(lanes.lane(0, kind))
      observed.observer.beforeAccess = {
        guard let copy = snapshot.take(from: fixture.mapping.memory) else {
          Issue.record("the snapshot holds lanes")
          return
        }
        let both = SharedFrames()
        both.sequences = victim.sequences
        var output = SharedOutput<HardwareMemory>(shared: both)
        var successor = LaneReader(
          copy.lane(0, kind), resuming: victim.frames.last?.account ?? LaneAccount())
        let damaged = successor.reclaimAll(into: &output)
        let account = successor.account
        expect(
          damaged == 0 && both.mismatches == 0 && both.sequences == Array(0..<21)
            && account.nextSequence == 22 && account.losses[.tooLarge] == 1
            && account.overwritten == 0 && account.inFlight == 0
            && LaneInvariant.everyAttemptAccountedFor(account), "\(kind): \(account)")
        // The lane works for its next owner, and numbers go on.
        var next = copy.lane(0, kind).makeWriter(slotEpoch: 1, host: fixture.host)
        expect(next.sequence == 22 && next.fill(limit: 8) == 8)
      }
      expect(reader.reclaimAll(into: &output) == 0)
      observed.observer.beforeAccess = nil
      #expect(observed.observer.accesses > 100)
    }
  }
}

extension LaneReader {
  /// Reclaims after a death into an output that never refuses.
  mutating func reclaimAll<Output: LaneOutput>(
    into output: inout Output
  ) -> Int where Output.Memory == Memory, Output.Failure == Never {
    reclaim(after: .died, into: &output)
  }
}
