// A peer that stores anything into its own position: the honest side stays within the ring.

import MemoryInterface
import ModelChecker
import TracerCore

private let capacity = 2

/// Stores, in any order and at any moment, positions that no honest peer has.
private func storeGarbage(
  _ context: ModelContext, at location: Int, _ first: UInt64, _ second: UInt64
) {
  context.store(location, first, .release)
  context.store(location, second, .release)
}

private let hostileReader = ModelProperty(
  "hostile/reader-position", "a writer never takes back more room than it published"
) {
  let geometry = try! SlotRingGeometry(slotByteCount: 8, capacity: capacity)
  return ModelProgram(
    name: "hostile/reader-position",
    processes: [
      ModelProcess("producer") { context in
        do {
          var writer = try SlotRing(in: ModelMemory(context), geometry: geometry).makeWriter()
          for number in 0..<UInt64(4) { _ = writer.tryPush(number) }
          context.require(
            writer.position <= UInt64(capacity), "positionsOrdered: the writer lapped the reader")
        } catch {
          // Garbage was there at once: refusing to attach is right.
        }
      },
      ModelProcess("reader") {
        storeGarbage($0, at: RingHeader.readPosition, 1 << 40, UInt64.max - 2)
      },
    ])
}

private let hostileWriter = ModelProperty(
  "hostile/writer-position", "a reader never sees a run beyond one capacity"
) {
  let geometry = try! SlotRingGeometry(slotByteCount: 8, capacity: capacity)
  return ModelProgram(
    name: "hostile/writer-position",
    processes: [
      ModelProcess("consumer") { context in
        do {
          var reader = try SlotRing(in: ModelMemory(context), geometry: geometry).makeReader()
          for _ in 0..<3 {
            let run = try reader.readableRun()
            context.require(run.count <= capacity, "a run exceeds the ring")
            context.require(reader.position == 0, "nothing was consumed")
          }
        } catch {
          // Corruption is reported, not followed.
        }
      },
      ModelProcess("writer") {
        storeGarbage($0, at: RingHeader.writePosition, 1 << 40, UInt64.max - 2)
      },
    ])
}

private let hostileLength = ModelProperty(
  "hostile/record-length", "a record that claims more than was published is not handed out"
) {
  let geometry = try! ByteRingGeometry(capacity: 64)
  return ModelProgram(
    name: "hostile/record-length",
    processes: [
      ModelProcess("consumer") { context in
        // Any length beyond the sixteen bytes that the position vouches for.
        let claimed = [9, 24, 56, 4096, 0xFFFF_FFFF][context.choose(5)]
        let memory = ModelMemory(context)
        memory.storePayload(UInt64(claimed), at: RingHeader.data)
        do {
          var reader = try ByteRing(in: memory, geometry: geometry).makeReader()
          _ = try reader.drain { _, record in
            context.require(record.byteCount <= 8, "a record reaches beyond what was published")
          }
          context.require(false, "a false length went unnoticed")
        } catch {
          // Corruption is reported, not followed.
        }
      }
    ],
    initial: [RingHeader.writePosition: 16])
}

let hostileProperties: [ModelProperty] = [hostileReader, hostileWriter, hostileLength]
