// Deaths by time: agent and controller run freely in processes of their own, on CPUs of their own
// where there are enough, and are killed by SIGKILL at random moments; survivors are stopped and
// continued as well. After every kill whoever is left recovers, and everything is checked.
//
// The order of deaths, the moments asked for and what the agent does follow from the seed. Where in
// the code a moment falls is up to the machine: a replay repeats the circumstances, not the place.

import CPlatform
import Glibc
import Harness
public import HardwareMemory
import MemoryInterface
import TracerCore

/// Who is killed at random moments, and in which order.
public enum TimeOrder: String, CaseIterable, Sendable {
  /// The agent; the controller recovers.
  case agent
  /// The controller; a successor takes over from it while the agent goes on.
  case controller
  /// The agent, then the controller.
  case agentFirst
  /// The controller, then the agent.
  case controllerFirst
  /// The agent, then whoever recovers, and its successor too.
  case recovery

  /// The orders of a victim as the command line names it.
  public static func of(_ victim: CrashVictim) -> [TimeOrder] {
    switch victim {
    case .agent: [.agent]
    case .controller: [.controller]
    case .both: [.agentFirst, .controllerFirst]
    case .recovery: [.recovery]
    }
  }
}

/// Kills at random moments on one region.
public struct TimeSweep {
  /// What the region's payload has to hold.
  public static let byteCount = geometry.byteCount
  /// Rings of a kilobyte: some thirty records, so that swaps are frequent and queues move.
  private static let geometry: LanesGeometry = {
    do throws(LaneLayoutError) {
      return try LanesGeometry(
        threadSlots: 1, index: .index(ringCount: 6, ringByteCount: 1024),
        detail: .detail(ringCount: 6, ringByteCount: 1024, historyRings: 2, postRecords: 40))
    } catch { preconditionFailure("the lanes of a time sweep are valid: \(error)") }
  }()
  /// An agent writes some twenty thousand records in a millisecond, and lives a few.
  private static let ledgerSize = CrashLedger.Size(
    lanes: 2, acceptedRecords: 1 << 16, logWords: 1 << 20)
  /// The longest that processes run before a kill, and the longest that a recovery is let run.
  private static let longestRunNanoseconds: UInt64 = 2_000_000
  private static let longestRecoveryNanoseconds: UInt64 = 300_000
  /// One run in four stops and continues a survivor.
  private static let pauseShare: UInt64 = 4

  private typealias Agent = CrashRole<AgentActor<HardwareMemory>>
  private typealias Controller = CrashRole<ControllerActor<HardwareMemory>>

  private let stand: CrashStand
  private let seed: UInt64

  /// Prepares a sweep on `memory`, zeroed, of at least `byteCount` bytes, which outlives it.
  public init(on memory: HardwareMemory, seed: UInt64) throws(SystemError) {
    stand = try CrashStand(
      on: memory, geometry: TimeSweep.geometry, ledgerSize: TimeSweep.ledgerSize)
    self.seed = seed
  }

  /// Runs and kills `count` times in each of the orders, until a guarantee is broken.
  ///
  /// - Parameter progress: called with the share that is done.
  public func run(
    _ orders: [TimeOrder], count: Int, progress: (Double) -> Void
  ) throws -> SweepResult {
    var result = SweepResult()
    for number in 0..<count * orders.count {
      progress(Double(number) / Double(count * orders.count))
      let order = orders[number % orders.count]
      // Each run has a seed of its own, by which it can be repeated alone.
      let runSeed = seed &+ UInt64(number / orders.count)
      do {
        result.deaths += try runOnce(order, SplitMix64(seed: runSeed))
        result.killPoints += 1
      } catch let finding as CrashFinding {
        result.killPoints += 1
        result.finding = (finding, "--seed \(runSeed) --kills 1")
        break
      }
    }
    return result
  }

  /// One run; returns how many processes were killed.
  private func runOnce(_ order: TimeOrder, _ random: SplitMix64) throws -> Int {
    var random = random
    stand.reset()
    let agent = try startAgent(seed: random.next())
    let controller = try startController()
    wait(upTo: TimeSweep.longestRunNanoseconds, &random)
    switch order {
    case .agent:
      agent.process?.kill()
      pause(controller, &random)
      try finish(controller, agentDied: true)
      return 1
    case .controller:
      controller.process?.kill()
      pause(agent, &random)
      let successor = try startController()
      wait(upTo: TimeSweep.longestRunNanoseconds, &random)
      stand.ledger.isStopping = true
      _ = try agent.perform(.leave)
      try finish(successor, agentDied: false)
      return 1
    case .agentFirst:
      agent.process?.kill()
      pause(controller, &random)
      controller.process?.kill()
    case .controllerFirst:
      controller.process?.kill()
      pause(agent, &random)
      agent.process?.kill()
    case .recovery:
      agent.process?.kill()
      return 1 + (try killRecoveries(controller, &random))
    }
    try stand.world.settle(deaths: 1)
    return 2
  }

  /// Lets `role` live on for a while, perhaps stopped for a part of it.
  private func pause<Actor: CrashActor & ~Copyable>(
    _ role: CrashRole<Actor>, _ random: inout SplitMix64
  ) {
    let stops = random.next() % TimeSweep.pauseShare == 0
    if stops { role.process?.signal(SIGSTOP) }
    wait(upTo: TimeSweep.longestRunNanoseconds / 4, &random)
    if stops { role.process?.signal(SIGCONT) }
    wait(upTo: TimeSweep.longestRunNanoseconds / 4, &random)
  }

  /// The living controller comes to the end of what it drains, recovers, and all is checked.
  private func finish(_ controller: Controller, agentDied: Bool) throws {
    stand.ledger.isStopping = true
    guard try controller.perform(.recover) == .done else {
      throw CrashFinding(.survivorsFinish, "the controller died by itself")
    }
    controller.process?.kill()
    try stand.world.checkOwners(isReclaimed: true)
    try stand.world.settle(deaths: agentDied ? 1 : 0)
  }

  /// The controller recovers and is killed, then its successor; returns how many were.
  private func killRecoveries(
    _ controller: Controller, _ random: inout SplitMix64
  ) throws -> Int {
    stand.ledger.isStopping = true
    var killed = 0
    var recovering = controller
    for isLast in [false, true] {
      try recovering.process?.send(StepRequest(step: CrashStep.recover.rawValue))
      wait(upTo: TimeSweep.longestRecoveryNanoseconds, &random)
      recovering.process?.kill()
      killed += 1
      if !isLast { recovering = try startController() }
    }
    try stand.world.settle(deaths: 1)
    return killed
  }
}

extension TimeSweep {
  private func startAgent(seed: UInt64) throws -> Agent {
    var random = SplitMix64(seed: seed)
    return Agent(
      victim: try start("agent", AgentActor(stand.world), beginning: .claim) { agent in
        // Notes that are full leave nothing to do but to wait for the end.
        guard agent.hasRoom else { return nil }
        return TimeSweep.anyStep(&random)
      })
  }

  private func startController() throws -> Controller {
    var passes = 0
    return Controller(
      victim: try start("controller", ControllerActor(stand.world), beginning: .drain) { _ in
        passes += 1
        if passes % 17 == 0 { return .requestFlush }
        return passes % 3 == 0 ? .drainActive : .drain
      })
  }

  /// A victim that does one step after another until all are asked to stop; then it does what it
  /// is told.
  private func start<Actor: CrashActor & ~Copyable>(
    _ name: String, _ actor: consuming Actor, beginning: CrashStep,
    _ next: (borrowing Actor) -> CrashStep?
  ) throws -> WorkerProcess {
    var actor = Optional(consume actor)
    return try WorkerProcess.start(name: name) { context in
      guard var running = actor.take() else { return 1 }
      var found: CrashFinding?
      do throws(CrashFinding) {
        try running.perform(beginning)
        while !stand.ledger.isStopping {
          if let step = next(running) { try running.perform(step) } else { sched_yield() }
        }
      } catch { found = error }
      return try runVictim(running, ledger: stand.ledger, context: context, found: found)
    }
  }

  /// What the agent does next: mostly index records, some of everything.
  private static func anyStep(_ random: inout SplitMix64) -> CrashStep {
    switch random.next() % 64 {
    case 0..<40: .write
    case 40..<44: .reserve
    case 44..<46: .copy
    case 46: .cancel
    case 47: .nested
    case 48: .tooLarge
    case 49: .detailTooLarge
    case 50 where random.next() % 8 == 0: .mark
    case 51 where random.next() % 8 == 0: .flush
    default: .detail
    }
  }

  /// Waits for a random time, short ones as likely by their order of magnitude as long ones.
  private func wait(upTo longestNanoseconds: UInt64, _ random: inout SplitMix64) {
    let longest = longestNanoseconds >> (random.next() % 8)
    let end = MonotonicTime.nanoseconds() + random.next() % max(1, longest)
    // The kernel's timers are some fifty microseconds late: the rest is spun away.
    let slack: UInt64 = 60_000
    let now = MonotonicTime.nanoseconds()
    if end > now + slack { usleep(UInt32((end - now - slack) / 1000)) }
    while MonotonicTime.nanoseconds() < end { platform_pause() }
  }
}
