// What single operations of the rings cost in one process, with the ring in the cache.
//
// Question: what does the code itself cost, without a peer? Each benchmark fills a ring that is
// empty and empties it again, so no operation meets a full or an empty ring; what the other side's
// share of a pass costs is part of the figure and named in the benchmark's name. Excluded: all
// traffic between CPUs, which `tracer-bench` measures between processes.

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

let benchmarks = { @Sendable in
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .mallocCountTotal], warmupIterations: 10, scalingFactor: .one,
    maxDuration: .seconds(1), maxIterations: 100_000)

  Benchmark("write 16 B and drain × 1000") { benchmark in
    withByteRing { writer, reader in
      for _ in benchmark.scaledIterations {
        for step in 0..<count {
          blackHole(
            writer.tryWrite(type: 1, byteCount: 16) { memory, offset in
              memory.storePayload(UInt64(step), at: offset)
              memory.storePayload(~UInt64(step), at: offset &+ 8)
            })
        }
        blackHole(drainAll(&reader))
      }
    }
  }

  Benchmark("write 16 B with timestamp and drain × 1000") { benchmark in
    withByteRing { writer, reader in
      for _ in benchmark.scaledIterations {
        for step in 0..<count {
          blackHole(
            writer.tryWrite(type: 1, timestamp: platform_counter(), byteCount: 16) {
              memory, offset in
              memory.storePayload(UInt64(step), at: offset)
              memory.storePayload(~UInt64(step), at: offset &+ 8)
            })
        }
        blackHole(drainAll(&reader))
      }
    }
  }

  Benchmark("queue push and pop × 1000") { benchmark in
    withQueue { writer, reader in
      for _ in benchmark.scaledIterations {
        for step in 0..<count { blackHole(writer.tryPush(UInt64(step))) }
        for _ in 0..<count { blackHole(try? reader.tryPop()) }
      }
    }
  }
}
