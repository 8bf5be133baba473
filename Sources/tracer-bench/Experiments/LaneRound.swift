// One round of a lane torture, as the bench drives it: a region, its agents and its controller,
// what happens to them from outside, and the reckoning at the end.
//
// The bench itself starts no thread; agents do so after the fork.

import Glibc
import HardwareMemory
import Harness
import TracerCore
import TracerShm

/// How a round ends early.
enum LaneRoundEnd: Error {
  case wrong(String)
  case failed(any Error)
}

final class LaneRound {
  let plan: LanePlan
  let board: LaneBoard
  let region: TracerRegion
  private let boardMapping: Mapping
  private let trace: LaneTrace?
  private var random: SplitMix64
  private(set) var controller: WorkerProcess?
  private var agents: [WorkerProcess] = []
  /// Of the agents that run.
  private var incarnations: [Int] = []
  private var nextIncarnation = 0
  /// Controllers started so far.
  private(set) var controllers = 0
  private var watch = StuckWatch([])

  /// Whoever is asked to come to something does so within this time, or is stuck.
  private static let patienceNanoseconds = StuckWatch.limitNanoseconds
  /// Between two looks while waiting.
  private static let lookMicroseconds: UInt32 = 100

  init(_ plan: LanePlan, factory: RegionFactory) throws {
    self.plan = plan
    region = try factory.makeLanes(plan.backing, geometry: plan.geometry, waking: plan.waking)
    boardMapping = try Mapping(descriptor: nil, byteCount: LaneBoard.byteCount(plan))
    board = LaneBoard(boardMapping.memory, plan)
    trace = plan.rules.writesTrace ? LaneTrace(factory.temporaryPath()) : nil
    random = plan.random(of: .max)
  }

  /// Every process of the round.
  var workers: [WorkerProcess] { agents + [controller].compactMap { $0 } }

  /// Starts controller and agents.
  func start() throws(WorkerError) {
    try startController()
    for number in 0..<plan.agentCount { try startAgent(number) }
    watch = StuckWatch(
      (0..<plan.agentCount * plan.threadCount).map { board.thread($0) } + [board.controller])
  }

  private func startController() throws(WorkerError) {
    let (plan, board, region, incarnation) = (plan, board, region, UInt64(controllers))
    let path = trace?.path
    controllers += 1
    controller = try WorkerProcess.start(name: "controller") { _ in
      do {
        var process = try LaneControllerProcess(
          plan, board: board, region: region, trace: path, incarnation: incarnation)
        try process.run()
      } catch let finding as LaneFinding { board.report(finding.text) }
      return 0
    }
  }

  private func startAgent(_ number: Int) throws(WorkerError) {
    let (plan, board, region, incarnation) = (plan, board, region, nextIncarnation)
    nextIncarnation += 1
    let agent = try WorkerProcess.start(name: "agent \(number)") { _ in
      try LaneAgentProcess.run(
        plan, board: board, region: region, agent: number, incarnation: incarnation)
      return 0
    }
    if number < agents.count {
      agents[number] = agent
      incarnations[number] = incarnation
    } else {
      agents.append(agent)
      incarnations.append(incarnation)
    }
  }

  /// Lets them work and disturbs them until the time is up.
  func run(
    until end: UInt64, _ disturbance: inout Disturbance
  ) throws(LaneRoundEnd) {
    while MonotonicTime.nanoseconds() < end {
      do {
        try disturbance.step(workers)
        try strike()
        try listen(nanoseconds: disturbance.nextPause())
      } catch { throw LaneRound.end(error) }
      if let index = watch.stuckIndex() { throw .wrong(stuckText(index)) }
    }
  }

  private static func end(_ error: any Error) -> LaneRoundEnd {
    error as? LaneRoundEnd ?? .failed(error)
  }

  private func stuckText(_ index: Int) -> String {
    let who = index < board.threads ? "thread \(index)" : "the controller"
    return "STUCK: no progress of \(who) for "
      + "\(LaneRound.patienceNanoseconds / 1_000_000_000) s although nobody is stopped"
  }

  /// What the scenario is about.
  private func strike() throws {
    if let interval = plan.rules.controllerKills, random.next() % interval == 0 {
      try replaceController()
    }
    if plan.rules.killsAgents { try replaceAgent() }
    if plan.rules.stopsController { try exhaust() }
  }

  private func replaceController() throws(WorkerError) {
    controller?.kill()
    try startController()
  }

  private func replaceAgent() throws(WorkerError) {
    guard nextIncarnation < LaneBoard.mostIncarnations else { return }
    let number = Int(random.next() % UInt64(agents.count))
    board.setDying(incarnations[number])
    agents[number].kill()
    board.count(.deaths)
    try startAgent(number)
  }

  /// Waits until something has come about.
  func waitUntil(_ what: String, _ hasComeAbout: () -> Bool) throws(LaneRoundEnd) {
    let end = MonotonicTime.nanoseconds() + LaneRound.patienceNanoseconds
    while !hasComeAbout() {
      try look()
      if MonotonicTime.nanoseconds() > end {
        throw .wrong("STUCK: \(what), \(LaneRound.patienceNanoseconds / 1_000_000_000) s long")
      }
      usleep(LaneRound.lookMicroseconds)
    }
  }

  /// Waits for somebody to end, which nobody should.
  private func listen(nanoseconds: UInt64) throws {
    if let index = try WorkerProcess.waitForAny(of: workers, deadlineNanoseconds: nanoseconds) {
      try reckon(workers[index])
    }
    try look()
  }

  private func look() throws(LaneRoundEnd) {
    if let text = board.finding { throw .wrong(text) }
  }

  /// A worker has ended, or is to: anything but a good end is a finding.
  private func reckon(_ worker: WorkerProcess) throws(LaneRoundEnd) {
    let status: ExitStatus
    do throws(WorkerError) {
      status = try worker.waitForExit(deadlineNanoseconds: LaneRound.patienceNanoseconds)
    } catch {
      try look()
      guard case .hung = error else { throw .failed(error) }
      throw .wrong("STUCK: \(error)")
    }
    try look()
    guard status == .exited(0) else {
      throw .wrong("\(worker.name) ended with \(status)")
    }
  }

  /// Everybody ends; then the output is held against the agents' own counts, lane by lane.
  func finish() throws(LaneRoundEnd) -> LaneTally {
    board.requestFinish()
    for agent in agents { try reckon(agent) }
    board.requestDrain()
    do {
      if plan.rules.controllerKills != nil { try replaceController() }
    } catch { throw .failed(error) }
    if let controller { try reckon(controller) }
    if let text = misplacedRing(isOver: true) { throw .wrong("at the end, \(text)") }
    var tally = LaneTally()
    for identifier in plan.lanes {
      let stock = board.stock(identifier).entry
      let account = stock.account
      let metrics = region.lanes.lane(identifier.slot, identifier.kind).metrics()
      let attempts = metrics.attempts
      let ledger = board.ledger(identifier)
      if let text = ledger.settle(attempts: attempts, lastRecord: stock.lastRecord)
        ?? ledger.compareMarks(metrics.marks)
        ?? ledger.compare(account, attempts: attempts, isIndex: identifier.kind == .index)
      {
        throw .wrong("\(identifier), at the end: \(text)")
      }
      tally.add(account)
      tally.marks += ledger.marksMade
    }
    do {
      if let text = try trace?.verify(plan, board: board) { throw LaneRoundEnd.wrong(text) }
    } catch { throw LaneRound.end(error) }
    for counter in LaneBoard.Counter.allCases { tally.counts[counter] = board.value(counter) }
    tally.rounds = 1
    tally.takeovers = UInt64(controllers - 1)
    return tally
  }
}

extension LanePlace: Watched {
  var progress: UInt64 { steps }
  /// While it runs, a thread or a controller always gets on.
  var isClosed: Bool { false }
}
