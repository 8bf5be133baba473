// One run of a scenario: victims die where the plan says, survivors go on, and all is checked.
//
//   step by step:  agent ──▶ died?  the controller recovers; the rest of its steps is skipped
//                  controller ──▶ died?  a successor takes over, and repeats the step

import FaultMemory
import Harness
import HardwareMemory
import MemoryInterface
import TracerCore

/// Where processes die: before which of their accesses to shared memory, counted from one.
public struct KillPlan: Equatable, Sendable, CustomStringConvertible {
  /// Where the agent dies; `nil`: it lives.
  public var agent: UInt64?
  /// Where the controller dies, then its successor, …; those after them live.
  public var controllers: [UInt64] = []

  init(agent: UInt64? = nil, controllers: [UInt64] = []) {
    self.agent = agent
    self.controllers = controllers
  }

  /// The plan of a sweep of one victim from its places, as `description` gives them.
  public init?(victim: CrashVictim, places: [UInt64?]) {
    let known = places.compactMap { $0 }
    guard known.count == places.count, !known.isEmpty else { return nil }
    switch victim {
    case .agent where known.count == 1: self.init(agent: known[0])
    case .controller where known.count == 1: self.init(controllers: known)
    case .both where known.count == 2: self.init(agent: known[0], controllers: [known[1]])
    case .recovery where known.count <= 2: self.init(controllers: known)
    default: return nil
    }
  }

  /// The places, the agent's first: `12,7`.
  public var description: String {
    ((agent.map { [$0] } ?? []) + controllers).map { "\($0)" }.joined(separator: ",")
  }
}

/// What a run came to.
struct RunEnd {
  /// How many processes were killed.
  var deaths = 0
  /// Accesses of a victim that lived, agent and last controller.
  var agentAccesses: UInt64 = 0
  var controllerAccesses: UInt64 = 0
}

/// Runs a scenario once.
final class CrashRun {
  private typealias AgentRole = CrashRole<AgentActor<HardwareMemory>>
  private typealias ControllerRole = CrashRole<ControllerActor<HardwareMemory>>

  private let stand: CrashStand
  private let world: CrashWorld<HardwareMemory>
  private var agent: AgentRole?
  private var controller: ControllerRole
  private var successors: ArraySlice<UInt64>
  private var end = RunEnd()
  /// An agent that died claimed a slot, as far as anyone knows.
  private var agentDeaths: UInt64 = 0
  private var hasLeft = false

  /// Prepares a run on a stand that is begun afresh.
  init(_ stand: CrashStand, plan: KillPlan) throws {
    stand.reset()
    self.stand = stand
    world = stand.world
    agent =
      if let fatal = plan.agent {
        AgentRole(victim: try CrashRun.fork("agent", stand, fatal) { AgentActor($0) })
      } else {
        AgentRole(AgentActor(world))
      }
    successors = plan.controllers[...]
    controller = ControllerRole(ControllerActor(world))
    try replaceController()
  }

  /// Runs the script to its end, recovers, and checks.
  func run(_ scenario: CrashScenario) throws -> RunEnd {
    for step in scenario.steps {
      if !step.isAgents {
        try performByController(step)
      } else if agent != nil {
        try performByAgent(step)
      }
      if agent == nil { break }
    }
    if agent != nil, !hasLeft { try performByAgent(.leave) }
    try performByController(.recover)
    end.controllerAccesses = controller.accesses
    controller.process?.kill()
    try world.settle(deaths: agentDeaths)
    return end
  }

  private func performByAgent(_ step: CrashStep) throws {
    guard let role = agent else { return }
    if step == .die {
      // One that the parent plays is simply not played any more.
      role.process?.kill()
      agent = nil
      agentDeaths += 1
      return
    }
    switch try role.perform(step) {
    case .done:
      end.agentAccesses = role.accesses
      if step == .leave { hasLeft = true }
    case .died:
      agent = nil
      agentDeaths += 1
      end.deaths += 1
    }
  }

  private func performByController(_ step: CrashStep) throws {
    while try controller.perform(step) == .died {
      end.deaths += 1
      try replaceController()
      guard agent != nil, !hasLeft else { continue }
      // The successor of a controller whose agent lives: it drains what it finds, and then every
      // ring has one owner again.
      while try controller.perform(.drain) == .died {
        end.deaths += 1
        try replaceController()
      }
      try world.checkOwners(isReclaimed: false)
    }
  }

  /// The next controller: a victim if the plan has one more death, else one that lives.
  private func replaceController() throws {
    controller =
      if let fatal = successors.popFirst() {
        ControllerRole(
          victim: try CrashRun.fork("controller", stand, fatal) { ControllerActor($0) })
      } else {
        ControllerRole(ControllerActor(world))
      }
  }

  private static func fork<Actor: CrashActor & ~Copyable>(
    _ name: String, _ stand: CrashStand, _ fatalAccess: UInt64,
    _ actor: (CrashWorld<FaultMemory>) -> Actor
  ) throws -> WorkerProcess {
    try WorkerProcess.start(name: name) { context in
      // Zero counts and never comes up.
      let plan = FaultPlan(dyingBefore: fatalAccess)
      let world = stand.world(FaultMemory(stand.memory, plan: plan))
      return try runVictim(actor(world), ledger: stand.ledger, context: context, plan: plan)
    }
  }
}
