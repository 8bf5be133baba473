// The processes of the time sweep, as users run them: an agent and a controller of the library, on a
// region that each of them opens for itself where it has a name, with a trace file as the output.

import Glibc
import HardwareMemory
import TracerCore
import TracerShm

/// Where a run takes place: its region, its output, and the ledger of notes.
struct TracerPlace {
  let region: TracerRegion
  let outputPath: String
  let ledger: CrashLedger

  /// The region as another process gets at it: by name, or inherited where there is none.
  func opened() throws(CrashFinding) -> TracerRegion {
    switch region.region.backing {
    case .anonymous, .memfd: return region
    case .shm, .file:
      return try survivor { () throws(TracerError) in try TracerRegion.open(region.region.backing) }
    }
  }

  /// Lanes and notes, for checks.
  var world: CrashWorld<HardwareMemory> { CrashWorld(lanes: region.lanes, ledger: ledger) }
}

/// An error of the library is what a survivor may not meet.
func survivor<Value: ~Copyable, Failure: Error>(
  _ body: () throws(Failure) -> Value
) throws(CrashFinding) -> Value {
  do throws(Failure) { return try body() } catch {
    throw CrashFinding(.survivorsFinish, "\(error)")
  }
}

/// A traced process with one thread.
struct TracerAgentActor: CrashActor, ~Copyable {
  private let place: TracerPlace
  private var thread: AgentThread?
  /// The slot of `thread`.
  private var slot: Int?

  init(_ place: TracerPlace) { self.place = place }

  /// Whether the notes of both lanes have room for more records.
  var hasRoom: Bool {
    guard let slot else { return false }
    return LaneKind.allCases.allSatisfy { !notes(slot, $0).isFull }
  }

  mutating func perform(_ step: CrashStep) throws(CrashFinding) {
    switch step {
    case .claim:
      let region = try place.opened()
      let agent = try survivor { () throws(TracerError) in try Agent(region) }
      thread = try survivor { () throws(TracerError) in try agent.attachThread() }
      slot = thread?.slot
    case .leave:
      thread.take()?.detach()
      slot = nil
    case .mark:
      do throws(TracerError) { try thread?.mark() } catch {
        throw CrashFinding(.survivorsFinish, "\(error)")
      }
    case .flush: _ = thread?.flush()
    case .reserve, .cancel: reserve(.index, isCancelled: step == .cancel)
    case .detail: attempt(.detail)
    case .tooLarge: attempt(.index, isTooLarge: true)
    case .detailTooLarge: attempt(.detail, isTooLarge: true)
    default: attempt(.index)
    }
  }

  private func notes(_ slot: Int, _ kind: LaneKind) -> LaneNotes {
    place.world.notes(LaneIdentifier(slot: slot, kind: kind))
  }

  private mutating func attempt(_ kind: LaneKind, isTooLarge: Bool = false) {
    guard let slot, let sequence = thread?.sequence(kind) else { return }
    let lane = LaneIdentifier(slot: slot, kind: kind).number
    let notes = notes(slot, kind)
    let count = CrashPattern.wordCount(sequence)
    let type = CrashPattern.type(sequence)
    // Beyond any ring of a sweep.
    let byteCount = isTooLarge ? 1 << 20 : 8 * count
    notes.begin()
    let outcome =
      switch kind {
      case .index:
        thread?.writeIndex(type: type, byteCount: byteCount) { memory, offset in
          CrashPattern.fill(memory, offset, lane: lane, sequence: sequence, count: count)
        }
      case .detail:
        thread?.writeDetail(type: type, byteCount: byteCount) { memory, offset in
          CrashPattern.fill(memory, offset, lane: lane, sequence: sequence, count: count)
        }
      }
    notes.note(outcome, sequence)
  }

  private mutating func reserve(_ kind: LaneKind, isCancelled: Bool) {
    guard let slot, let sequence = thread?.sequence(kind),
      let memory = thread?.memory
    else { return }
    let lane = LaneIdentifier(slot: slot, kind: kind).number
    let notes = notes(slot, kind)
    let count = CrashPattern.wordCount(sequence)
    notes.begin()
    switch thread?.tryReserve(kind, byteCount: 8 * count + 8) {
    case .reserved(let reservation):
      CrashPattern.fill(
        memory, reservation.payloadOffset, lane: lane, sequence: sequence, count: count + 1)
      if isCancelled {
        thread?.cancel(kind, reservation)
        notes.cancel()
      } else {
        thread?.commit(
          kind, reservation, type: CrashPattern.type(sequence), byteCount: 8 * count)
        notes.note(.written, sequence)
      }
    case .lost(let cause): notes.note(.lost(cause), sequence)
    case nil: break
    }
  }
}

/// A process that drains into a trace file.
struct TracerControllerActor: CrashActor, ~Copyable {
  /// A slot whose owner is dead has to be free again by then: far beyond any pass.
  private static let longestRecoverySeconds = 10
  private static let longestWaitNanoseconds: UInt64 = 200_000

  private let place: TracerPlace
  private var controller: Controller?
  private var output: TraceFileWriter?

  init(_ place: TracerPlace) { self.place = place }

  mutating func perform(_ step: CrashStep) throws(CrashFinding) {
    if controller == nil { try takeOver() }
    guard var output else { return }
    switch step {
    case .drain: _ = try survivor { try controller?.drain(into: &output) }
    case .drainActive: _ = try survivor { try controller?.snapshotActive(into: &output) }
    case .requestFlush: _ = controller?.requestFlush()
    case .wait:
      _ = controller?.wait(timeoutNanoseconds: TracerControllerActor.longestWaitNanoseconds)
    case .recover: try recover(&output)
    default: preconditionFailure("\(step) is the agent's")
    }
    try checkQuarantine()
  }

  /// Gives the region up and ends the file.
  consuming func finish() throws(CrashFinding) {
    controller.take()?.close()
    if let output { try survivor { () throws(TraceFileError) in try output.close() } }
  }

  private mutating func takeOver() throws(CrashFinding) {
    let region = try place.opened()
    let output = try survivor { () throws(TraceFileError) in
      try TraceFileWriter(
        resuming: place.outputPath, session: region.region.superblock.session)
    }
    controller = try survivor { () throws(TracerError) in
      try Controller(region, resuming: output.accounts)
    }
    self.output = output
  }

  /// Drains until every thread that left or died is dealt with.
  private mutating func recover(_ output: inout TraceFileWriter) throws(CrashFinding) {
    let slots = place.region.lanes.slots
    let end = time(nil) + TracerControllerActor.longestRecoverySeconds
    repeat {
      _ = try survivor { try controller?.drain(into: &output) }
      if (0..<slots.count).allSatisfy({ slots.state(of: $0).phase == .free }) { return }
    } while time(nil) < end
    throw CrashFinding(
      .survivorsFinish,
      "\(TracerControllerActor.longestRecoverySeconds) s of draining freed no slot of a dead owner")
  }

  private func checkQuarantine() throws(CrashFinding) {
    for lane in place.world.laneIdentifiers {
      guard let corruption = controller?.quarantine(of: lane) else { continue }
      throw CrashFinding(.honestLaneIsClean, "\(lane): \(corruption)")
    }
  }
}
