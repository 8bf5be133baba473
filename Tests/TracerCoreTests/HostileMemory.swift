// Memory with a hostile peer in it: before any access, words of a range may be overwritten. One
// thread, so that a seed replays it to the access; every access is held against the memory's size.

import HardwareMemory
import MemoryInterface

@testable import TracerCore

/// The hostile peer, and what is watched about its victims.
final class HostilePeer {
  let memory: HardwareMemory
  let byteCount: Int
  /// What it overwrites, a multiple of eight.
  var range: Range<Int>
  /// It strikes before one access of so many; zero: never.
  var oneIn: UInt64
  private var random: SplitMix
  private(set) var accesses = 0
  private(set) var strikes = 0
  /// Accesses outside the memory, of which none is carried out.
  private(set) var outside = 0

  init(_ memory: HardwareMemory, byteCount: Int, range: Range<Int>, oneIn: UInt64, seed: UInt64) {
    self.memory = memory
    self.byteCount = byteCount
    self.range = range
    self.oneIn = oneIn
    random = SplitMix(state: seed)
  }

  /// Before an access; `false` if it must not be carried out.
  func permits(_ offset: Int) -> Bool {
    accesses += 1
    if oneIn > 0, random.next() % oneIn == 0 { strike() }
    guard offset >= 0, offset % 8 == 0, offset <= byteCount - 8 else {
      outside += 1
      return false
    }
    return true
  }

  /// Overwrites a word, or a few in a row, with what is likely to hurt.
  func strike() {
    strikes += 1
    let count = random.next() % 8 == 0 ? 4 : 1
    var offset = place()
    for _ in 0..<count where offset < range.upperBound {
      let word = memory.word(at: offset)
      word.storeRelaxed(value(instead: word.loadRelaxed()))
      offset += 8
    }
  }

  private func place() -> Int {
    range.lowerBound + 8 * Int(random.next() % UInt64(range.count / 8))
  }

  private func value(instead old: UInt64) -> UInt64 {
    switch random.next() % 10 {
    case 0: 0
    case 1: .max
    case 2: old &+ 1
    case 3: old &- 1
    case 4: old ^ 1 << (random.next() % 64)
    case 5: random.next() % 16
    case 6: 8 * (random.next() % 20)
    case 7: 1 << (random.next() % 64)
    case 8: memory.word(at: place()).loadRelaxed()
    default: random.next()
    }
  }
}

struct HostileWord: SharedWord {
  let offset: Int
  let peer: HostilePeer

  func loadRelaxed() -> UInt64 {
    peer.permits(offset) ? peer.memory.word(at: offset).loadRelaxed() : 0
  }
  func loadAcquire(_ edge: SyncEdge) -> UInt64 { loadRelaxed() }
  func storeRelaxed(_ value: UInt64) {
    if peer.permits(offset) { peer.memory.word(at: offset).storeRelaxed(value) }
  }
  func storeRelease(_ value: UInt64, _ edge: SyncEdge) { storeRelaxed(value) }
}

struct HostileMemory: SharedMemory {
  let peer: HostilePeer

  func word(at offset: Int) -> HostileWord { HostileWord(offset: offset, peer: peer) }
  func fetchAdd(
    _ operand: UInt64, at offset: Int, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> UInt64 {
    peer.permits(offset) ? peer.memory.fetchAdd(operand, at: offset, order, edge) : 0
  }
  func compareExchange(
    at offset: Int, expected: UInt64, desired: UInt64, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> (exchanged: Bool, original: UInt64) {
    guard peer.permits(offset) else { return (false, 0) }
    return peer.memory.compareExchange(
      at: offset, expected: expected, desired: desired, order, edge)
  }
  func fence(_ order: FenceOrder, _ edge: SyncEdge) {}
  func storePayload(_ value: UInt64, at offset: Int) {
    if peer.permits(offset) { peer.memory.storePayload(value, at: offset) }
  }
  func loadPayload(at offset: Int) -> UInt64 {
    peer.permits(offset) ? peer.memory.loadPayload(at: offset) : 0
  }
}
