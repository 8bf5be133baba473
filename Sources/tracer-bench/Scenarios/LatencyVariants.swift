// The pairs of processes of a latency measurement, as the interleaver runs them.
//
// The asking side (on the producer's CPU) times; the answering side only answers. Timings go to a
// histogram in memory that the bench shares with the asking worker.

import CPlatform
import HardwareMemory
import Harness
import TracerCore
import TracerShm

enum LatencyVariants {
  /// Round trips timed together: at 100 ns each a batch is 160 steps of a 10 ns counter, and still
  /// short beside an interruption.
  static let batch = 16

  /// The name of the pair that measures the limit.
  static let limitName = "raw round trip"

  /// Round trips of one bare word.
  static func raw(
    region: SharedRegion, placement: PairPlacement, timings: SharedHistogram
  ) -> LiveVariant {
    let words = RawRoundTrip(region.payload)
    let asking = LiveMember(role: "asking", cpu: placement.producer) { group in
      // From one: zeroed memory answers nothing.
      var sequence: UInt64 = 1
      return { context in
        let control = SliceControl(group, context)
        return withExtendedLifetime(region) {
          timed(context, control, &sequence, timings) { sequence, control in
            _ = words.ask(from: sequence, count: batch, control: control)
            return nil
          }
        }
      }
    }
    let answering = LiveMember(role: "answering", cpu: placement.consumer) { group in
      var sequence: UInt64 = 1
      return { context in
        sequence = words.answer(from: sequence, control: SliceControl(group, context))
        return SliceReport()
      }
    }
    return LiveVariant(name: limitName, members: [asking, answering])
  }

  /// Round trips of messages through two rings in `region`.
  static func rings(
    _ item: TrafficCase, region: SharedRegion, placement: PairPlacement, timings: SharedHistogram
  ) throws -> LiveVariant {
    switch item.ring {
    case .slots:
      let there = try item.slotRing(formatting: region.payload, at: 0)
      let back = try item.slotRing(formatting: region.payload, at: item.ringByteCount)
      return variant(item, placement, timings, region) { asks in
        SlotRoundTrip(
          writer: try (asks ? there : back).makeWriter(policy: .everyRecord),
          reader: try (asks ? back : there).makeReader(), wordCount: item.wordCount)
      }
    case .records:
      let there = try item.byteRing(formatting: region.payload, at: 0)
      let back = try item.byteRing(formatting: region.payload, at: item.ringByteCount)
      return variant(item, placement, timings, region) { asks in
        RecordRoundTrip(
          writer: try (asks ? there : back).makeWriter(policy: .everyRecord),
          reader: try (asks ? back : there).makeReader(), wordCount: item.wordCount)
      }
    }
  }

  private static func variant<Trip: RoundTrip & ~Copyable>(
    _ item: TrafficCase, _ placement: PairPlacement, _ timings: SharedHistogram,
    _ region: SharedRegion, _ make: @escaping (_ asks: Bool) throws -> Trip
  ) -> LiveVariant {
    let asking = LiveMember(role: "asking", cpu: placement.producer) { group in
      let trip = Box(try make(true))
      var sequence: UInt64 = 0
      return { context in
        withExtendedLifetime(region) {
          timed(context, SliceControl(group, context), &sequence, timings) {
            (sequence, control) throws(RingCorruption) in
            try trip.value.ask(from: sequence, count: batch, control: control)
          }
        }
      }
    }
    let answering = LiveMember(role: "answering", cpu: placement.consumer) { group in
      let trip = Box(try make(false))
      var sequence: UInt64 = 0
      return { context in
        let control = SliceControl(group, context)
        do throws(RingCorruption) {
          guard let bad = try trip.value.answer(from: &sequence, control: control) else {
            return SliceReport()
          }
          control.stop()
          return SliceReport(bad)
        } catch {
          control.stop()
          return SliceReport(error)
        }
      }
    }
    return LiveVariant(name: item.path, members: [asking, answering])
  }

  /// Runs batches until the end of the slice, each between two readings of the counter.
  @inline(__always) private static func timed(
    _ context: SliceContext, _ control: SliceControl, _ sequence: inout UInt64,
    _ histogram: SharedHistogram,
    _ body: (UInt64, SliceControl) throws(RingCorruption) -> BadMessage?
  ) -> SliceReport {
    let first = sequence
    let begin = platform_counter()
    let deadline = begin &+ context.ticks
    var now = begin
    do throws(RingCorruption) {
      while now < deadline {
        if let bad = try body(sequence, control) {
          control.stop()
          return SliceReport(bad)
        }
        if control.isStopped { break }
        sequence &+= UInt64(batch)
        let after = platform_counter()
        histogram.record(after &- now)
        now = platform_counter()
      }
    } catch {
      control.stop()
      return SliceReport(error)
    }
    control.end(at: sequence)
    return SliceReport(
      records: sequence &- first, bytes: 0,
      nanoseconds: context.clock.nanoseconds(ticks: now &- begin))
  }
}
