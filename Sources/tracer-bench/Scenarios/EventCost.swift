// What one event costs the thread that is traced.
//
// Question: how long does a thread take for one event of 16 bytes, through the lanes as they are
// used: pool of the standard size, ring after ring, each event published? The pool is filled by
// the clock and drained, every event checked, off the clock. The writer stands in memory, as
// behind any handle of an agent; the counter alone is read in a loop of the same length beside it.
// Excluded: a controller that works at the same time.
//
// The checksum that a ring of a file gets at its seal is timed by itself, and taken out of the cost
// of an event; `PassCost` has both.

import CPlatform
import HardwareMemory
import MemoryInterface
import TracerCore
import TracerShm

/// A process without a controller to wake, which times what a seal costs.
final class TimedHost: LaneHost {
  typealias Memory = HardwareMemory
  private let hasChecksum: Bool
  /// Ticks spent on checksums so far.
  private(set) var checksumTicks: UInt64 = 0

  init(hasChecksum: Bool) { self.hasChecksum = hasChecksum }

  func wakeController() {}

  func sealChecksum(of ring: SealedRing<HardwareMemory>) -> UInt64 {
    guard hasChecksum else { return 0 }
    let start = platform_counter()
    let sum = SealChecksum.compute(of: ring)
    checksumTicks &+= platform_counter() &- start
    return sum
  }
}

/// Counter ticks for one event, from one pass over the pool.
struct PassCost {
  /// Without the checksum.
  var ticksPerEvent: Double
  var checksumTicksPerEvent: Double

  fileprivate init(ticks: UInt64, checksum: UInt64, count: Int) {
    ticksPerEvent = Double(ticks &- checksum) / Double(count)
    checksumTicksPerEvent = Double(checksum) / Double(count)
  }
}

/// One thread with one lane, and the controller's side of that lane in the same process.
struct EventCost: ~Copyable {
  private typealias Writer = LaneWriter<HardwareMemory, TimedHost>

  private let lane: Lane<HardwareMemory>
  private let host: TimedHost
  /// In memory: what is measured is a writer that outlives the function that uses it.
  private let writer: UnsafeMutablePointer<Writer>
  private var reader: LaneReader<HardwareMemory>
  private var output = EventCheck()
  /// Events of one pass.
  private let count: Int
  /// The event to write wrong, so that the check is seen to fail.
  private let spoiledEvent: UInt64?
  /// Counted here, outside of the region.
  private var attempts: UInt64 = 0
  private var lost: UInt64 = 0

  /// An event may be lost on purpose this many times in a pass.
  private static let lostWrites = 4096

  init(_ lane: Lane<HardwareMemory>, hasChecksum: Bool, spoiledEvent: UInt64?) {
    self.lane = lane
    self.spoiledEvent = spoiledEvent
    host = TimedHost(hasChecksum: hasChecksum)
    writer = .allocate(capacity: 1)
    writer.initialize(to: lane.makeWriter(slotEpoch: 0, host: host))
    reader = LaneReader(lane)
    // All rings but one: with that one a flush hands over the last of them.
    count =
      lane.geometry.ringByteCount / TracedEvent.timestampedByteCount
      * (lane.geometry.ringCount - 1)
  }

  deinit {
    writer.deinitialize(count: 1)
    writer.deallocate()
  }

  /// Events written or lost so far.
  var eventCount: UInt64 { attempts }

  /// One pass of events with timestamps.
  mutating func timestamped() throws -> PassCost {
    try pass { EventCost.writeTimestamped($0, count: $1, from: $2) }
  }

  /// One pass of events without.
  mutating func plain() throws -> PassCost {
    try pass { EventCost.writePlain($0, count: $1, from: $2) }
  }

  private mutating func pass(
    _ body: (UnsafeMutablePointer<Writer>, Int, UInt64) -> UInt64
  ) throws -> PassCost {
    let before = host.checksumTicks
    let ticks = body(writer, count, attempts)
    let checksum = host.checksumTicks &- before
    attempts &+= UInt64(count)
    try drain()
    return PassCost(ticks: ticks, checksum: checksum, count: count)
  }

  @inline(never)
  private static func writeTimestamped(
    _ writer: UnsafeMutablePointer<Writer>, count: Int, from number: UInt64
  ) -> UInt64 {
    let start = platform_counter()
    for step in 0..<count {
      _ = writer.pointee.write(
        type: TracedEvent.type, timestamp: platform_counter(),
        byteCount: TracedEvent.payloadByteCount
      ) { TracedEvent.fill($0, $1, number &+ UInt64(truncatingIfNeeded: step)) }
    }
    return platform_counter() &- start
  }

  @inline(never)
  private static func writePlain(
    _ writer: UnsafeMutablePointer<Writer>, count: Int, from number: UInt64
  ) -> UInt64 {
    let start = platform_counter()
    for step in 0..<count {
      _ = writer.pointee.write(
        type: TracedEvent.type, byteCount: TracedEvent.payloadByteCount
      ) { TracedEvent.fill($0, $1, number &+ UInt64(truncatingIfNeeded: step)) }
    }
    return platform_counter() &- start
  }

  /// An index lane with no ring left: ticks for one event that is dropped and counted.
  mutating func withoutSpare() throws -> Double {
    precondition(lane.identifier.kind == .index, "a detail lane recycles its own rings")
    // Off the clock: until the first one is lost, none of them being drained.
    var isFull = false
    while !isFull {
      let number = attempts == spoiledEvent ? ~attempts : attempts
      attempts &+= 1
      isFull =
        writer.pointee.write(type: TracedEvent.type, byteCount: TracedEvent.payloadByteCount) {
          TracedEvent.fill($0, $1, number)
        } != .written
    }
    let ticks = EventCost.writePlain(writer, count: EventCost.lostWrites, from: attempts)
    attempts &+= UInt64(EventCost.lostWrites)
    lost &+= UInt64(EventCost.lostWrites) &+ 1
    try drain()
    return Double(ticks) / Double(EventCost.lostWrites)
  }

  /// The counter alone: ticks per read.
  @inline(never)
  func counter() -> Double {
    var sum: UInt64 = 0
    let start = platform_counter()
    for _ in 0..<count { sum &+= platform_counter() }
    let ticks = platform_counter() &- start
    // Used, so that the reads are not dropped; the sum of counters is never zero.
    precondition(sum != 0, "a counter that stands still")
    return Double(ticks) / Double(count)
  }

  /// Takes what is submitted, off the clock.
  private mutating func drain() throws {
    while try reader.drainNext(into: &output) {}
    // An index lane hands over its last ring, the first time if the pool was full.
    if lane.identifier.kind == .index, writer.pointee.flush() {
      while try reader.drainNext(into: &output) {}
    }
  }

  /// Settles the account of all attempts; what is wrong with it or with an event, if anything is.
  mutating func settle() throws -> BadMessage? {
    try drain()
    var resident: UInt64 = 0
    if lane.identifier.kind == .detail {
      // The write that sees the mark submits the history; it stays behind in a new ring.
      lane.mark()
      let number = attempts
      _ = writer.pointee.write(type: TracedEvent.type, byteCount: TracedEvent.payloadByteCount) {
        TracedEvent.fill($0, $1, number)
      }
      attempts &+= 1
      resident = 1
      try drain()
    }
    if let bad = output.bad { return bad }
    let account = reader.account
    guard LaneInvariant.everyAttemptAccountedFor(account),
      account.nextSequence == attempts &- resident, account.losses.total == lost,
      account.drained == output.records
    else {
      return .wrongCount(
        expected: attempts &- resident &- lost &- account.overwritten, found: output.records)
    }
    return nil
  }
}
