// The output of `collect`: every frame goes to the trace file as it is, and is walked once for what
// the summary says: calls by function, threads, images and their modules.
//
// In place: what is read of a record is loaded once, checked and used as a copy, so that a traced
// program that is broken can spoil its own figures and nothing else.

import CTracerShm
import Glibc
import HardwareMemory
import TracerCore
import TracerShm

/// Writes frames to a trace file and counts what is in them.
struct CollectOutput: LaneOutput {
  /// Functions that are told apart, in all images together.
  static let mostFunctions = 1 << 20
  /// Processes that are told apart.
  static let mostProcesses = 1 << 16

  /// What a lane of the region is about at present.
  private struct LaneUse {
    var slotEpoch: UInt64 = .max
    var process = ProcessIdentity(pid: 0, startTimeTicks: 0)
    /// The age of its image that its last event fell into.
    var age = 0
    /// The age that the modules it writes down belong to.
    var listedAge = 0
  }

  /// The age at hand, with its table taken out of its array.
  private struct AgeAtHand {
    let age: Int
    let times: Range<UInt64>
    var counts: FunctionCounts
  }

  let file: TraceFileWriter
  private let slots: ThreadSlots<HardwareMemory>
  private var lanes: [LaneUse]
  private(set) var images = ProgramImages()
  private var room = CollectOutput.mostFunctions
  private(set) var events: UInt64 = 0
  private(set) var otherRecords: UInt64 = 0
  private(set) var threads = 0
  private(set) var processes: Set<ProcessIdentity> = []

  init(file: TraceFileWriter, region: TracerRegion) {
    self.file = file
    slots = region.lanes.slots
    lanes = [LaneUse](repeating: LaneUse(), count: region.lanes.slots.count)
  }

  /// Calls of functions that found no room to be told apart.
  var otherCalls: UInt64 { images.ages.reduce(0) { $0 &+ $1.counts.others } }

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

  /// Looks for modules where it is due. Between passes.
  mutating func lookForModules() { images.lookAgain() }

  /// Walks a frame. The table of the age at hand is taken out of its array meanwhile: the
  /// controller has to keep up with programs that do nothing but call functions.
  private mutating func count(_ records: LaneRecords<HardwareMemory>, slot: Int) {
    let memory = records.memory
    var newFunctions: [(address: UInt64, age: Int)] = []
    var current = take(lanes[slot].age)
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
        let time = memory.loadPayload(at: payload)
        if !current.times.contains(time) { change(&current, to: images.age(current.age, at: time)) }
        let function = memory.loadPayload(at: payload &+ 8)
        if current.counts.count(function) { newFunctions.append((function, current.age)) }
      case (TRACER_INSTRUMENT_EXIT.rawValue, 16): events &+= 1
      case (TRACER_INSTRUMENT_THREAD.rawValue, 8):
        let age = images.newestAge(of: memory.loadPayload(at: payload))
        lanes[slot].listedAge = age
        change(&current, to: age)
      case (TRACER_INSTRUMENT_UNLOAD.rawValue, 16):
        lanes[slot].listedAge = images.unload(
          from: memory.loadPayload(at: payload &+ 8), at: memory.loadPayload(at: payload))
        // Its times are others now.
        change(&current, to: current.age)
      case (TRACER_INSTRUMENT_MODULE.rawValue, 33...):
        addModule(memory, at: payload, byteCount: record.byteCount, slot: slot)
      default: otherRecords &+= 1
      }
    }
    putBack(current)
    lanes[slot].age = current.age
    for (function, age) in newFunctions {
      images.find(function, age: age, process: lanes[slot].process)
    }
  }

  private mutating func take(_ age: Int) -> AgeAtHand {
    var counts = images.takeCounts(age)
    counts.room = room
    return AgeAtHand(age: age, times: images.ages[age].times, counts: counts)
  }

  private mutating func putBack(_ current: AgeAtHand) {
    room = current.counts.room
    images.putBack(current.counts, current.age)
  }

  private mutating func change(_ current: inout AgeAtHand, to age: Int) {
    putBack(current)
    // Given up first: a table with two owners would be copied at its next change.
    current.counts = .placeHolder
    current = take(age)
  }

  /// A thread that comes to a slot.
  private mutating func beginUse(of slot: Int, epoch: UInt64) throws(TraceFileError) {
    let process = ProcessIdentity(
      pid: slots.state(of: slot).owner, startTimeTicks: slots.ownerStart(of: slot))
    lanes[slot] = LaneUse(slotEpoch: epoch, process: process)
    threads += 1
    if processes.count < CollectOutput.mostProcesses { processes.insert(process) }
    try file.write(
      TraceThread(
        slot: slot, slotEpoch: epoch, process: process, thread: slots.threadIdentifier(of: slot)))
  }

  private mutating func addModule(
    _ memory: HardwareMemory, at payload: Int, byteCount: Int, slot: Int
  ) {
    let begin = memory.loadPayload(at: payload + 16)
    let end = memory.loadPayload(at: payload + 24)
    // The agent writes no longer path; a broken one shall not fill our memory.
    guard begin < end, byteCount - 32 <= Int(PATH_MAX) else { return }
    let path = memory.withPayload(at: payload + 32, byteCount: byteCount - 32) { span in
      span.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
    images.add(
      LoadedModule(bias: memory.loadPayload(at: payload + 8), addresses: begin..<end, path: path),
      to: lanes[slot].listedAge)
  }
}
