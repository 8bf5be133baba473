// What a thread of an agent does in a lane torture: attach, attempt, mark, flush, nap, leave, and
// all over again.

import CPlatform
import Glibc
import HardwareMemory
import Harness
import TracerCore
import TracerShm

struct LaneTraffic {
  let plan: LanePlan
  let board: LaneBoard
  let agent: Agent
  /// Of the agent; another one for whoever follows a killed agent.
  let incarnation: Int
  /// Counted over all agents.
  let thread: Int
  private var random: SplitMix64
  private var place: LanePlace { board.thread(thread) }
  private var lanes: Lanes<HardwareMemory> { agent.region.lanes }

  /// A nap of a quiet thread, at most.
  private static let napNanoseconds: UInt64 = 4_000_000
  private static let napInterval: UInt64 = 1024
  private static let forkInterval: UInt64 = 1024
  /// Claims of one burst: some tens of microseconds.
  private static let visits = 512

  init(
    _ plan: LanePlan, board: LaneBoard, agent: Agent, incarnation: Int, thread: Int
  ) {
    self.plan = plan
    self.board = board
    self.agent = agent
    self.incarnation = incarnation
    self.thread = thread
    random = plan.random(of: UInt64(incarnation) << 16 | UInt64(thread))
  }

  /// Until the bench has enough, or somebody has found something.
  mutating func run() {
    do throws(LaneFinding) {
      while !board.isFinishing, board.finding == nil {
        place.step()
        rest()
        let attached: AgentThread
        do throws(TracerError) { attached = try agent.attachThread() } catch {
          switch error {
          case .noThreadSlot: board.count(.slotless)
          case .closing: break
          default: throw LaneFinding("\(error)")
          }
          if plan.rules.closesSlots { try visit() }
          TortureDelay.random(random.next())
          continue
        }
        try stay(attached)
      }
    } catch { board.report(error.text) }
  }

  /// Claims and retires at once, again and again: a destroyer must find nobody between its look
  /// at the slots and a claim.
  private func visit() throws(LaneFinding) {
    let identity = ProcessIdentity.current
    for _ in 0..<LaneTraffic.visits {
      let outcome = lanes.slots.claim(
        owner: identity.pid, ownerStart: identity.startTimeTicks, thread: UInt64(thread))
      guard case .claimed(let claim) = outcome else { continue }
      let isClosed = board.isClosed
      lanes.slots.retire(claim)
      guard !isClosed else {
        throw LaneFinding("slot \(claim.slot) was claimed though the slots are closed")
      }
    }
  }

  /// From attach to detach.
  private mutating func stay(_ attached: consuming AgentThread) throws(LaneFinding) {
    var attached = attached
    let holder = LaneLedger.holder(incarnation: incarnation, thread: thread)
    var index = try LaneSide(
      .index, of: attached, plan: plan, board: board, lanes: lanes, holder: holder)
    var detail = try LaneSide(
      .detail, of: attached, plan: plan, board: board, lanes: lanes, holder: holder)
    guard !board.isClosed else {
      throw LaneFinding("a thread was let into slot \(attached.slot) though the slots are closed")
    }
    board.count(.attachments)
    let end = 1 + random.next() % plan.rules.stay
    for _ in 0..<end {
      if board.isFinishing || board.finding != nil { break }
      place.step()
      if isPhase(.rest) { rest() }
      if isPhase(.probe) { try probe(&attached, &index) }
      try step(&attached, &index, &detail)
    }
    let mayDie = plan.rules.killsAgents
    index.leave(attached, mayBeMarked: false, mayDie: mayDie)
    detail.leave(attached, mayBeMarked: plan.rules.markInterval != nil, mayDie: mayDie)
    attached.detach()
  }

  private mutating func step(
    _ attached: inout AgentThread, _ index: inout LaneSide, _ detail: inout LaneSide
  ) throws(LaneFinding) {
    let draw = random.next()
    let hadRoom =
      draw % 16 < plan.rules.detailShare
      ? try detail.attempt(&attached, draw >> 4) : try index.attempt(&attached, draw >> 4)
    // Now and then, so that losses are written among the records as well as at their end.
    if !hadRoom, plan.rules.givesWay, (draw >> 48) % 4 == 0 { sched_yield() }
    if let interval = plan.rules.markInterval, (draw >> 16) % interval == 0 { mark(draw >> 32) }
    if (draw >> 24) % plan.threadPause == 0 { TortureDelay.random(random.next()) }
    if plan.rules.forks, (draw >> 40) % LaneTraffic.forkInterval == 0 { try fork(&attached) }
    guard plan.rules.naps, (draw >> 40) % LaneTraffic.napInterval == 0 else { return }
    if (draw >> 56) % 2 == 0 {
      _ = attached.flush()
      try detail.followFlush(attached)
    }
    TortureDelay.sleep(nanoseconds: Int(random.next() % LaneTraffic.napNanoseconds))
  }

  /// Marks a lane, mostly the same one as everybody: two marks at once are what may get lost.
  private func mark(_ draw: UInt64) {
    let slot = draw % 4 == 0 ? Int((draw >> 8) % UInt64(plan.geometry.threadSlots)) : 0
    let lane = lanes.lane(slot, .detail)
    let ledger = board.ledger(lane.identifier)
    let count = 1 + (draw >> 16) % plan.rules.mostMarks
    ledger.beginMarks(count)
    for _ in 0..<count { lane.mark() }
    ledger.finishMarks(count)
  }

  /// Forks: the child must find itself detached, and count what it attempts outside of the lanes.
  private func fork(_ attached: inout AgentThread) throws(LaneFinding) {
    let sequence = attached.sequence(.index)
    let child = platform_fork()
    if child == 0 {
      // Nothing but what a child of a process with threads may do.
      let outcome = attached.writeIndex(type: 1, byteCount: 0) { _, _ in }
      _exit(!attached.isAttached && outcome == .lost(.noThreadSlot) ? 0 : 1)
    }
    // No room for another process is no finding.
    guard child > 0 else { return }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    board.count(.forks)
    guard status == 0, attached.sequence(.index) == sequence else {
      throw LaneFinding("a child forked by the thread of slot \(attached.slot) could trace")
    }
  }

  private func isPhase(_ phase: LaneBoard.Phase) -> Bool {
    LaneBoard.Phase(number: board.phaseNumber) == phase
  }

  /// Comes to rest if the bench asks for it, until it asks for something else.
  private func rest() {
    let number = board.phaseNumber
    guard LaneBoard.Phase(number: number) != .traffic else { return }
    place.rest(number)
    while board.phaseNumber == number, !board.isFinishing { sched_yield() }
  }

  /// Everybody rests, everything is drained and given back, the controller is stopped: all rings
  /// but the active one are spare, and each takes what it takes.
  private func probe(
    _ attached: inout AgentThread, _ index: inout LaneSide
  ) throws(LaneFinding) {
    let geometry = plan.geometry.index
    let size = Int(RecordHeader.recordByteCount(payload: LaneContents.plainByteCount))
    // One loss record may stand in each ring.
    let perRing = (geometry.ringByteCount - Int(RecordHeader.lossByteCount)) / size
    let most = geometry.ringCount * (geometry.ringByteCount / size)
    let count = try index.fillUp(&attached, atMost: most + 1)
    guard count >= (geometry.ringCount - 1) * perRing else {
      throw LaneFinding(
        index.lane,
        "\(count) records until the first loss with all of \(geometry.ringCount) rings at hand, "
          + "of which \(geometry.ringCount - 1) must take \(perRing) each: a ring has leaked")
    }
    guard count <= most else {
      throw LaneFinding(
        index.lane, "\(count) records accepted without a controller, \(most) fit into all rings")
    }
    board.count(.probes)
    rest()
  }
}

extension LaneBoard.Phase {
  /// What the number of a phase stands for.
  init(number: UInt64) { self = LaneBoard.Phase(rawValue: number % 3) ?? .traffic }
}
