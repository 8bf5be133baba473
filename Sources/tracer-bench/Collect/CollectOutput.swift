// The output of `collect`: every frame goes to the trace file as it is, and is walked once for what
// the summary says: calls by function, threads, images and their modules.
//
// In place: what is read of a record is loaded once, checked and used as a copy, so that a traced
// program that is broken can spoil its own figures and nothing else.

import CTracerShm
import HardwareMemory
import TracerCore
import TracerShm

/// Writes frames to a trace file and counts what is in them.
struct CollectOutput: LaneOutput {
  /// What a lane of the region is about at present.
  private struct LaneUse {
    var slotEpoch: UInt64 = .max
    var process = ProcessIdentity(pid: 0, startTimeTicks: 0)
    var image = 0
  }

  let file: TraceFileWriter
  private let slots: ThreadSlots<HardwareMemory>
  private var lanes: [LaneUse]
  /// Images by the numbers in records; entry zero is for lanes that have not said theirs.
  private var imageNumbers: [UInt64] = [0]
  private(set) var images = ProgramImages()
  /// By image.
  private(set) var counts = [FunctionCounts()]
  private(set) var events: UInt64 = 0
  private(set) var otherRecords: UInt64 = 0
  private(set) var threads = 0
  private(set) var processes: Set<ProcessIdentity> = []

  init(file: TraceFileWriter, region: TracerRegion) {
    self.file = file
    slots = region.lanes.slots
    lanes = [LaneUse](repeating: LaneUse(), count: region.lanes.slots.count)
  }

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(TraceFileError) {
    let slot = frame.lane.slot
    // The frame of a thread's end has no ring behind it, and no new owner.
    if frame.generation != 0, lanes[slot].slotEpoch != frame.slotEpoch {
      try beginUse(of: slot, epoch: frame.slotEpoch)
    }
    try file.write(frame, records)
    count(records, slot: slot)
  }

  /// Walks a frame. The table of the image at hand is taken out of its array meanwhile: the
  /// controller has to keep up with programs that do nothing but call functions.
  private mutating func count(_ records: LaneRecords<HardwareMemory>, slot: Int) {
    let memory = records.memory
    var newFunctions: [UInt64] = []
    var image = lanes[slot].image
    var table = takeTable(image)
    var position = 0
    while position < records.byteCount {
      // Checked by the drain, and by this process's own look again: the rest is the program's.
      guard let (item, next) = try? records.item(at: position) else { break }
      position = next
      guard case .record(let record) = item else { continue }
      let payload = record.payloadOffset
      switch (UInt32(record.type), record.byteCount) {
      case (TRACER_INSTRUMENT_ENTER.rawValue, 24):
        events &+= 1
        let function = memory.loadPayload(at: payload &+ 8)
        if table.count(function) { newFunctions.append(function) }
      case (TRACER_INSTRUMENT_EXIT.rawValue, 16): events &+= 1
      case (TRACER_INSTRUMENT_THREAD.rawValue, 8):
        counts[image] = table
        image = imageIndex(memory.loadPayload(at: payload))
        lanes[slot].image = image
        table = takeTable(image)
      case (TRACER_INSTRUMENT_MODULE.rawValue, 33...):
        addModule(memory, at: payload, byteCount: record.byteCount)
      default: otherRecords &+= 1
      }
    }
    counts[image] = table
    for function in newFunctions { find(function, image: image, slot: slot) }
  }

  private mutating func takeTable(_ image: Int) -> FunctionCounts {
    let table = counts[image]
    counts[image] = .placeHolder
    return table
  }

  /// Calls by name, most calls first: same names of several images together.
  func functions() -> [(name: String, calls: UInt64)] {
    var images = images
    var calls: [String: UInt64] = [:]
    for (index, count) in counts.enumerated() {
      for (address, number) in count.all {
        calls[images.name(of: address, image: imageNumbers[index]), default: 0] &+= number
      }
    }
    return calls.map { (name: $0.key, calls: $0.value) }
      .sorted { ($1.calls, $0.name) < ($0.calls, $1.name) }
  }

  /// Names of all addresses, for the file. One address that means different functions in several
  /// images has all their names.
  func symbols() -> [TraceSymbol] {
    var images = images
    var names: [UInt64: Set<String>] = [:]
    for (index, count) in counts.enumerated() {
      for (address, _) in count.all {
        names[address, default: []].insert(images.name(of: address, image: imageNumbers[index]))
      }
    }
    return names.sorted { $0.key < $1.key }.map {
      TraceSymbol(address: $0.key, name: $0.value.sorted().joined(separator: " | "))
    }
  }

  /// A thread that comes to a slot.
  private mutating func beginUse(of slot: Int, epoch: UInt64) throws(TraceFileError) {
    let process = ProcessIdentity(
      pid: slots.state(of: slot).owner, startTimeTicks: slots.ownerStart(of: slot))
    lanes[slot] = LaneUse(slotEpoch: epoch, process: process)
    threads += 1
    processes.insert(process)
    try file.write(
      TraceThread(
        slot: slot, slotEpoch: epoch, process: process, thread: slots.threadIdentifier(of: slot)))
  }

  private mutating func imageIndex(_ number: UInt64) -> Int {
    if let index = imageNumbers.firstIndex(of: number), index > 0 { return index }
    // A broken program could make up any number of images: what is beyond shares the first entry.
    guard imageNumbers.count < CollectOutput.mostImages else { return 0 }
    imageNumbers.append(number)
    counts.append(FunctionCounts())
    images.add(nil, image: number)
    return imageNumbers.count - 1
  }

  private static var mostImages: Int { 4096 }

  private mutating func addModule(_ memory: HardwareMemory, at payload: Int, byteCount: Int) {
    let begin = memory.loadPayload(at: payload + 16)
    let end = memory.loadPayload(at: payload + 24)
    guard begin < end else { return }
    let path = memory.withPayload(at: payload + 32, byteCount: byteCount - 32) { span in
      span.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
    images.add(
      LoadedModule(bias: memory.loadPayload(at: payload + 8), addresses: begin..<end, path: path),
      image: memory.loadPayload(at: payload))
  }

  /// A function seen for the first time: its module is looked for while the process may live.
  private mutating func find(_ function: UInt64, image: Int, slot: Int) {
    let number = imageNumbers[image]
    if images.module(of: function, image: number) == nil {
      images.refresh(image: number, process: lanes[slot].process.pid)
    }
  }
}
