// The traced process: one thread with its two lanes, noting each attempt and each accepted record.

import Glibc
import MemoryInterface
import TracerCore

/// Nobody sleeps in a sweep, so nobody is woken.
struct CrashHost<Memory: SharedMemory>: LaneHost {
  let checksum: ((SealedRing<Memory>) -> UInt64)?

  func wakeController() {}
  /// Unless it is given: not the shipped one, but as dependent on what it covers.
  func sealChecksum(of ring: SealedRing<Memory>) -> UInt64 {
    checksum?(ring) ?? ring.identity.3 &* 31 &+ UInt64(ring.byteCount)
  }
}

struct AgentActor<Memory: AddressableMemory>: CrashActor, ~Copyable {
  typealias Writer = LaneWriter<Memory, CrashHost<Memory>>

  private let world: CrashWorld<Memory>
  private var claim: ThreadSlotClaim?
  private var index: Writer?
  private var detail: Writer?

  private let owner: (process: UInt32, start: UInt64)
  private let checksum: ((SealedRing<Memory>) -> UInt64)?

  /// - Parameters:
  ///   - owner: who claims the slot; by default this process, with a start that nobody asks.
  ///   - checksum: of a ring at its seal, where recovery after a power cut asks for it.
  init(
    _ world: CrashWorld<Memory>, owner: (process: UInt32, start: UInt64)? = nil,
    checksum: ((SealedRing<Memory>) -> UInt64)? = nil
  ) {
    self.world = world
    self.owner = owner ?? (UInt32(getpid()), 1)
    self.checksum = checksum
  }

  mutating func perform(_ step: CrashStep) throws(CrashFinding) {
    switch step {
    case .claim: try claimSlot()
    case .leave: leave()
    case .mark: if let claim { world.lanes.lane(claim.slot, .detail).mark() }
    case .detail, .detailTooLarge:
      if let claim {
        AgentActor.attempt(step, &detail, notes(claim, .detail), lane(claim, .detail))
      }
    default:
      if let claim { AgentActor.attempt(step, &index, notes(claim, .index), lane(claim, .index)) }
    }
  }

  private func notes(_ claim: ThreadSlotClaim, _ kind: LaneKind) -> LaneNotes {
    world.notes(LaneIdentifier(slot: claim.slot, kind: kind))
  }

  private func lane(_ claim: ThreadSlotClaim, _ kind: LaneKind) -> UInt64 {
    LaneIdentifier(slot: claim.slot, kind: kind).number
  }

  private mutating func claimSlot() throws(CrashFinding) {
    let outcome = world.lanes.slots.claim(
      owner: owner.process, ownerStart: owner.start, thread: UInt64(getpid()))
    guard case .claimed(let claim) = outcome else {
      throw CrashFinding(.survivorsFinish, "a claim of a free slot ended with \(outcome)")
    }
    self.claim = claim
    let host = CrashHost<Memory>(checksum: checksum)
    index = world.lanes.lane(claim.slot, .index)
      .makeWriter(slotEpoch: claim.state.epoch, host: host)
    detail = world.lanes.lane(claim.slot, .detail)
      .makeWriter(slotEpoch: claim.state.epoch, host: host)
  }

  private mutating func leave() {
    index.take()?.leave()
    detail.take()?.leave()
    if let claim { world.lanes.slots.retire(claim) }
    claim = nil
  }

  /// One attempt on one lane, noted before it begins and after it has returned.
  private static func attempt(
    _ step: CrashStep, _ writer: inout Writer?, _ notes: LaneNotes, _ lane: UInt64
  ) {
    if step == .flush {
      _ = writer?.flush()
      return
    }
    notes.begin()
    guard let sequence = writer?.sequence else { return }
    let count = CrashPattern.wordCount(sequence)
    switch step {
    case .reserve, .cancel, .nested:
      reserve(step, &writer, notes, lane: lane, sequence: sequence, count: count)
    case .copy:
      let words = (0..<count).map { CrashPattern.word(lane: lane, sequence: sequence, index: $0) }
      let outcome = words.withUnsafeBytes { bytes in
        writer?.write(type: CrashPattern.type(sequence), copying: bytes)
      }
      notes.note(outcome, sequence)
    case .tooLarge, .detailTooLarge:
      // Beyond any ring of a sweep.
      notes.note(writer?.write(type: 0, byteCount: 1 << 20) { _, _ in }, sequence)
    default:
      let outcome = writer?.write(type: CrashPattern.type(sequence), byteCount: 8 * count) {
        memory, offset in
        CrashPattern.fill(
          memory, offset, lane: lane, sequence: sequence, count: count)
      }
      notes.note(outcome, sequence)
    }
  }

  /// Reserves a word too many; commits, or takes back, perhaps after a write in the middle of it.
  private static func reserve(
    _ step: CrashStep, _ writer: inout Writer?, _ notes: LaneNotes, lane: UInt64, sequence: UInt64,
    count: Int
  ) {
    switch writer?.tryReserve(byteCount: 8 * count + 8) {
    case .reserved(let reservation):
      if let memory = writer?.memory {
        CrashPattern.fill(
          memory, reservation.payloadOffset, lane: lane, sequence: sequence, count: count + 1)
      }
      if step == .nested { _ = writer?.write(type: 0, byteCount: 8) { _, _ in } }
      if step == .cancel {
        writer?.cancel(reservation)
        notes.cancel()
      } else {
        writer?.commit(reservation, type: CrashPattern.type(sequence), byteCount: 8 * count)
        notes.note(.written, sequence)
      }
    case .lost(let cause): notes.note(.lost(cause), sequence)
    case nil: break
    }
  }
}
