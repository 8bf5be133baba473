// What single operations of the rings cost in one process, with the ring in the cache.
//
// Question: what do a thousand operations cost by themselves, without a peer? A ring that is empty
// is filled and emptied again; only one of the two is timed, save for the queue, whose name says
// both. Excluded: all traffic between CPUs, which `tracer-bench` measures between processes.

import Benchmark
import CPlatform
import HardwareMemory
import TracerCore

/// Operations of one iteration: fits the rings below.
private let count = 1_000
/// 64 KiB: half of a second-level cache of 128 KiB and more.
private let ringByteCount = 1 << 16

private func withByteRing(
  _ body: (inout ByteRingWriter<HardwareMemory>, inout ByteRingReader<HardwareMemory>) -> Void
) {
  do {
    let geometry = try ByteRingGeometry(capacity: ringByteCount)
    let mapping = try Mapping(descriptor: nil, byteCount: geometry.byteCount)
    let ring = ByteRing(formatting: mapping.memory, geometry: geometry)
    var writer = try ring.makeWriter(policy: .everyRecord)
    var reader = try ring.makeReader()
    body(&writer, &reader)
  } catch { fatalError("the ring cannot be made: \(error)") }
}

private func withQueue(
  _ body: (inout SlotRingWriter<HardwareMemory>, inout SlotRingReader<HardwareMemory>) -> Void
) {
  do {
    let geometry = try SlotRingGeometry(slotByteCount: 8, capacity: 1024)
    let mapping = try Mapping(descriptor: nil, byteCount: geometry.byteCount)
    let ring = SlotRing(formatting: mapping.memory, geometry: geometry)
    var writer = try ring.makeWriter(policy: .everyRecord)
    var reader = try ring.makeReader()
    body(&writer, &reader)
  } catch { fatalError("the ring cannot be made: \(error)") }
}

/// Reads everything; returns a sum, so that nothing can be left out.
private func drainAll(_ reader: inout ByteRingReader<HardwareMemory>) -> UInt64 {
  var sum: UInt64 = 0
  while let taken = try? reader.drain({ memory, record in
    sum &+= memory.loadPayload(at: record.payloadOffset)
  }), taken > 0 {}
  return sum
}

/// The number of records written: used once, so that none can be left out and nothing else is timed.
private func write16(_ writer: inout ByteRingWriter<HardwareMemory>) -> Int {
  var written = 0
  for step in 0..<count {
    let outcome = writer.tryWrite(type: 1, byteCount: 16) { memory, offset in
      memory.storePayload(UInt64(step), at: offset)
      memory.storePayload(~UInt64(step), at: offset &+ 8)
    }
    if outcome == .written { written &+= 1 }
  }
  return written
}

private func write16WithTimestamp(_ writer: inout ByteRingWriter<HardwareMemory>) -> Int {
  var written = 0
  for step in 0..<count {
    let outcome = writer.tryWrite(
      type: 1, timestamp: platform_counter(), byteCount: 16
    ) { memory, offset in
      memory.storePayload(UInt64(step), at: offset)
      memory.storePayload(~UInt64(step), at: offset &+ 8)
    }
    if outcome == .written { written &+= 1 }
  }
  return written
}

private func pushAndPop(
  _ writer: inout SlotRingWriter<HardwareMemory>, _ reader: inout SlotRingReader<HardwareMemory>
) -> UInt64 {
  var sum: UInt64 = 0
  for step in 0..<count where writer.tryPush(UInt64(step)) { sum &+= 1 }
  while let value = try? reader.tryPop() { sum &+= value }
  return sum
}

let benchmarks = { @Sendable in
  // Four times the stored figure: another machine, or this one in another mood, is not a
  // regression; a call or an allocation that slipped into the path is.
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock], warmupIterations: 10, scalingFactor: .one, maxDuration: .seconds(1),
    maxIterations: 100_000, thresholds: [.wallClock: .init(relative: [.p90: 300])])

  Benchmark("1000-writes-of-16-bytes") { benchmark in
    withByteRing { writer, reader in
      for _ in benchmark.scaledIterations {
        benchmark.startMeasurement()
        blackHole(write16(&writer))
        benchmark.stopMeasurement()
        blackHole(drainAll(&reader))
      }
    }
  }

  Benchmark("1000-writes-of-16-bytes-with-timestamp") { benchmark in
    withByteRing { writer, reader in
      for _ in benchmark.scaledIterations {
        benchmark.startMeasurement()
        blackHole(write16WithTimestamp(&writer))
        benchmark.stopMeasurement()
        blackHole(drainAll(&reader))
      }
    }
  }

  Benchmark("1000-records-drained") { benchmark in
    withByteRing { writer, reader in
      for _ in benchmark.scaledIterations {
        blackHole(write16(&writer))
        benchmark.startMeasurement()
        blackHole(drainAll(&reader))
        benchmark.stopMeasurement()
      }
    }
  }

  Benchmark("1000-words-pushed-and-popped") { benchmark in
    withQueue { writer, reader in
      for _ in benchmark.scaledIterations {
        blackHole(pushAndPop(&writer, &reader))
      }
    }
  }
}
