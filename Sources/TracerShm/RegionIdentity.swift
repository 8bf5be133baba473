// Who works on a region: the mutable part of the superblock, in two alternating slots.
//
// The slot not current is written, its checksum last. A process killed between two of the stores
// leaves that slot invalid and the other one current: never a region that cannot be opened.

import HardwareMemory
import MemoryInterface

/// Who works on a region, and since which takeover.
public struct RegionIdentity: Equatable, Sendable {
  /// Goes up with every takeover.
  public var epoch: UInt64
  /// The traced process, where there is one.
  public var agent: ProcessIdentity?
  /// The process that drains, where there is one.
  public var controller: ProcessIdentity?
  /// The boot during which this was published: in another one, none of these processes runs.
  public var boot: UniqueID

  /// An identity published during this boot unless stated otherwise.
  public init(
    epoch: UInt64, agent: ProcessIdentity? = nil, controller: ProcessIdentity? = nil,
    boot: UniqueID = .currentBoot()
  ) {
    self.epoch = epoch
    self.agent = agent
    self.controller = controller
    self.boot = boot
  }
}

/// One slot's words, valid or not.
struct IdentitySlot: Equatable {
  let sequence: UInt64
  let identity: RegionIdentity

  static let wordCount = SuperblockLayout.slotByteCount / 8
  private static let checksumWord = SuperblockLayout.slotChecksumOffset / 8

  init(sequence: UInt64, identity: RegionIdentity) {
    self.sequence = sequence
    self.identity = identity
  }

  /// Reads a private copy of a slot's words; `nil` unless the checksum is right. A slot of zeros
  /// is not valid either: the checksum of zeros is not zero.
  init?(decoding words: ArraySlice<UInt64>) {
    typealias Layout = SuperblockLayout
    let words = Array(words)
    guard words.count == IdentitySlot.wordCount,
      words[IdentitySlot.checksumWord]
        == UInt64(CRC32C.checksum(words: words[..<IdentitySlot.checksumWord]))
    else { return nil }
    func process(_ pidOffset: Int, _ startOffset: Int) -> ProcessIdentity? {
      guard let pid = UInt32(exactly: words[pidOffset / 8]), pid > 0 else { return nil }
      return ProcessIdentity(pid: pid, startTimeTicks: words[startOffset / 8])
    }
    sequence = words[Layout.slotSequenceOffset / 8]
    identity = RegionIdentity(
      epoch: words[Layout.slotEpochOffset / 8],
      agent: process(Layout.slotAgentPidOffset, Layout.slotAgentStartOffset),
      controller: process(Layout.slotControllerPidOffset, Layout.slotControllerStartOffset),
      boot: UniqueID(
        high: UInt64(bigEndian: words[Layout.slotBootOffset / 8]),
        low: UInt64(bigEndian: words[Layout.slotBootOffset / 8 + 1])))
  }

  /// The slot as the words to store.
  func encoded() -> [UInt64] {
    var words: [UInt64] = [
      sequence, identity.epoch,
      UInt64(identity.agent?.pid ?? 0), identity.agent?.startTimeTicks ?? 0,
      UInt64(identity.controller?.pid ?? 0), identity.controller?.startTimeTicks ?? 0,
      identity.boot.high.bigEndian, identity.boot.low.bigEndian,
    ]
    words.append(UInt64(CRC32C.checksum(words: words[...])))
    return words
  }

  /// The newest valid of the slots that stand in these words of a whole header.
  static func newest(inHeader words: [UInt64]) -> IdentitySlot? {
    newest(
      SuperblockLayout.slotOffsets.map { offset in
        IdentitySlot(decoding: words[(offset / 8)..<(offset / 8 + wordCount)])
      })
  }

  static func newest(_ slots: [IdentitySlot?]) -> IdentitySlot? {
    slots.compactMap { $0 }.max { $0.sequence < $1.sequence }
  }
}

/// The identity slots of a mapped header.
///
/// One process writes at a time: whoever holds the lock of a takeover. Anyone may read.
struct IdentityArea<Memory: SharedMemory> {
  /// The header's memory, offset zero being the start of the region.
  let memory: Memory

  /// How often a reader looks again that found both slots being written: the writer would have to
  /// publish twice within each of the looks.
  private static var mostLooks: Int { 16 }

  /// Writes the slot that is not current. Relaxed stores: the checksum tells a torn slot, and the
  /// release of the checksum saves a reader from seeing one needlessly.
  func publish(_ identity: RegionIdentity) {
    let slots = SuperblockLayout.slotOffsets.map(slot(at:))
    let current = IdentitySlot.newest(slots)
    let sequence = (current?.sequence ?? 0) &+ 1
    let target = slots.firstIndex { $0 == nil || $0 != current } ?? 0
    let words = IdentitySlot(sequence: sequence, identity: identity).encoded()
    let base = SuperblockLayout.slotOffsets[target]
    for (index, word) in words.dropLast().enumerated() {
      memory.word(at: base + 8 * index).storeRelaxed(word)
    }
    // Pairs with `slot(at:)`.
    memory.word(at: base + SuperblockLayout.slotChecksumOffset)
      .storeRelease(words[words.count - 1], .identityPublish)
  }

  /// The newest valid identity, or `nil` where neither slot is valid.
  func newest() -> RegionIdentity? {
    for _ in 0..<IdentityArea.mostLooks {
      if let newest = IdentitySlot.newest(SuperblockLayout.slotOffsets.map(slot(at:))) {
        return newest.identity
      }
    }
    return nil
  }

  private func slot(at base: Int) -> IdentitySlot? {
    // Pairs with `publish`; first, so that what it covers is at least as new.
    let checksum = memory.word(at: base + SuperblockLayout.slotChecksumOffset)
      .loadAcquire(.identityPublish)
    var words = (0..<(IdentitySlot.wordCount - 1)).map {
      memory.word(at: base + 8 * $0).loadRelaxed()
    }
    words.append(checksum)
    return IdentitySlot(decoding: words[...])
  }
}
