// A compiled litmus test in the frame of batches.
//
// Raw addresses into the region: what is compiled from C takes nothing else. The rule against them
// has this exception by name.

import HardwareMemory

extension LitmusKernel: TortureKernel {
  var test: String { program.file.name }
  var mode: TortureMode { .batch }
  private var terms: Int { program.question.terms.count }
  var layout: TortureLayout {
    let processes = program.file.processes.count
    return TortureLayout(
      processes: processes, locations: program.file.locations.count,
      resultBytes: LitmusFrameSource.resultBytes(processes: processes, terms: terms))
  }
  /// The values of the terms; one word even where there is none.
  var wordsPerRecord: Int { max(terms, 1) }

  func work(_ process: Int, in region: TortureRegion) {
    var frame = BatchFrame(region, process: process)
    var worker = CompiledWorker(kernel: self, process: process)
    frame.run(&worker)
  }

  func add(count: UInt64, words: [UInt64], to slice: inout TortureSlice) {
    let values = words.prefix(terms).map { Int(Int64(bitPattern: $0)) }
    slice.outcomes[LitmusState(values: values), default: 0] += count
  }
}

/// One process of a compiled litmus test.
private struct CompiledWorker: BatchWorker {
  let kernel: LitmusKernel
  let process: Int

  var wordBytes: Int { kernel.wordBytes }
  var showsLocations: Bool { kernel.showsLocations }

  private func address(_ region: TortureRegion, _ offset: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: region.address)! + offset
  }

  func reset(_ batch: TortureBatch, location: Int, instances: Range<Int>) {
    kernel.functions.reset(
      address(batch.region, batch.firstLocation), batch.stride, Int32(location),
      instances.lowerBound, instances.upperBound)
  }

  func run(_ batch: TortureBatch, start: Int) {
    kernel.functions.run(
      address(batch.region, batch.firstLocation), batch.stride,
      address(batch.region, batch.results), Int32(process), start)
  }

  func tally(_ batch: TortureBatch, instances: Range<Int>) {
    kernel.functions.tally(
      address(batch.region, batch.firstLocation), batch.stride,
      address(batch.region, batch.results), Int32(process), instances.lowerBound,
      instances.upperBound)
  }

  func report(to region: TortureRegion) {
    let counts = region.layout.counts(of: process)
    kernel.functions.report(
      Int32(process),
      address(region, counts + TortureLayout.Counts.abandoned)
        .assumingMemoryBound(to: UInt64.self),
      address(region, counts + TortureLayout.Counts.firstRecord)
        .assumingMemoryBound(to: UInt64.self))
  }
}
