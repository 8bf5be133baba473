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
  /// Words through many small rings, one after another, each from just below a limit of its
  /// positions: what is wrong for an instant at the limit needs very many crossings to be seen.
  case crossings
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

  /// Records through one ring of a round of crossings, more than its distance from the limit.
  static let recordsPerCrossing: UInt64 = 4
  /// Rings of a round of crossings.
  private static let crossingCount: UInt64 = 1024
  /// From one ring of a round of crossings to the next: four slots at most, on lines of its own.
  private static let crossingStride = RingHeader.data + 128

  /// Room for the largest ring that is ever drawn, 64 KiB of slots or records, and for the rings
  /// of a round of crossings.
  static let regionByteCount = max(
    RingHeader.data + 64 << 10, Int(crossingCount) * crossingStride)

  init(pairSeed: UInt64, round: UInt64, kinds: [TortureKind]) {
    var random = SplitMix64(seed: pairSeed ^ (round &+ 1) &* Pattern.multiplier)
    seed = random.next()
    kind = kinds[Int(random.next() % UInt64(kinds.count))]
    // Slots: 1 to 512; bytes: 64 (the smallest wraps at every record) to 64 KiB. Small ones more
    // often: they are full and empty all the time.
    let exponent = min(random.next() % 11, random.next() % 11)
    capacity = kind == .records ? 64 << Int(exponent) : 1 << min(Int(exponent), 9)
    slotWordCount = kind == .slots ? 1 + Int(random.next() % 16) : 1
    // So that positions pass the limit within the round.
    let distance = random.next() % 4096 & ~7
    guard kind != .crossings else {
      // Fewer slots than records, mostly: then the reader waits when the limit is crossed.
      capacity = 1 << Int(random.next() % 3)
      startingPosition =
        (random.next() % 4 == 0 ? 0 : 1 << 32)
        &- (1 + random.next() % (RingRound.recordsPerCrossing - 1))
      policy = .everyRecord
      recordCount = RingRound.crossingCount * RingRound.recordsPerCrossing
      // Rare: the two sides have to meet at the limit.
      pauseInterval = 1 << (10 + random.next() % 4)
      return
    }
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

  /// The ring of a round of crossings that record `index` of the round goes through.
  func crossing(
    of index: UInt64, in memory: HardwareMemory
  ) throws(RingLayoutError) -> SlotRing<HardwareMemory> {
    let ring = Int(index / RingRound.recordsPerCrossing)
    return SlotRing(in: memory, at: ring * RingRound.crossingStride, geometry: try slotGeometry)
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
    case .crossings:
      let geometry = try slotGeometry
      for ring in 0..<Int(RingRound.crossingCount) {
        _ = SlotRing(
          formatting: memory, at: ring * RingRound.crossingStride, geometry: geometry,
          startingAt: startingPosition)
      }
    }
  }
}

/// One pair of a torture: its region kind, and what its rounds are drawn from.
struct TorturePair {
  var index: Int
  var backing: Backing
  var seed: UInt64
  var kinds: [TortureKind]

  init(index: Int, backing: Backing, runSeed: UInt64, kinds: [TortureKind]) {
    var random = SplitMix64(seed: runSeed &+ UInt64(index) &* Pattern.multiplier)
    self.index = index
    self.backing = backing
    self.kinds = kinds
    seed = random.next()
  }

  func plan(round: UInt64) -> RingRound {
    RingRound(pairSeed: seed, round: round, kinds: kinds)
  }
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
