// The sleeping flag under torture: a consumer that sleeps as soon as nothing is left, and a
// producer that publishes at that very moment.
//
//     producer                                    consumer
//       wait until everything was consumed          read all
//       delay of some nanoseconds       ◀────────   say so (consumed)
//       push a few                                  sleep unless there is something
//       wake if sleeping
//       say so (announced)                          time-out: is there a record that was announced?
//
// The consumer's wait has a time-out for one purpose: a record that is in the ring, whose producer
// has been past `wakeIfSleeping`, and no wake-up: that one was lost. So a slow or stopped producer
// is never mistaken for a bug, and since the producer goes quiet after every burst, no later
// wake-up hides a lost one.

import CPlatform
import Glibc
import HardwareMemory
import Harness
import MemoryInterface
import TracerCore

/// How the consumer is woken.
enum WakeMeans {
  case event(Int32)
  case semaphore(UnsafeMutableRawPointer)

  /// Makes either means; no name is left.
  static func make(semaphore: Bool) throws(SystemError) -> WakeMeans {
    guard semaphore else {
      let event = platform_event_make()
      guard event >= 0 else { throw SystemError("eventfd") }
      return .event(event)
    }
    // Between the making and the removing of the name nothing may interrupt.
    platform_cleanup_block_signals(1)
    let made = platform_semaphore_make("/" + TemporaryName(prefix: "tracer-wake", number: 0).text)
    let error = errno
    platform_cleanup_block_signals(0)
    guard let made else { throw SystemError("sem_open", code: error) }
    return .semaphore(made)
  }

  /// Wakes. Returns false where the system refuses.
  func signal() -> Bool {
    switch self {
    case .event(let event): platform_event_signal(event) == 0
    case .semaphore(let semaphore): platform_semaphore_signal(semaphore) == 0
    }
  }

  /// Waits; whether somebody woke us.
  func wait(milliseconds: Int32) -> Bool {
    switch self {
    case .event(let event): platform_event_wait(event, milliseconds) == 1
    case .semaphore(let semaphore): platform_semaphore_wait(semaphore, milliseconds) == 1
    }
  }

  /// Gives the descriptor or mapping back.
  func close() {
    switch self {
    case .event(let event): _ = Glibc.close(event)
    case .semaphore(let semaphore): platform_semaphore_close(semaphore)
    }
  }
}

/// What the consumer counted.
struct WakeCounts: BitwiseCopyable {
  var records: UInt64 = 0
  /// Times it went to sleep, or was about to.
  var sleeps: UInt64 = 0
  /// Times it did block.
  var blocks: UInt64 = 0
  /// Set where a wake-up was lost: the record that nobody was woken for, plus one.
  var lostRecord: UInt64 = 0
  var bad = BadWord()

  /// Adds what another slice counted.
  mutating func add(_ other: WakeCounts) {
    records += other.records
    sleeps += other.sleeps
    blocks += other.blocks
  }
}

/// A wrong record: what was due and what was there.
struct BadWord: BitwiseCopyable {
  var isBad = false
  var expected: UInt64 = 0
  var found: UInt64 = 0
}

enum WakeTraffic {
  /// Slots of the ring: a burst always fits.
  static let capacity = 8
  static let regionByteCount = flagOffset + 128
  private static let flagOffset = (RingHeader.data + capacity * 8 + 127) & ~127
  private static let edge = SyncEdge(904)
  /// A wait this long without a wake-up makes the consumer ask whether one was lost. Short: it
  /// costs nothing to ask too often.
  private static let timeoutMilliseconds: Int32 = 20

  static func ring(in memory: HardwareMemory) throws -> SlotRing<HardwareMemory> {
    SlotRing(
      in: memory, geometry: try SlotRingGeometry(slotByteCount: 8, capacity: capacity))
  }

  /// The bench makes ring and flag before it forks.
  static func format(_ memory: HardwareMemory, startingAt position: UInt64) throws {
    _ = SlotRing(
      formatting: memory,
      geometry: try SlotRingGeometry(slotByteCount: 8, capacity: capacity),
      startingAt: position)
    WakeFlag(memory, at: flagOffset).reset()
  }

  /// Publishes bursts at the moment when the consumer is about to sleep. Returns the wake-ups.
  static func produce(
    _ memory: HardwareMemory, board: WakeBoard, means: WakeMeans, seed: UInt64
  ) throws -> UInt64 {
    var writer = try ring(in: memory).makeWriter(policy: .everyRecord)
    let flag = WakeFlag(memory, at: flagOffset)
    var random = SplitMix64(seed: seed)
    var sequence: UInt64 = 0
    var wakes: UInt64 = 0
    var mayWake = true
    while !board.isFinishing, mayWake {
      let draw = random.next()
      delay(draw >> 8)
      for _ in 0...(draw % 3) {
        // Always succeeds: everything before was consumed.
        guard writer.tryPush(StressStream.word(sequence, 0)) else { return wakes }
        sequence &+= 1
      }
      flag.wakeIfSleeping {
        wakes &+= 1
        mayWake = means.signal()
      }
      board.setAnnounced(sequence)
      var turn: UInt64 = 0
      while board.consumed != sequence, !board.isFinishing { TortureDelay.wait(turn: &turn) }
    }
    board.setEnd(sequence)
    // Not by the flag: the end is the bench's business.
    _ = means.signal()
    return wakes
  }

  /// Mostly none or some nanoseconds, where the two sides meet; sometimes long enough that the
  /// consumer does block.
  private static func delay(_ draw: UInt64) {
    switch draw % 8 {
    case 0: TortureDelay.spin((draw >> 8) % 2048)
    case 1, 2: TortureDelay.spin((draw >> 8) % 32)
    default:
      break
    }
  }

  /// Reads everything and sleeps whenever nothing is left, until the end or a lost wake-up.
  static func consume(
    _ memory: HardwareMemory, board: WakeBoard, means: WakeMeans
  ) throws -> WakeCounts {
    var reader = try ring(in: memory).makeReader()
    let flag = WakeFlag(memory, at: flagOffset)
    let published = memory.word(at: RingHeader.writePosition)
    var counts = WakeCounts()
    while true {
      while let found = try reader.tryPop() {
        let expected = StressStream.word(counts.records, 0)
        guard found == expected else {
          counts.bad = BadWord(isBad: true, expected: expected, found: found)
          return counts
        }
        counts.records &+= 1
      }
      if board.end == counts.records { return counts }
      board.setConsumed(counts.records)
      counts.sleeps &+= 1
      let position = reader.position
      var wasWoken = true
      // Acquire, as the reader would: what it finds ready, it reads.
      flag.sleep(unless: { published.loadAcquire(edge) != position || board.isOver }) {
        counts.blocks &+= 1
        wasWoken = means.wait(milliseconds: timeoutMilliseconds)
      }
      if !wasWoken, board.announced > counts.records, !means.wait(milliseconds: 0) {
        counts.lostRecord = counts.records &+ 1
        return counts
      }
    }
  }
}
