// A peer that changes the memory between any two loads: what was checked once must not be loaded
// again. Every load may come back as something else; no access leaves the lanes, nothing traps,
// and every walk ends.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

/// What happened to a fickle memory.
final class FickleHistory {
  var random: SplitMix
  let byteCount: Int
  /// One load in so many is a lie.
  let oneIn: UInt64
  var accesses = 0
  var strays = 0

  init(seed: UInt64, byteCount: Int, oneIn: UInt64) {
    random = SplitMix(state: seed)
    self.byteCount = byteCount
    self.oneIn = oneIn
  }

  /// The offset, or zero for one that lies outside: counted, not followed.
  func checked(_ offset: Int) -> Int {
    accesses += 1
    guard offset >= 0, offset <= byteCount - 8, offset % 8 == 0 else {
      strays += 1
      return 0
    }
    return offset
  }

  func maybeLie(_ value: UInt64) -> UInt64 {
    guard random.next() % oneIn == 0 else { return value }
    let lies = [random.next(), random.next() % 256, 0, .max, 1 << 63, value &+ 1, value &- 1]
    return lies[Int(random.next() % UInt64(lies.count))]
  }
}

struct FickleWord: SharedWord {
  let memory: HardwareMemory
  let offset: Int
  let history: FickleHistory
  private var word: HardwareWord { memory.word(at: history.checked(offset)) }
  func loadRelaxed() -> UInt64 { history.maybeLie(word.loadRelaxed()) }
  func loadAcquire(_ edge: SyncEdge) -> UInt64 { history.maybeLie(word.loadAcquire(edge)) }
  func storeRelaxed(_ value: UInt64) { word.storeRelaxed(value) }
  func storeRelease(_ value: UInt64, _ edge: SyncEdge) { word.storeRelease(value, edge) }
}

/// Hardware memory in which some loads lie.
struct FickleMemory: SharedMemory {
  let memory: HardwareMemory
  let history: FickleHistory

  func word(at offset: Int) -> FickleWord {
    FickleWord(memory: memory, offset: offset, history: history)
  }
  func fetchAdd(
    _ operand: UInt64, at offset: Int, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> UInt64 {
    memory.fetchAdd(operand, at: history.checked(offset), order, edge)
  }
  func compareExchange(
    at offset: Int, expected: UInt64, desired: UInt64, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> (exchanged: Bool, original: UInt64) {
    memory.compareExchange(
      at: history.checked(offset), expected: expected, desired: desired, order, edge)
  }
  func fence(_ order: FenceOrder, _ edge: SyncEdge) { memory.fence(order, edge) }
  func storePayload(_ value: UInt64, at offset: Int) {
    memory.storePayload(value, at: history.checked(offset))
  }
  func loadPayload(at offset: Int) -> UInt64 {
    history.maybeLie(memory.loadPayload(at: history.checked(offset)))
  }
}

/// Walks what it is handed, and finds records that reach beyond their frame.
private struct WalkingOutput: LaneOutput {
  typealias Memory = FickleMemory
  var reachesOut = 0

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<FickleMemory>
  ) throws(Never) {
    let end = records.offset + records.byteCount
    var beyond = 0
    do throws(LaneCorruption) {
      try records.forEach { _, record, _ in
        if record.payloadOffset + record.byteCount > end { beyond += 1 }
      }
    } catch {}
    reachesOut += beyond
  }
}

@Suite struct LaneFickleTests {
  @Test(arguments: UInt64(1)...32)
  func nothingLoadedTwiceIsTrustedTwice(seed: UInt64) throws {
    for (index, oneIn) in [UInt64(3), 10, 40, 200].enumerated() {
      for kind in LaneKind.allCases {
        let fixture = try LaneFixture()
        var writer = fixture.writer(kind)
        _ = writer.fill(limit: 20)
        fixture.lane(kind).mark()
        _ = writer.fill(limit: 20)
        let geometry = fixture.lanes.geometry
        let history = FickleHistory(
          seed: seed &* 8 &+ UInt64(index), byteCount: geometry.byteCount, oneIn: oneIn)
        let memory = FickleMemory(memory: fixture.mapping.memory, history: history)
        let lane = Lanes(memory, checked: geometry).lane(0, kind)
        var output = WalkingOutput()
        walk(lane, kind, &output)
        expect(history.strays == 0, "seed \(seed), one load in \(oneIn), \(kind): outside")
        expect(output.reachesOut == 0, "seed \(seed), one load in \(oneIn), \(kind): beyond")
        // Quadratic in rings, linear in bytes: far below this.
        expect(history.accesses < 100_000, "seed \(seed): \(history.accesses) accesses")
      }
    }
  }

  /// All that a controller and a recovery do with a lane.
  private func walk(_ lane: Lane<FickleMemory>, _ kind: LaneKind, _ output: inout WalkingOutput) {
    for _ in 0..<8 {
      var reader = LaneReader(lane)
      do throws(LaneDrainError<Never>) {
        for _ in 0..<6 { _ = try reader.drainNext(into: &output) }
        if kind == .index { _ = try reader.drainActive(into: &output) }
      } catch {
        // Quarantine is the answer to a lie that was noticed.
      }
    }
    let scan = RecoveryScan(Lanes(lane.memory, checked: lanesGeometry(lane)), rule: .committed)
    _ = scan.recover(
      lane.identifier, resuming: .beginningAnywhere, end: .died, into: &output)
    var reader = LaneReader(lane)
    _ = reader.reclaim(after: .died, into: &output)
  }

  /// Rings by themselves: neither side ever counts on more room or records than there can be.
  @Test(arguments: UInt64(1)...32)
  func aPositionLoadedTwiceIsNotTrustedTwice(seed: UInt64) throws {
    for oneIn in [UInt64(2), 5, 20] {
      let fixture = try RingFixture(byteCount: 4096)
      let ring = try fixture.byteRing(capacity: 128)
      let history = FickleHistory(
        seed: seed, byteCount: ring.geometry.byteCount, oneIn: oneIn)
      let memory = FickleMemory(memory: fixture.memory, history: history)
      let end = RingHeader.data + 128
      do {
        let fickle = ByteRing(in: memory, geometry: ring.geometry)
        var writer = try fickle.makeWriter()
        var reader = try fickle.makeReader()
        for round in 0..<60 {
          _ = writer.tryWrite(type: 0, byteCount: 8 * (round % 4)) { _, _ in }
          expect(writer.core.knownFree <= 128, "seed \(seed): \(writer.core.knownFree) are free")
          _ = try reader.drain { _, record in
            expect(record.payloadOffset + record.byteCount <= end, "seed \(seed): beyond")
          }
        }
      } catch {
        // Corruption that was noticed.
      }
      expect(history.strays == 0, "seed \(seed), one load in \(oneIn): outside")
    }
  }

  private func lanesGeometry(_ lane: Lane<FickleMemory>) -> LanesGeometry {
    // The fixture's: constants that make a geometry.
    try! smallLanes()
  }
}
