// Who plays an actor: the parent itself, or a forked victim that is told each step and answers.

import FaultMemory
import Harness
import HardwareMemory
import MemoryInterface
import TracerCore

/// How a step ended.
enum StepEnd {
  case done
  /// The victim was killed within it, or before.
  case died
}

/// What the parent asks of a victim.
struct StepRequest: BitwiseCopyable {
  var step: UInt8 = 0
  /// Whether the parent single-steps the victim through this step.
  var isTraced: UInt8 = 0
}

/// What a victim answers.
struct StepReply: BitwiseCopyable {
  /// Zero, or one more than the place of the broken guarantee in their list.
  var finding: UInt64 = 0
  /// Accesses to shared memory so far, under a fault plan.
  var accesses: UInt64 = 0
  var text = FixedText()
}

/// One actor, wherever it runs. Used by the parent's thread.
final class CrashRole<Actor: CrashActor & ~Copyable> {
  private var local: Actor?
  private var victim: WorkerProcess?
  /// Accesses of the victim so far.
  private(set) var accesses: UInt64 = 0

  /// The parent plays it.
  init(_ actor: consuming Actor) { local = consume actor }

  /// A forked victim plays it.
  init(victim: WorkerProcess) { self.victim = victim }

  /// The victim's process, while there is one.
  var process: WorkerProcess? { victim }

  /// Does a step, and waits for its end.
  func perform(_ step: CrashStep) throws -> StepEnd {
    if let victim {
      do throws(WorkerError) {
        try victim.send(StepRequest(step: step.rawValue))
      } catch { return try deathOnly(error) }
      return try awaitReply()
    }
    try local?.perform(step)
    return .done
  }

  /// Takes the answer to a step that was sent.
  func awaitReply() throws -> StepEnd {
    guard let victim else { return .done }
    let reply: StepReply
    do throws(WorkerError) {
      // Twenty seconds: far beyond any step, on any machine.
      reply = try victim.receive(
        placeholder: StepReply(), deadlineNanoseconds: 20_000_000_000)
    } catch { return try deathOnly(error) }
    accesses = reply.accesses
    guard reply.finding == 0 else {
      let all = CrashGuarantee.allCases
      throw CrashFinding(all[min(Int(reply.finding) - 1, all.count - 1)], reply.text.description)
    }
    return .done
  }

  /// The death that a sweep is about is no error; everything else is.
  private func deathOnly(_ error: WorkerError) throws(WorkerError) -> StepEnd {
    guard case .died(_, .signalled(9)) = error else { throw error }
    victim = nil
    return .died
  }
}

/// The life of a victim: steps until the conversation or the process ends.
///
/// - Parameter found: what it met before the first step, answered to that one.
func runVictim<Actor: CrashActor & ~Copyable>(
  _ actor: consuming Actor, ledger: CrashLedger, context: WorkerContext, plan: FaultPlan? = nil,
  found: CrashFinding? = nil
) throws -> Int32 {
  var actor = consume actor
  while let request = try context.receive(placeholder: StepRequest()) {
    guard let step = CrashStep(rawValue: request.step) else { return 1 }
    var reply = StepReply()
    do throws(CrashFinding) {
      if let found { throw found }
      if request.isTraced != 0 {
        VictimTracing.enter(ledger)
        defer { ledger.marker = 2 }
        try actor.perform(step)
      } else {
        try actor.perform(step)
      }
    } catch {
      let place = CrashGuarantee.allCases.firstIndex(of: error.guarantee) ?? 0
      reply.finding = UInt64(place + 1)
      reply.text = FixedText(error.text)
    }
    reply.accesses = plan?.accesses ?? 0
    try context.send(reply)
  }
  return 0
}
