// A catalogue test in batches over the hardware.

import HardwareMemory
import MemoryInterface

/// A catalogue test that runs in batches.
struct CatalogueBatch: TortureKernel {
  let entry: LitmusCatalogue.Entry

  var test: String { entry.name }
  var mode: TortureMode { .batch }
  var layout: TortureLayout {
    TortureLayout(
      processes: entry.processes, locations: entry.locations,
      resultBytes: entry.processes * TortureLayout.instances * 8)
  }
  /// The key.
  var wordsPerRecord: Int { 1 }

  func work(_ process: Int, in region: TortureRegion) {
    var frame = BatchFrame(region, process: process)
    var worker = CatalogueWorker(entry, process: process)
    frame.run(&worker)
  }

  func add(count: UInt64, words: [UInt64], to slice: inout TortureSlice) {
    let values = OutcomeKey.values(of: entry.question.terms, in: words[0])
    slice.outcomes[LitmusState(values: values), default: 0] += count
  }
}

/// One process of a catalogue test.
private struct CatalogueWorker: BatchWorker {
  let entry: LitmusCatalogue.Entry
  let process: Int
  let showsLocations: Bool
  let mask: UInt64
  var counts = OutcomeCounts()

  init(_ entry: LitmusCatalogue.Entry, process: Int) {
    self.entry = entry
    self.process = process
    mask = OutcomeKey.mask(of: entry.question.terms)
    showsLocations = mask >> UInt64(OutcomeKey.firstLocationBit) != 0
  }

  var wordBytes: Int { 8 }

  func reset(_ batch: TortureBatch, location: Int, instances: Range<Int>) {
    let memory = batch.region.memory
    var offset = batch.firstLocation + location * TortureLayout.pitch
    offset += instances.lowerBound * batch.stride
    // Plain: nobody else touches these before the next meeting.
    for _ in instances {
      memory.storePayload(0, at: offset)
      offset &+= batch.stride
    }
  }

  func run(_ batch: TortureBatch, start: Int) {
    entry.runBatch(
      LitmusBatch(
        memory: batch.region.memory, process: process, first: batch.firstLocation,
        stride: batch.stride, pitch: TortureLayout.pitch,
        results: batch.results + 8 * TortureLayout.instances * process, start: start))
  }

  mutating func tally(_ batch: TortureBatch, instances: Range<Int>) {
    let memory = batch.region.memory
    let (processes, locations) = (entry.processes, entry.locations)
    for instance in instances {
      var key: UInt64 = 0
      for process in 0..<processes {
        let offset = batch.results &+ 8 &* (TortureLayout.instances &* process &+ instance)
        key |= memory.loadPayload(at: offset) &<< UInt64(OutcomeKey.bitsPerProcess &* process)
      }
      if showsLocations {
        for location in 0..<locations {
          let value = memory.loadPayload(
            at: batch.firstLocation &+ location &* TortureLayout.pitch
              &+ instance &* batch.stride)
          key |=
            value
            &<< UInt64(OutcomeKey.firstLocationBit &+ OutcomeKey.bitsPerValue &* location)
        }
      }
      counts.add(key & mask)
    }
  }

  func report(to region: TortureRegion) {
    region.setCount(TortureLayout.Counts.overflow, counts.overflow, of: process)
    region.setRecords(counts.all.map { [$0.count, $0.key] }, of: process)
  }
}

/// Counts of few distinct keys among many: open addressing, kept in the first-level cache.
struct OutcomeCounts {
  private static let slotBits: UInt64 = 8
  private static let slotCount = 1 << Int(slotBits)
  /// Searches longer than this are given up: there are too many keys.
  private static let maximumProbes = 64
  /// No key: its highest nibble stands for nothing.
  private static let empty = UInt64.max

  private var keys = [UInt64](repeating: OutcomeCounts.empty, count: OutcomeCounts.slotCount)
  private var counts = [UInt64](repeating: 0, count: OutcomeCounts.slotCount)
  /// Instances whose key found no slot.
  private(set) var overflow: UInt64 = 0

  mutating func add(_ key: UInt64) {
    // Fibonacci hashing: the highest bits of the product depend on all bits of the key.
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> (64 - Self.slotBits))
    for _ in 0..<Self.maximumProbes {
      if keys[slot] == key {
        counts[slot] &+= 1
        return
      }
      if keys[slot] == Self.empty {
        keys[slot] = key
        counts[slot] = 1
        return
      }
      slot = (slot &+ 1) & (Self.slotCount - 1)
    }
    overflow &+= 1
  }

  var all: [(key: UInt64, count: UInt64)] {
    zip(keys, counts).filter { $0.1 > 0 }.map { ($0.0, $0.1) }
  }
}
