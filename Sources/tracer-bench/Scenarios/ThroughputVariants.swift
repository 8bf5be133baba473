// The pairs of processes of a throughput measurement, as the interleaver runs them.
//
// The consumer's account counts: it starts its clock at the barrier and stops it when the last
// message of the slice is checked. Data are written by the producer's CPU and read by the
// consumer's.

import CPlatform
import HardwareMemory
import Harness
import MemoryInterface
import TracerCore
import TracerShm

/// On which CPUs the two sides run.
struct PairPlacement: Equatable {
  var producer: Int
  var consumer: Int
}

enum ThroughputVariants {
  /// A pair that moves messages through a ring in `region`.
  static func traffic(
    _ item: TrafficCase, region: SharedRegion, placement: PairPlacement, spoiledMessage: UInt64?
  ) throws -> LiveVariant {
    switch item.ring {
    case .slots:
      return slots(
        item, try item.slotRing(formatting: region.payload, at: 0), region, placement,
        spoiledMessage)
    case .records:
      return records(
        item, try item.byteRing(formatting: region.payload, at: 0), region, placement,
        spoiledMessage)
    }
  }

  private static func slots(
    _ item: TrafficCase, _ ring: SlotRing<HardwareMemory>, _ region: SharedRegion,
    _ placement: PairPlacement, _ spoiledMessage: UInt64?
  ) -> LiveVariant {
    let producer = LiveMember(role: "producer", cpu: placement.producer) { group in
      var sequence: UInt64 = 0
      return { context in
        let first = sequence
        sequence = try SlotTraffic.produce(
          ring, policy: item.policy, wordCount: item.wordCount, from: sequence,
          orders: orders(item, context, spoiledMessage), control: SliceControl(group, context))
        return report(item, sequence &- first, ticks: context.ticks, context)
      }
    }
    let consumer = LiveMember(role: "consumer", cpu: placement.consumer) { group in
      var sequence: UInt64 = 0
      return { context in
        // The region is mapped as long as this closure lives.
        withExtendedLifetime(region) {
          consume(item, context, SliceControl(group, context), &sequence) {
            (sequence, control) throws(RingCorruption) in
            try SlotTraffic.consume(
              ring, wordCount: item.wordCount, sequence: &sequence, control: control)
          }
        }
      }
    }
    return LiveVariant(name: item.path, members: [producer, consumer])
  }

  private static func records(
    _ item: TrafficCase, _ ring: ByteRing<HardwareMemory>, _ region: SharedRegion,
    _ placement: PairPlacement, _ spoiledMessage: UInt64?
  ) -> LiveVariant {
    let producer = LiveMember(role: "producer", cpu: placement.producer) { group in
      var sequence: UInt64 = 0
      return { context in
        let first = sequence
        sequence = try RecordTraffic.produce(
          ring, policy: item.policy, wordCount: item.wordCount, from: sequence,
          orders: orders(item, context, spoiledMessage), control: SliceControl(group, context))
        return report(item, sequence &- first, ticks: context.ticks, context)
      }
    }
    let consumer = LiveMember(role: "consumer", cpu: placement.consumer) { group in
      var sequence: UInt64 = 0
      return { context in
        withExtendedLifetime(region) {
          consume(item, context, SliceControl(group, context), &sequence) {
            (sequence, control) throws(RingCorruption) in
            try RecordTraffic.consume(
              ring, wordCount: item.wordCount, sequence: &sequence, control: control)
          }
        }
      }
    }
    return LiveVariant(name: item.path, members: [producer, consumer])
  }

  /// The name of the pair that measures the limit.
  static let limitName = "streaming limit"

  /// A pair that measures the streaming limit over a buffer of `byteCount` bytes.
  static func streamingLimit(
    region: SharedRegion, byteCount: Int, placement: PairPlacement
  ) -> LiveVariant {
    let buffer = StreamingLimit(region.payload, byteCount: byteCount)
    let producer = LiveMember(role: "producer", cpu: placement.producer) { group in
      var quarter: UInt64 = 0
      return { context in
        quarter = buffer.produce(
          from: quarter, deadline: platform_counter() &+ context.ticks,
          control: SliceControl(group, context))
        return SliceReport()
      }
    }
    let consumer = LiveMember(role: "consumer", cpu: placement.consumer) { group in
      var quarter: UInt64 = 0
      return { context in
        let control = SliceControl(group, context)
        let first = quarter
        let start = platform_counter()
        let bad = withExtendedLifetime(region) {
          buffer.consume(quarter: &quarter, control: control)
        }
        let ticks = platform_counter() &- start
        if let bad {
          control.stop()
          return SliceReport(bad)
        }
        let quarters = quarter &- first
        return SliceReport(
          records: quarters, bytes: quarters * UInt64(buffer.portionByteCount),
          nanoseconds: context.clock.nanoseconds(ticks: ticks))
      }
    }
    return LiveVariant(name: limitName, members: [producer, consumer])
  }

  private static func orders(
    _ item: TrafficCase, _ context: SliceContext, _ spoiledMessage: UInt64?
  ) -> ProducerOrders {
    ProducerOrders(
      deadline: platform_counter() &+ context.ticks, publishEvery: item.publishEvery,
      spoiledMessage: spoiledMessage ?? .max)
  }

  private static func consume(
    _ item: TrafficCase, _ context: SliceContext, _ control: SliceControl,
    _ sequence: inout UInt64,
    _ body: (inout UInt64, SliceControl) throws(RingCorruption) -> BadMessage?
  ) -> SliceReport {
    let first = sequence
    let start = platform_counter()
    do throws(RingCorruption) {
      let bad = try body(&sequence, control)
      let ticks = platform_counter() &- start
      guard let bad else { return report(item, sequence &- first, ticks: ticks, context) }
      control.stop()
      return SliceReport(bad)
    } catch {
      control.stop()
      return SliceReport(error)
    }
  }

  private static func report(
    _ item: TrafficCase, _ records: UInt64, ticks: UInt64, _ context: SliceContext
  ) -> SliceReport {
    SliceReport(
      records: records, bytes: records &* UInt64(item.size),
      nanoseconds: context.clock.nanoseconds(ticks: ticks))
  }
}
