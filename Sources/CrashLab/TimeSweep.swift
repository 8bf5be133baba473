// Deaths by time: agent and controller run freely in processes of their own, on CPUs of their own
// where there are enough, and are killed by SIGKILL at random moments; survivors are stopped and
// continued as well. After every kill whoever is left recovers, and everything is checked.
//
// The order of deaths, the moments asked for and what the agent does follow from the seed. Where in
// the code a moment falls is up to the machine: a replay repeats the circumstances, not the place.

import CPlatform
import Glibc
import Harness
import HardwareMemory
import TracerCore
public import TracerShm

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
  /// An agent and a controller whose process numbers a living process has taken over since.
  case reusedNumbers

  /// The orders of a victim as the command line names it.
  public static func of(_ victim: CrashVictim) -> [TimeOrder] {
    switch victim {
    case .agent: [.agent]
    case .controller: [.controller]
    case .both: [.agentFirst, .controllerFirst, .reusedNumbers]
    case .recovery: [.recovery]
    }
  }
}

/// Kills at random moments, each in a region of its own.
public struct TimeSweep {
  /// Rings of a kilobyte: some thirty records, so that swaps are frequent and queues move.
  private static let geometry: LanesGeometry = {
    do throws(LaneLayoutError) {
      return try LanesGeometry(
        threadSlots: 1, index: .index(ringCount: 6, ringByteCount: 1024),
        detail: .detail(ringCount: 6, ringByteCount: 1024, historyRings: 2, postRecords: 40))
    } catch { preconditionFailure("the lanes of a time sweep are valid: \(error)") }
  }()
  /// An agent writes some ten thousand records in a millisecond, and lives a few.
  private static let ledgerSize = CrashLedger.Size(
    lanes: 2, acceptedRecords: 1 << 16, logWords: 1)
  /// The longest that processes run before a kill, and the longest that a recovery is let run.
  private static let longestRunNanoseconds: UInt64 = 2_000_000
  private static let longestRecoveryNanoseconds: UInt64 = 500_000
  /// One run in four stops and continues a survivor.
  private static let pauseShare: UInt64 = 4

  private let seed: UInt64
  private let ledger: CrashLedger
  private let backing: (Int) -> RegionBacking
  private let outputFolder: String

  /// Prepares a sweep.
  ///
  /// - Parameters:
  ///   - outputFolder: where trace files are written, as a rule on tmpfs.
  ///   - backing: what the region of a run is made of, by a number that tells names apart.
  public init(
    seed: UInt64, outputFolder: String, backing: @escaping (Int) -> RegionBacking
  ) throws(SystemError) {
    self.seed = seed
    self.outputFolder = outputFolder
    self.backing = backing
    ledger = try CrashLedger(TimeSweep.ledgerSize)
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
      // Each run has a seed of its own, by which it can be repeated alone.
      let runSeed = seed &+ UInt64(number / orders.count)
      do {
        result.deaths += try runOnce(orders[number % orders.count], number, seed: runSeed)
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
  private func runOnce(_ order: TimeOrder, _ number: Int, seed: UInt64) throws -> Int {
    var random = SplitMix64(seed: seed)
    ledger.reset()
    var options = TracerOptions(geometry: TimeSweep.geometry)
    options.waking = WakePolicy.allCases[Int(random.next() % UInt64(WakePolicy.allCases.count))]
    // Above the numbers of regions.
    let output = TemporaryName(number: number + 1 << 30).text
    return try TransientNames.holding(backing(number), "\(outputFolder)/\(output)") {
      backing, output in
      let region = try TracerRegion.create(backing, options: options)
      // What the controller sleeps on has a name of its own where it is a semaphore. It is registered
      // at once, and removed with the region, or here where a finding keeps that from happening.
      let semaphore = "/dev/shm/sem.tracer-shm-\(region.region.superblock.session)"
      let token = CleanupRegistry.add(file: semaphore)
      defer {
        try? region.destroy()
        unlink(semaphore)
        token.map { CleanupRegistry.forget($0) }
      }
      let place = TracerPlace(region: region, outputPath: output, ledger: ledger)
      if order == .reusedNumbers { return try place.checkReusedNumbers() }
      return try TimeRun(place, random).kill(order)
    }
  }

  /// Waits for a random time, short ones as likely by their order of magnitude as long ones.
  private static func wait(upTo longestNanoseconds: UInt64, _ random: inout SplitMix64) {
    let longest = longestNanoseconds >> (random.next() % 8)
    let end = MonotonicTime.nanoseconds() + random.next() % max(1, longest)
    // The kernel's timers are some fifty microseconds late: the rest is spun away.
    let slack: UInt64 = 60_000
    let now = MonotonicTime.nanoseconds()
    if end > now + slack { usleep(UInt32((end - now - slack) / 1000)) }
    while MonotonicTime.nanoseconds() < end { platform_pause() }
  }

  /// What the agent does next: mostly index records, some of everything.
  private static func anyStep(_ random: inout SplitMix64) -> CrashStep {
    switch random.next() % 64 {
    case 0..<44: .write
    case 44..<47: .reserve
    case 47: .cancel
    case 48: .tooLarge
    case 49: .detailTooLarge
    case 50 where random.next() % 8 == 0: .mark
    case 51 where random.next() % 8 == 0: .flush
    default: .detail
    }
  }
}

extension TimeSweep {
  /// The processes of one run. Used by the parent's thread.
  private final class TimeRun {
    private typealias Agent = CrashRole<TracerAgentActor>
    private typealias Successor = CrashRole<TracerControllerActor>

    private let place: TracerPlace
    private var random: SplitMix64
    private let agent: Agent
    private var controller: Successor

    init(_ place: TracerPlace, _ random: SplitMix64) throws {
      self.place = place
      self.random = random
      agent = Agent(victim: try TimeRun.startAgent(place, seed: self.random.next()))
      controller = Successor(victim: try TimeRun.startController(place))
    }

    /// Lets both run, kills in this order, and checks; returns how many were killed.
    func kill(_ order: TimeOrder) throws -> Int {
      wait(upTo: longestRunNanoseconds, &random)
      var deaths = 2
      switch order {
      case .agent:
        agent.process?.kill()
        pause(controller)
        try finish()
        deaths = 1
      case .controller:
        controller.process?.kill()
        pause(agent)
        controller = Successor(victim: try TimeRun.startController(place))
        wait(upTo: longestRunNanoseconds, &random)
        place.ledger.isStopping = true
        _ = try agent.perform(.leave)
        try finish()
        try place.settle(deaths: 0)
        return 1
      case .controllerFirst:
        controller.process?.kill()
        pause(agent)
        agent.process?.kill()
      case .recovery:
        agent.process?.kill()
        deaths = 1 + (try killRecoveries())
      case .agentFirst, .reusedNumbers:
        agent.process?.kill()
        pause(controller)
        controller.process?.kill()
      }
      try place.settle(deaths: 1)
      return deaths
    }

    /// Lets a survivor live on for a while, perhaps stopped for a part of it.
    private func pause<Actor: CrashActor & ~Copyable>(_ role: CrashRole<Actor>) {
      let stops = random.next() % pauseShare == 0
      if stops { role.process?.signal(SIGSTOP) }
      wait(upTo: longestRunNanoseconds / 4, &random)
      if stops { role.process?.signal(SIGCONT) }
      wait(upTo: longestRunNanoseconds / 4, &random)
    }

    /// The living controller deals with everyone who left or died, and ends.
    private func finish() throws {
      place.ledger.isStopping = true
      guard try controller.perform(.recover) == .done else {
        throw CrashFinding(.survivorsFinish, "the controller died by itself")
      }
      controller.process?.kill()
      try place.world.checkOwners(isReclaimed: true)
    }

    /// The controller recovers and is killed, then its successor; returns how many were.
    private func killRecoveries() throws -> Int {
      place.ledger.isStopping = true
      for isLast in [false, true] {
        try controller.process?.send(StepRequest(step: CrashStep.recover.rawValue))
        wait(upTo: longestRecoveryNanoseconds, &random)
        controller.process?.kill()
        if !isLast { controller = Successor(victim: try TimeRun.startController(place)) }
      }
      return 2
    }

    private static func startAgent(_ place: TracerPlace, seed: UInt64) throws -> WorkerProcess {
      var random = SplitMix64(seed: seed)
      return try start("agent", TracerAgentActor(place), place, beginning: .claim) { agent in
        // Notes that are full leave nothing to do but to wait for the end.
        agent.hasRoom ? anyStep(&random) : nil
      }
    }

    private static func startController(_ place: TracerPlace) throws -> WorkerProcess {
      var passes = 0
      return try start("controller", TracerControllerActor(place), place, beginning: .drain) { _ in
        passes += 1
        if passes % 17 == 0 { return .requestFlush }
        if passes % 5 == 0 { return .wait }
        return passes % 3 == 0 ? .drainActive : .drain
      }
    }

    /// A victim that does one step after another until all are asked to stop; then it does what it
    /// is told.
    private static func start<Actor: CrashActor & ~Copyable>(
      _ name: String, _ actor: consuming Actor, _ place: TracerPlace, beginning: CrashStep,
      _ next: (borrowing Actor) -> CrashStep?
    ) throws -> WorkerProcess {
      var actor = Optional(consume actor)
      return try WorkerProcess.start(name: name) { context in
        guard var running = actor.take() else { return 1 }
        var found: CrashFinding?
        do throws(CrashFinding) {
          try running.perform(beginning)
          while !place.ledger.isStopping {
            if let step = next(running) { try running.perform(step) } else { sched_yield() }
          }
        } catch { found = error }
        return try runVictim(running, ledger: place.ledger, context: context, found: found)
      }
    }
  }
}
