// What one round of a ring torture looks like: which ring, how large, from which position, which
// policy. A pair runs thousands of rounds; each is drawn from the run's seed and its number alone,
// so that both sides know it without a word, and so that a printed seed replays it.

import HardwareMemory
import Harness
import TracerCore

/// How records go through the ring.
enum TortureKind: String, CaseIterable {
  /// Slots of eight bytes by `tryPush` and `tryPop`.
  case words
  /// Slots of several words, reserved and read in place.
  case slots
  /// Records of mixed sizes: reserved, abandoned, committed in full or shortened.
  case records
}

/// One round of one pair.
struct RingRound {
  var seed: UInt64
  var kind: TortureKind
  /// Slots or bytes.
  var capacity: Int
  /// Words of a slot; one for records.
  var slotWordCount: Int
  var startingPosition: UInt64
  var policy: PublishPolicy
  var recordCount: UInt64
  /// One in so many records, a side spins, sleeps or yields; powers of two.
  var pauseInterval: UInt64

  /// Room for the largest ring that is ever drawn: 64 KiB of slots or records.
  static let regionByteCount = RingHeader.data + 64 << 10

  init(pairSeed: UInt64, round: UInt64) {
    var random = SplitMix64(seed: pairSeed ^ (round &+ 1) &* Pattern.multiplier)
    seed = random.next()
    kind = TortureKind.allCases[Int(random.next() % UInt64(TortureKind.allCases.count))]
    // Slots: 1 to 512; bytes: 64 (the smallest wraps at every record) to 64 KiB. Small ones more
    // often: they are full and empty all the time.
    let exponent = min(random.next() % 11, random.next() % 11)
    capacity = kind == .records ? 64 << Int(exponent) : 1 << min(Int(exponent), 9)
    slotWordCount = kind == .slots ? 1 + Int(random.next() % 16) : 1
    // So that positions pass the limit within the round.
    let distance = random.next() % 4096 & ~7
    startingPosition =
      switch random.next() % 3 {
      case 0: 0
      case 1: 1 << 32 &- distance
      default: 0 &- distance
      }
    policy =
      switch random.next() % 3 {
      case 0: .everyRecord
      case 1: .adaptive(count: UInt64(max(capacity / 8, 1)))
      default: .explicit
      }
    recordCount = 1 + random.next() % 8192
    pauseInterval = 1 << (random.next() % 13)
  }

  var text: String {
    "\(kind.rawValue), capacity \(capacity), \(slotWordCount) words, \(policy), "
      + "\(recordCount) records from position \(startingPosition)"
  }

  var slotGeometry: SlotRingGeometry {
    get throws(RingLayoutError) {
      try SlotRingGeometry(slotByteCount: slotWordCount * 8, capacity: capacity)
    }
  }

  var byteGeometry: ByteRingGeometry {
    get throws(RingLayoutError) { try ByteRingGeometry(capacity: capacity) }
  }

  /// The producer formats the ring of the round before it hands it to the consumer.
  func format(_ memory: HardwareMemory) throws(RingLayoutError) {
    switch kind {
    case .words, .slots:
      _ = SlotRing(formatting: memory, geometry: try slotGeometry, startingAt: startingPosition)
    case .records:
      _ = ByteRing(formatting: memory, geometry: try byteGeometry, startingAt: startingPosition)
    }
  }
}

/// One pair of a torture: its region kind and the seed of its rounds.
struct TorturePair {
  var index: Int
  var backing: Backing
  var seed: UInt64

  init(index: Int, backing: Backing, runSeed: UInt64) {
    var random = SplitMix64(seed: runSeed &+ UInt64(index) &* Pattern.multiplier)
    self.index = index
    self.backing = backing
    seed = random.next()
  }

  func plan(round: UInt64) -> RingRound { RingRound(pairSeed: seed, round: round) }
}

/// The pauses of one side: random lengths, from a few cycles to a tenth of a millisecond.
struct TorturePace {
  private var random: SplitMix64
  private let interval: UInt64

  init(seed: UInt64, interval: UInt64) {
    random = SplitMix64(seed: seed)
    self.interval = interval
  }

  mutating func draw() -> UInt64 { random.next() }

  /// Now and then a pause; mostly nothing. Returns whether there was one.
  mutating func step() -> Bool {
    let draw = random.next()
    guard draw % interval == 0 else { return false }
    TortureDelay.random(draw >> 16)
    return true
  }
}
