// Deaths by access: a scenario is run once for every place of a victim's accesses to shared memory.

import HardwareMemory

/// What a sweep visited, and what it found.
public struct SweepResult: Sendable {
  /// Places at which a process was killed and everything was checked; moments of a power cut.
  public var killPoints = 0
  /// Processes that were killed; by instruction: different memories that were recovered; of power
  /// cuts: what the disk may hold, recovered.
  public var deaths = 0
  /// Of power cuts: the runs that were cut.
  public var runs = 0
  /// The first guarantee that did not hold, and the option that names the place.
  public var finding: (finding: CrashFinding, place: String)?

  /// A sweep that visited nothing yet.
  public init() {}
}

/// Sweeps one scenario on one stand.
public struct AccessSweep {
  let stand: CrashStand
  let scenario: CrashScenario
  let victim: CrashVictim
  /// Runs of a sweep in two dimensions at most; beyond it, every k-th.
  let maximumPairs: Int

  /// Prepares a sweep.
  public init(
    _ scenario: CrashScenario, victim: CrashVictim, on stand: CrashStand, maximumPairs: Int
  ) {
    self.scenario = scenario
    self.victim = victim
    self.stand = stand
    self.maximumPairs = maximumPairs
  }

  /// Visits every place, in order, until one breaks a guarantee.
  ///
  /// - Parameter progress: called with the share that is done.
  public func run(progress: (Double) -> Void) throws -> SweepResult {
    var result = SweepResult()
    do {
      let plans = plans(try lengths())
      for (done, plan) in plans.enumerated() {
        progress(Double(done) / Double(plans.count))
        guard try visit(plan, &result) else { break }
      }
    } catch let finding as CrashFinding {
      result.finding = (finding, "# with nobody killed")
    }
    return result
  }

  /// One run, by its plan: the replay of a finding.
  public func run(_ plan: KillPlan) throws -> SweepResult {
    var result = SweepResult()
    _ = try visit(plan, &result)
    return result
  }

  /// Whether to go on.
  private func visit(_ plan: KillPlan, _ result: inout SweepResult) throws -> Bool {
    do {
      let end = try CrashRun(stand, plan: plan).run(scenario)
      result.deaths += end.deaths
      if end.deaths > 0 { result.killPoints += 1 }
      return true
    } catch let finding as CrashFinding {
      result.killPoints += 1
      result.finding = (finding, "--at \(plan)")
      return false
    }
  }

  /// The victims' accesses, in a run in which they live.
  private func lengths() throws -> (agent: UInt64, controller: UInt64) {
    let end = try CrashRun(stand, plan: KillPlan(agent: 0, controllers: [0])).run(scenario)
    return (end.agentAccesses, end.controllerAccesses)
  }

  private func plans(_ length: (agent: UInt64, controller: UInt64)) -> [KillPlan] {
    switch victim {
    case .agent: places(length.agent).map { KillPlan(agent: $0) }
    case .controller: places(length.controller).map { KillPlan(controllers: [$0]) }
    case .both:
      pairs(length.agent, length.controller).map { KillPlan(agent: $0, controllers: [$1]) }
    case .recovery:
      places(length.controller).map { KillPlan(controllers: [$0]) }
        + pairs(length.controller, length.controller).map { KillPlan(controllers: [$0, $1]) }
    }
  }

  private func places(_ length: UInt64) -> [UInt64] { length > 0 ? Array(1...length) : [] }

  /// All pairs, or every k-th of them; k shares no factor with the second length, so that every
  /// place of either victim comes up.
  private func pairs(_ first: UInt64, _ second: UInt64) -> [(UInt64, UInt64)] {
    guard first > 0, second > 0 else { return [] }
    let count = first * second
    var stride = max(1, count / UInt64(max(1, maximumPairs)))
    while greatestCommonDivisor(stride, second) != 1 { stride += 1 }
    return Swift.stride(from: 0, to: count, by: Int(stride)).map {
      (1 + $0 / second, 1 + $0 % second)
    }
  }

  private func greatestCommonDivisor(_ first: UInt64, _ second: UInt64) -> UInt64 {
    second == 0 ? first : greatestCommonDivisor(second, first % second)
  }
}
