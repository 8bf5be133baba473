// The controller of a lane torture: a worker process that drains into the checker until the bench
// has enough and every slot is free. It may be stopped and killed at any instruction; its successor
// resumes from the output.

import HardwareMemory
import Harness
import TracerCore
import TracerShm

struct LaneControllerProcess: ~Copyable {
  private let plan: LanePlan
  private let board: LaneBoard
  private let region: TracerRegion
  private var controller: Controller
  private var checker: LaneChecker
  private var random: SplitMix64
  private var requests: LaneRequests
  private var isClosing = false

  /// With nothing to do it sleeps so long at most: the bench's requests come without a wake-up.
  private static let waitNanoseconds: UInt64 = 2_000_000
  /// Of so many passes one starts to close the slots, whoever is in; where that is asked for.
  private static let closingInterval: UInt64 = 256
  /// Of so many passes that find nobody in, one closes the slots.
  private static let surpriseInterval: UInt64 = 4

  /// Takes over, from a predecessor killed at any instruction or from nobody.
  ///
  /// - Parameter trace: the path of the trace file; `nil` for none.
  init(
    _ plan: LanePlan, board: LaneBoard, region: TracerRegion, trace: String?, incarnation: UInt64
  ) throws {
    let writer = try trace.map {
      try LaneTrace.resume(
        $0, session: region.region.superblock.session, board: board, lanes: plan.lanes)
    }
    var accounts: [LaneIdentifier: LaneAccount] = [:]
    for lane in plan.lanes { accounts[lane] = board.stock(lane).entry.account }
    controller = try Controller(region, resuming: accounts)
    self.plan = plan
    self.board = board
    self.region = region
    checker = LaneChecker(plan, board: board, trace: writer, incarnation: incarnation)
    random = plan.random(of: incarnation << 32)
    requests = LaneRequests(board: board, slots: plan.geometry.threadSlots)
  }

  /// Until the bench has enough and everything is drained, or somebody has found something.
  mutating func run() throws {
    let place = board.controller
    var idlePasses: UInt64 = place.rested
    while board.finding == nil {
      // Before the pass: whatever the agents have left is then in it.
      let isDraining = board.isDraining
      let isReading = random.next() % 4 == 0
      requests.prepare(&controller, wanted: plan.rules.asksForFlushes, isReading: isReading)
      let pass: LanePass
      do {
        pass =
          isReading
          ? try controller.snapshotActive(into: &checker).pass
          : try controller.drain(into: &checker).pass
      } catch is OutputRefused {
        requests.abandonReading()
        continue
      }
      place.step()
      if let text = misbehaviour(pass) ?? requests.check() { return board.report(text) }
      if plan.rules.closesSlots { closeSlots() }
      guard pass.isIdle else { continue }
      idlePasses += 1
      place.rest(idlePasses)
      if isDraining, isEmpty { return }
      _ = controller.wait(timeoutNanoseconds: LaneControllerProcess.waitNanoseconds)
    }
  }

  /// Between honest peers there is no corruption.
  private func misbehaviour(_ pass: LanePass) -> String? {
    guard pass.quarantinedLanes > 0 || pass.damagedRings > 0 else { return nil }
    for lane in plan.lanes {
      if let corruption = controller.quarantine(of: lane) {
        return "\(lane) is in quarantine: \(corruption)"
      }
    }
    return "\(pass.damagedRings) damaged rings"
  }

  private var isEmpty: Bool {
    let slots = region.lanes.slots
    return (0..<slots.count).allSatisfy { slots.state(of: $0).phase == .free }
  }

  /// As whoever destroys a region: closes, drains, closes again until nobody is in; then nobody
  /// may come in. Opens again after a while.
  private mutating func closeSlots() {
    let draw = random.next()
    let isSurprise = draw % LaneControllerProcess.surpriseInterval == 0 && isEmpty
    guard isClosing || isSurprise || draw >> 8 % LaneControllerProcess.closingInterval == 0 else {
      return
    }
    let slots = region.lanes.slots
    isClosing = !slots.close()
    if isClosing { return }
    board.isClosed = true
    TortureDelay.random(random.next())
    if !isEmpty { board.report("a slot was claimed though all are closed") }
    board.isClosed = false
    board.count(.closings)
    slots.reopen()
  }
}
