// A plain memory for what happens before and after the modelled part of a world.
//
// The shipped source formats lanes and claims slots on an image, whose words become the initial
// values of a program: set-up costs no event. And the words that a complete execution leaves are
// put into an image, on which the shipped source looks at the end. One thread, no model.

import MemoryInterface
import ModelChecker

/// A memory of words that nobody else sees.
struct ModelImage: SharedMemory {
  /// The words themselves: an image is a handle, as every shared memory is.
  final class Words {
    var values: [UInt64]
    init(count: Int) { values = [UInt64](repeating: 0, count: count) }
  }

  struct Word: SharedWord {
    let words: Words
    let index: Int
    func loadRelaxed() -> UInt64 { words.values[index] }
    func loadAcquire(_ edge: SyncEdge) -> UInt64 { words.values[index] }
    func storeRelaxed(_ value: UInt64) { words.values[index] = value }
    func storeRelease(_ value: UInt64, _ edge: SyncEdge) { words.values[index] = value }
  }

  let words: Words

  init(byteCount: Int) { words = Words(count: byteCount / 8) }

  /// What a complete execution leaves in a memory that began as `initial`.
  init(byteCount: Int, initial: [Int: UInt64], after state: FinalState) {
    self.init(byteCount: byteCount)
    for (location, value) in initial where location < byteCount {
      words.values[location / 8] = value
    }
    state.forEachLocation { location, value in
      if location < byteCount { words.values[location / 8] = value }
    }
  }

  /// The words as the initial values of a program.
  var initial: [Int: UInt64] {
    var result: [Int: UInt64] = [:]
    for (index, value) in words.values.enumerated() where value != 0 { result[index * 8] = value }
    return result
  }

  func word(at offset: Int) -> Word { Word(words: words, index: offset / 8) }

  func fetchAdd(
    _ operand: UInt64, at offset: Int, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> UInt64 {
    let old = words.values[offset / 8]
    words.values[offset / 8] = old &+ operand
    return old
  }

  func compareExchange(
    at offset: Int, expected: UInt64, desired: UInt64, _ order: UpdateOrder, _ edge: SyncEdge
  ) -> (exchanged: Bool, original: UInt64) {
    let old = words.values[offset / 8]
    if old == expected { words.values[offset / 8] = desired }
    return (old == expected, old)
  }

  func fence(_ order: FenceOrder, _ edge: SyncEdge) {}
  func storePayload(_ value: UInt64, at offset: Int) { words.values[offset / 8] = value }
  func loadPayload(at offset: Int) -> UInt64 { words.values[offset / 8] }
}
