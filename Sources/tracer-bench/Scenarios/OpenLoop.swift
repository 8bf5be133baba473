// Open-loop round trips: messages leave at intended times, whether or not answers have come back.
//
// A closed loop waits politely while the peer is stalled and so hides the stall. Here each message
// carries its *intended* send time; response time counts from that, service time from the actual
// one. Both ends of every interval are read on the asking side's CPU, so no offset between
// counters enters.
//
//     message   word 0  sequence   word 1  intended   word 2  sent   (counter ticks)

import CPlatform
import Glibc
import HardwareMemory
import Harness
import MemoryInterface
import TracerCore

/// The times at which messages are due.
struct ArrivalSchedule {
  private var random: SplitMix64
  private let arrival: Arrival
  private let meanTicks: Double
  private var next: Double

  /// - Parameter meanTicks: counter ticks between two messages, on average.
  init(arrival: Arrival, meanTicks: Double, start: UInt64, seed: UInt64) {
    random = SplitMix64(seed: seed)
    self.arrival = arrival
    self.meanTicks = meanTicks
    next = Double(start)
    self.step()
  }

  /// The counter value at which the next message is due.
  var due: UInt64 { UInt64(next) }

  /// Goes on to the message after it.
  mutating func step() {
    switch arrival {
    case .fixed: next += meanTicks
    case .poisson:
      // Exponential gaps; the unit interval is open at zero, where the logarithm has no value.
      let unit = (Double(random.next() >> 11) + 0.5) * 0x1p-53
      next -= meanTicks * log(unit)
    }
  }
}

/// What one slice of an open loop showed.
struct OpenLoopOutcome {
  var sent: UInt64 = 0
  var elapsedTicks: UInt64 = 0
  var bad: BadMessage?
}

/// The asking side and the answering side of an open loop over slot rings.
struct OpenLoop: ~Copyable {
  var writer: SlotRingWriter<HardwareMemory>
  var reader: SlotRingReader<HardwareMemory>

  /// Bytes of one message.
  static let slotByteCount = 24
  /// Slots of each ring where none are asked for: 1 ms of messages at four million a second.
  static let standardCapacity = 4096

  /// Sends at the scheduled times until the deadline and waits for every answer. `record` takes
  /// response and service time of each message, in ticks.
  mutating func ask(
    schedule: inout ArrivalSchedule, deadline: UInt64, sequence: inout UInt64,
    control: SliceControl, record: (_ responseTicks: UInt64, _ serviceTicks: UInt64) -> Void
  ) throws(RingCorruption) -> OpenLoopOutcome {
    var outcome = OpenLoopOutcome()
    var expected = sequence
    let start = platform_counter()
    // A rate beyond what the pair can do would pile up work for ever: after twice the slice's
    // length nothing more is sent, and the achieved rate tells.
    let lastSend = deadline &+ (deadline &- start)
    while true {
      let now = platform_counter()
      let due = schedule.due
      if due < deadline, now < lastSend {
        if now >= due, let slot = writer.tryReserve() {
          writer.memory.storePayload(sequence, at: slot)
          writer.memory.storePayload(due, at: slot &+ 8)
          writer.memory.storePayload(now, at: slot &+ 16)
          writer.commit()
          sequence &+= 1
          outcome.sent += 1
          schedule.step()
        }
      } else if expected == sequence {
        break
      }
      let run = try reader.readableRun()
      if run.count > 0 {
        let received = platform_counter()
        let found = reader.memory.loadPayload(at: run.offset)
        guard found == expected else {
          outcome.bad = BadMessage(
            sequence: expected, wordIndex: 0, expected: expected, found: found)
          return outcome
        }
        record(
          received &- reader.memory.loadPayload(at: run.offset &+ 8),
          received &- reader.memory.loadPayload(at: run.offset &+ 16))
        reader.consume(1)
        expected &+= 1
      } else if control.isStopped {
        break
      }
    }
    outcome.elapsedTicks = platform_counter() &- start
    control.end(at: sequence)
    return outcome
  }

  /// Sends every message back until the asking side's end of the slice.
  mutating func answer(
    sequence: inout UInt64, control: SliceControl
  ) throws(RingCorruption) -> BadMessage? {
    while true {
      for _ in 0..<1024 {
        let run = try reader.readableRun()
        guard run.count > 0 else { continue }
        let found = reader.memory.loadPayload(at: run.offset)
        guard found == sequence else {
          return BadMessage(sequence: sequence, wordIndex: 0, expected: sequence, found: found)
        }
        // Both rings are of one size and the asking side takes answers before it sends: wait.
        guard let slot = writer.tryReserve() else { continue }
        for offset in stride(from: 0, to: OpenLoop.slotByteCount, by: 8) {
          writer.memory.storePayload(
            reader.memory.loadPayload(at: run.offset &+ offset), at: slot &+ offset)
        }
        writer.commit()
        reader.consume(1)
        sequence &+= 1
      }
      if control.isEnd(sequence) || control.isStopped { return nil }
    }
  }
}
