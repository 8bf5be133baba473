// The side page of a lane torture: shared by bench, agents and controllers, outside the region.
//
//        0  the bench's words             128  the first finding         512  controller's place
//      640  counters                     1024  incarnations of agents that are being killed
//     8192  places of threads, 128 each        then ledgers of lanes, 512 each: the agents' half
//                                              (`LaneLedger`), the output's (`LaneStock`)
//
// Nothing here depends on what is tortured.

import HardwareMemory
import Harness
import MemoryInterface
import TracerCore

struct LaneBoard {
  let memory: HardwareMemory
  let threads: Int
  let lanes: Int

  private static let edge = SyncEdge(906)
  private static let finishOffset = 0
  private static let drainOffset = 8
  private static let phaseOffset = 16
  private static let closedOffset = 24
  private static let findingOffset = 128
  private static let findingTextOffset = 136
  private static let controllerOffset = 512
  private static let countersOffset = 640
  private static let incarnationsOffset = 1024
  private static let threadsOffset = 8192
  /// Agents of one round, those that follow killed ones included.
  static let mostIncarnations = (threadsOffset - incarnationsOffset) / 8

  init(_ memory: HardwareMemory, _ plan: LanePlan) {
    self.memory = memory
    threads = plan.agentCount * plan.threadCount
    lanes = plan.geometry.threadSlots * LaneKind.allCases.count
  }

  /// Bytes of a round's board.
  static func byteCount(_ plan: LanePlan) -> Int {
    threadsOffset + 128 * plan.agentCount * plan.threadCount
      + LaneLedger.byteCount * 2 * plan.geometry.threadSlots
      + LaneStock.byteCount * 2 * plan.geometry.threadSlots
  }

  func word(_ offset: Int) -> HardwareWord { memory.word(at: offset) }

  // Requests of the bench. Relaxed: they carry no data.

  /// The bench: attempt nothing more, leave.
  func requestFinish() { word(LaneBoard.finishOffset).storeRelaxed(1) }
  var isFinishing: Bool { word(LaneBoard.finishOffset).loadRelaxed() != 0 }
  /// The bench: all agents have ended; drain to empty and end as well.
  func requestDrain() { word(LaneBoard.drainOffset).storeRelaxed(1) }
  var isDraining: Bool { word(LaneBoard.drainOffset).loadRelaxed() != 0 }

  /// What threads are to do in a scenario that comes to rest now and then: `number` modulo 3.
  enum Phase: UInt64 {
    case traffic
    /// Come to rest and say so.
    case rest
    /// Fill every spare ring, and say how that went.
    case probe
  }

  /// The phase, counted over the round, so that an answer belongs to one of them.
  var phaseNumber: UInt64 {
    get { word(LaneBoard.phaseOffset).loadAcquire(LaneBoard.edge) }
    nonmutating set { word(LaneBoard.phaseOffset).storeRelease(newValue, LaneBoard.edge) }
  }

  /// The destroyer: no slot is claimed, and none may be claimed until this ends.
  var isClosed: Bool {
    get { word(LaneBoard.closedOffset).loadAcquire(LaneBoard.edge) != 0 }
    nonmutating set {
      word(LaneBoard.closedOffset).storeRelease(newValue ? 1 : 0, LaneBoard.edge)
    }
  }

  // What was found.

  /// Anybody: something is wrong. The first one is kept.
  func report(_ text: String) {
    let taken = memory.compareExchange(
      at: LaneBoard.findingOffset, expected: 0, desired: 1, .relaxed, LaneBoard.edge)
    guard taken.exchanged else { return }
    var copy = FixedText(text)
    withUnsafeBytes(of: &copy) { memory.copyPayload(from: $0, to: LaneBoard.findingTextOffset) }
    // Pairs with `finding`.
    word(LaneBoard.findingOffset).storeRelease(2, LaneBoard.edge)
  }

  /// What is wrong, if anything is.
  var finding: String? {
    // Pairs with `report`.
    guard word(LaneBoard.findingOffset).loadAcquire(LaneBoard.edge) == 2 else { return nil }
    return memory.withPayload(
      at: LaneBoard.findingTextOffset, byteCount: MemoryLayout<FixedText>.size
    ) { $0.unsafeLoad(as: FixedText.self).description }
  }

  // Who is where.

  /// The bench, before it kills an agent: what this incarnation holds is nobody's from now on.
  func setDying(_ incarnation: Int) {
    word(LaneBoard.incarnationsOffset + 8 * incarnation).storeRelease(1, LaneBoard.edge)
  }
  func isDying(_ incarnation: Int) -> Bool {
    word(LaneBoard.incarnationsOffset + 8 * incarnation).loadAcquire(LaneBoard.edge) != 0
  }

  var controller: LanePlace { LanePlace(memory, at: LaneBoard.controllerOffset) }
  func thread(_ index: Int) -> LanePlace {
    LanePlace(memory, at: LaneBoard.threadsOffset + 128 * index)
  }

  /// What is counted over the whole round, by whoever does it.
  enum Counter: Int, CaseIterable {
    case frames, refusals, flushes, closings, attachments, slotless, forks, probes, deaths
  }

  func count(_ counter: Counter, _ number: UInt64 = 1) {
    _ = memory.fetchAdd(
      number, at: LaneBoard.countersOffset + 8 * counter.rawValue, .relaxed, LaneBoard.edge)
  }
  func value(_ counter: Counter) -> UInt64 {
    word(LaneBoard.countersOffset + 8 * counter.rawValue).loadRelaxed()
  }

  func ledger(_ lane: LaneIdentifier) -> LaneLedger {
    LaneLedger(
      memory,
      at: LaneBoard.threadsOffset + 128 * threads
        + LaneLedger.byteCount * Int(lane.number))
  }
  func stock(_ lane: LaneIdentifier) -> LaneStock {
    LaneStock(
      memory,
      at: LaneBoard.threadsOffset + 128 * threads + LaneLedger.byteCount * lanes
        + LaneStock.byteCount * Int(lane.number))
  }
}

/// Where a thread or the controller stands. Stored by it, looked at by the bench: relaxed, since
/// nothing depends on it but a message, save for `rested`.
struct LanePlace {
  private let stepsWord: HardwareWord
  private let restedWord: HardwareWord

  init(_ memory: HardwareMemory, at offset: Int) {
    stepsWord = memory.word(at: offset)
    restedWord = memory.word(at: offset + 8)
  }

  /// Attempts of a thread, passes of a controller: grows as long as it gets on.
  var steps: UInt64 { stepsWord.loadRelaxed() }
  func step() { stepsWord.storeRelaxed(stepsWord.loadRelaxed() &+ 1) }

  /// The number of the phase that a thread has done with; of a controller, passes that found
  /// nothing to do.
  var rested: UInt64 { restedWord.loadAcquire(LanePlace.edge) }
  func rest(_ value: UInt64) { restedWord.storeRelease(value, LanePlace.edge) }
  private static let edge = SyncEdge(907)
}
