// Deaths by instruction: a victim is single-stepped through its steps, and after every instruction
// a copy of region and ledger, which is what a kill there would leave, is recovered and checked.
//
//   parent                              victim, on the same CPU
//     step ─────────────────────────▶   stop, marker ← 1, path …, marker ← 2
//     PTRACE_SINGLESTEP ◀───────────▶   one instruction
//     copy, recover, check, go on …
//
// An instruction that stored nothing leaves what the one before left, and is not recovered again.
// The victim's code is the shipped one, specialised for hardware memory and optimised: what the
// compiler moved is where it moved it. The parent sees what the victim stored, in program order of
// the machine code: a processor's store buffer survives a kill.

import CPlatform
import Glibc
import Harness
public import HardwareMemory
import MemoryInterface
import TracerCore

/// Sweeps the steps of one victim.
public struct InstructionSweep {
  private typealias AgentRole = CrashRole<AgentActor<HardwareMemory>>
  private typealias ControllerRole = CrashRole<ControllerActor<HardwareMemory>>

  /// No step takes a million instructions: beyond that the victim goes round in a circle.
  private static let mostInstructions = 1_000_000

  private let stand: CrashStand
  /// Where copies are recovered.
  private let shadow: CrashStand
  /// What was recovered last: an instruction that stored nothing leaves the same behind.
  private let seen: CrashStand
  private let scenario: CrashScenario
  private let victim: CrashVictim
  private let cpu: Int

  /// Prepares a sweep on `memory`, as `CrashStand`.
  ///
  /// - Parameter cpu: where the victim runs; the caller runs there as well, for speed.
  public init(
    _ scenario: CrashScenario, victim: CrashVictim, on memory: HardwareMemory, cpu: Int
  ) throws(SystemError) {
    precondition(victim != .both, "one victim is stepped at a time")
    self.scenario = scenario
    self.victim = victim
    self.cpu = cpu
    stand = try CrashStand(on: memory)
    shadow = try CrashStand()
    seen = try CrashStand()
  }

  /// Steps through all of it, until a guarantee is broken.
  ///
  /// - Parameter progress: called with the share of steps done.
  public func run(progress: (Double) -> Void) throws -> SweepResult {
    stand.reset()
    seen.reset()
    var result = SweepResult()
    let world = stand.world
    let agent = AgentRole(AgentActor(world))
    let controller = ControllerRole(ControllerActor(world))
    let stepped = try fork()
    let steps = scenario.steps + (scenario.steps.contains(.leave) ? [] : [.leave]) + [.recover]
    var isDead = false
    do {
      for (index, step) in steps.enumerated() {
        progress(Double(index) / Double(steps.count))
        if isDead, step.isAgents { continue }
        if step == .die {
          isDead = true
        } else if step.isAgents == (victim == .agent) {
          try trace(step, index, stepped, isAgentAlive: !isDead, &result)
        } else if step.isAgents {
          _ = try agent.perform(step)
        } else {
          _ = try controller.perform(step)
        }
      }
      try world.settle(deaths: isDead ? 1 : 0)
    } catch let finding as CrashFinding {
      result.finding = (finding, "# behind all steps")
    } catch let place as FoundAt {
      result.finding = (place.finding, "# \(place.text)")
    }
    return result
  }

  /// The finding of a check, with where the victim stood.
  private struct FoundAt: Error {
    let finding: CrashFinding
    let text: String
  }

  /// A victim on hardware memory, single-stepped or not as each request says. What the language's
  /// run time prepares at the first use of a type is done before, on the shadow.
  private func fork() throws -> SteppedVictim {
    let isAgent = victim == .agent
    shadow.reset()
    let worker = try WorkerProcess.start(name: "stepped", cpu: cpu) { context in
      var agent = AgentActor(shadow.world)
      for step in [CrashStep.claim, .write, .detail, .leave] { try agent.perform(step) }
      var controller = ControllerActor(shadow.world)
      for step in [CrashStep.drain, .drainActive, .recover] { try controller.perform(step) }
      return isAgent
        ? try runVictim(AgentActor(stand.world), ledger: stand.ledger, context: context)
        : try runVictim(ControllerActor(stand.world), ledger: stand.ledger, context: context)
    }
    return SteppedVictim(
      worker: worker,
      // Which actor answers makes no difference to who waits for the answer.
      awaitReply: CrashRole<AgentActor<HardwareMemory>>(victim: worker).awaitReply)
  }

  private struct SteppedVictim {
    let worker: WorkerProcess
    let awaitReply: () throws -> StepEnd
  }

  /// One step of the victim, instruction by instruction.
  private func trace(
    _ step: CrashStep, _ index: Int, _ victim: SteppedVictim, isAgentAlive: Bool,
    _ result: inout SweepResult
  ) throws {
    let process = victim.worker.processIdentifier
    stand.ledger.marker = 0
    try victim.worker.send(StepRequest(step: step.rawValue, isTraced: 1))
    try VictimTracing.check(platform_trace_wait(process), victim.worker.name)
    var count = 0
    while stand.ledger.marker != 2 {
      try VictimTracing.check(platform_trace_step(process), victim.worker.name)
      guard stand.ledger.marker == 1 else { continue }
      count += 1
      precondition(count <= InstructionSweep.mostInstructions, "a step of a victim ends")
      result.killPoints += 1
      guard hasChanged else { continue }
      result.deaths += 1
      do throws(CrashFinding) { try check(isAgentAlive: isAgentAlive) } catch {
        let address = String(platform_trace_address(process), radix: 16)
        let letter = Character(Unicode.Scalar(step.rawValue))
        throw FoundAt(
          finding: error,
          text: "step \(index) (\(letter)), instruction \(count), before address 0x\(address)")
      }
    }
    guard platform_trace_continue(process) == 0 else { throw SystemError("ptrace(PTRACE_CONT)") }
    guard try victim.awaitReply() == .done else {
      throw SystemError("a stepped victim died", code: ESRCH)
    }
  }

  /// Whether a kill here leaves anything else than one at the instruction before.
  private var hasChanged: Bool {
    guard
      !seen.memory.holdsTheSame(as: stand.memory, byteCount: CrashStand.byteCount)
        || !seen.ledger.holdsTheSameNotes(as: stand.ledger)
    else { return false }
    seen.memory.copy(from: stand.memory, byteCount: CrashStand.byteCount)
    seen.ledger.copy(from: stand.ledger)
    return true
  }

  /// What a kill at this instruction would leave, recovered.
  private func check(isAgentAlive: Bool) throws(CrashFinding) {
    shadow.memory.copy(from: stand.memory, byteCount: CrashStand.byteCount)
    shadow.ledger.copy(from: stand.ledger)
    let world = shadow.world
    if victim != .agent, isAgentAlive {
      // The agent stands idle: a successor's drain leaves every ring with one owner.
      var successor = ControllerActor(world)
      try successor.perform(.drain)
      try world.checkOwners(isReclaimed: false)
    }
    try world.settle(deaths: 1)
  }
}
