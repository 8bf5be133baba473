// Recovery from memory that is not as an honest agent left it: corrupted, or older in places than
// in others after a power cut. One ring is given up, never the lane.

import HardwareMemory
import MemoryInterface
import Testing

@testable import TracerCore

/// Checksums rings over everything that a checksum covers.
struct SummingHost<Memory: SharedMemory>: LaneHost {
  func wakeController() {}
  func sealChecksum(of ring: SealedRing<Memory>) -> UInt64 { SummingHost.sum(ring) }

  static func sum(_ ring: SealedRing<Memory>) -> UInt64 {
    let identity = ring.identity
    var words = [identity.0, identity.1, identity.2, identity.3, identity.4, identity.5]
    for cause in 0..<4 { words.append(ring.losses.counts[cause]) }
    for offset in stride(from: 0, to: ring.byteCount, by: 8) {
      words.append(ring.memory.loadPayload(at: ring.recordsOffset + offset))
    }
    return words.reduce(1) { ($0 ^ $1) &* 0x9E37_79B9_7F4A_7C15 &+ ($0 >> 29) }
  }
}

@Suite struct RecoveryDamageTests {
  typealias Scan = RecoveryScan<HardwareMemory>

  private func recover(
    _ fixture: borrowing LaneFixture, _ scan: Scan, resuming account: LaneAccount = LaneAccount()
  ) -> (recovery: LaneRecovery, sequences: [UInt64], mismatches: Int) {
    var output = SharedOutput<HardwareMemory>(shared: SharedFrames())
    let recovery = scan.recoverAll(
      LaneIdentifier(slot: 0, kind: .index), resuming: account, end: .died, into: &output)
    return (recovery, output.shared.sequences, output.shared.mismatches)
  }

  /// Three full rings of eight records, sealed, and an active one of four.
  private func prepared() throws -> LaneFixture {
    let fixture = try LaneFixture(smallLanes(indexRings: 4))
    var writer = fixture.lane(.index).makeWriter(
      slotEpoch: 0, host: SummingHost<HardwareMemory>())
    expect(writer.fill(limit: 28) == 28)
    return fixture
  }

  @Test func aBadLengthEndsItsRingAndNoOther() throws {
    let fixture = try prepared()
    let ring = fixture.lane(.index).ring(1)
    fixture.mapping.memory.storePayload(1 << 31, at: ring.recordsOffset + 48)
    let found = recover(fixture, Scan(fixture.lanes, rule: .committed))
    #expect(found.sequences == Array(0..<11) + Array(16..<28))
    #expect(found.recovery.damagedRings == 1)
    #expect(
      found.recovery.rings[1].verdict == .damaged(.recordLength(1 << 31, at: 48)))
    #expect(found.recovery.isComplete && found.recovery.account.overwritten == 5)
    #expect(
      found.recovery.holes == [LaneHole(firstSequence: 11, count: 5, overwritten: 5)])
  }

  @Test func aCommittedPositionOutsideItsRingCostsThatRing() throws {
    for position in [136, 12, UInt64.max] {
      let fixture = try prepared()
      fixture.lane(.index).ring(0).word(LaneLayout.Ring.committed).storeRelaxed(position)
      let found = recover(fixture, Scan(fixture.lanes, rule: .committed))
      #expect(found.sequences == Array(8..<28))
      let verdicts = found.recovery.rings.map(\.verdict)
      #expect(verdicts.contains(.refused(.committed(ring: 0))))
      #expect(found.recovery.isComplete)
    }
  }

  @Test func anyWordOverwrittenIsSurvivedAndCostsNoOtherRing() throws {
    let lane = try prepared().lane(.index).offset
    for offset in stride(from: 0, to: 512 + 2 * 384 + 4 * 384, by: 8) {
      for value in [0, 1, 7, 1 << 20, UInt64.max, 1 << 63] {
        let fixture = try prepared()
        fixture.mapping.memory.word(at: lane + offset).storeRelaxed(value)
        for rule: RecoveryRule<HardwareMemory> in [.committed, .sealed(SummingHost.sum)] {
          let found = recover(fixture, Scan(fixture.lanes, rule: rule))
          let damaged = found.recovery.rings.count { $0.verdict.isLoss }
          expect(damaged <= 2 && found.sequences.count <= 28, "\(offset), \(value)")
        }
      }
    }
  }

  @Test func afterAPowerCutOnlySealedRingsWithTheirChecksumCount() throws {
    let fixture = try prepared()
    let scan = Scan(fixture.lanes, rule: .sealed(SummingHost.sum))
    let found = recover(fixture, scan)
    #expect(found.sequences == Array(0..<24), "the active ring was never sealed")
    #expect(found.recovery.rings[3].verdict == .unsealed)
    // Any byte of a sealed ring that the disk did not get.
    let ring = fixture.lane(.index).ring(1)
    let covered =
      [0, 8, 16, 32, 40, 48, 56, 64, 72, 80] + Array(stride(from: 256, to: 384, by: 8))
    for offset in covered {
      let word = ring.word(offset)
      let value = word.loadRelaxed()
      word.storeRelaxed(value ^ 1 << 17)
      let torn = recover(fixture, scan)
      expect(torn.sequences == Array(0..<8) + Array(16..<24), "byte \(offset)")
      expect(torn.mismatches == 0)
      word.storeRelaxed(value)
    }
    #expect(recover(fixture, scan).sequences == Array(0..<24))
  }

  @Test func afterAPowerCutNoDrainedGenerationIsBelieved() throws {
    let fixture = try prepared()
    var reader = LaneReader(fixture.lane(.index))
    var output = CollectingOutput<HardwareMemory>()
    expect(try reader.drainNext(into: &output))
    let scan = Scan(fixture.lanes, rule: .sealed(SummingHost.sum))
    #expect(recover(fixture, scan).sequences == Array(0..<24), "the output may be gone too")
    let rest = recover(fixture, scan, resuming: reader.account)
    #expect(rest.sequences == Array(8..<24), "what the output has is not there twice")
  }

  @Test func headersThatContradictWhatIsKnownAreRefused() throws {
    let fixture = try prepared()
    let ring = fixture.lane(.index).ring(2)
    ring.word(LaneLayout.Ring.losses).storeRelaxed(5)
    let found = recover(fixture, Scan(fixture.lanes, rule: .committed))
    #expect(found.sequences == Array(0..<16) + Array(24..<28))
    #expect(
      found.recovery.rings[2].verdict == .refused(.sequence(ring: 2, first: 16, expected: 16)))
  }
}
