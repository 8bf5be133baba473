// The pairs of processes of an open-loop measurement, as the interleaver runs them.

import CPlatform
import HardwareMemory
import Harness
import TracerCore
import TracerShm

/// What the asking side of an open loop is told.
struct OpenLoopOrders {
  /// Messages a second, on average.
  var rate: Double
  var arrival: Arrival
  var seed: UInt64
}

enum OpenLoopVariants {
  /// Messages at intended times through two slot rings in `region`, of `capacity` slots each.
  static func rings(
    name: String, capacity: Int, region: SharedRegion, placement: PairPlacement,
    orders: OpenLoopOrders, response: SharedHistogram, service: SharedHistogram
  ) throws -> LiveVariant {
    let geometry = try SlotRingGeometry(slotByteCount: OpenLoop.slotByteCount, capacity: capacity)
    let there = SlotRing(formatting: region.payload, at: 0, geometry: geometry)
    let back = SlotRing(
      formatting: region.payload, at: ringByteCount(capacity: capacity), geometry: geometry)
    let asking = LiveMember(role: "asking", cpu: placement.producer) { group in
      let loop = Box(OpenLoop(writer: try there.makeWriter(), reader: try back.makeReader()))
      var sequence: UInt64 = 0
      return { context in
        ask(&loop.value, group, context, orders, &sequence, response, service)
      }
    }
    let answering = LiveMember(role: "answering", cpu: placement.consumer) { group in
      let loop = Box(OpenLoop(writer: try back.makeWriter(), reader: try there.makeReader()))
      var sequence: UInt64 = 0
      return { context in
        let control = SliceControl(group, context)
        return withExtendedLifetime(region) {
          do throws(RingCorruption) {
            guard let bad = try loop.value.answer(sequence: &sequence, control: control) else {
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
    }
    return LiveVariant(name: name, members: [asking, answering])
  }

  /// Bytes of one of the two rings, on lines of its own.
  static func ringByteCount(capacity: Int) -> Int {
    (RingHeader.data + capacity * OpenLoop.slotByteCount + 127) & ~127
  }

  private static func ask(
    _ loop: inout OpenLoop, _ group: GroupContext, _ context: SliceContext,
    _ orders: OpenLoopOrders, _ sequence: inout UInt64, _ response: SharedHistogram,
    _ service: SharedHistogram
  ) -> SliceReport {
    let control = SliceControl(group, context)
    let start = platform_counter()
    var schedule = ArrivalSchedule(
      arrival: orders.arrival, meanTicks: context.clock.ticksPerNanosecond * 1e9 / orders.rate,
      start: start, seed: orders.seed &+ UInt64(context.order))
    do throws(RingCorruption) {
      let outcome = try loop.ask(
        schedule: &schedule, deadline: start &+ context.ticks, sequence: &sequence,
        control: control
      ) { responseTicks, serviceTicks in
        response.record(responseTicks)
        service.record(serviceTicks)
      }
      if let bad = outcome.bad {
        control.stop()
        return SliceReport(bad)
      }
      return SliceReport(
        records: outcome.sent, bytes: outcome.sent * UInt64(OpenLoop.slotByteCount),
        nanoseconds: context.clock.nanoseconds(ticks: outcome.elapsedTicks))
    } catch {
      control.stop()
      return SliceReport(error)
    }
  }
}
