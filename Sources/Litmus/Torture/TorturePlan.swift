// Runs one test over all region kinds, in rounds, and judges what was seen.

import Harness
import HardwareMemory

/// What torture does with each test.
public struct TorturePlan: Sendable {
  /// The region kinds.
  public var backings: [TortureBacking]
  /// Whether threads of one process run as well, over anonymous memory, for comparison.
  public var comparesThreads = true
  /// Seconds for the whole test, all kinds together.
  public var seconds: Double
  /// Slices of each kind.
  public var rounds = 6
  /// What is drawn comes from this.
  public var seed: UInt64
  /// Where workers run.
  public var runner: TortureRunner
  /// How far the model follows loops of a file.
  public var limits = LitmusLimits()
  /// Ends each kind after this many instances in all.
  public var maximumIterations = UInt64.max

  /// A plan.
  public init(
    backings: [TortureBacking], seconds: Double, seed: UInt64, runner: TortureRunner
  ) {
    self.backings = backings
    self.seconds = seconds
    self.seed = seed
    self.runner = runner
  }

  /// The least share of its time that a slice gets where those before took too long.
  private static let leastShare = 0.2

  private struct Target {
    var backing: TortureBacking
    var actors: TortureActors
    var label: String
  }

  private var targets: [Target] {
    var result = backings.map {
      Target(backing: $0, actors: .processes, label: $0.description)
    }
    if comparesThreads {
      result.append(Target(backing: .anonymous, actors: .threads, label: "anonymous/threads"))
    }
    return result
  }

  /// Runs a test of the catalogue and judges it.
  ///
  /// - Parameter mode: how to run it, if the test allows it; `nil`: as the test prefers.
  public func run(_ entry: LitmusCatalogue.Entry, mode: TortureMode? = nil) throws -> TortureReport
  {
    let judge = OutcomeJudge(
      question: entry.question, model: entry.decide(), expected: entry.expected, program: nil)
    let perpetual =
      (mode ?? entry.preferredMode) == .perpetual ? CataloguePerpetual(entry) : nil
    return try run(perpetual ?? CatalogueBatch(entry: entry), judge)
  }

  /// Runs a litmus file, compiled for this machine, and judges it.
  public func run(_ file: LitmusFile) throws -> TortureReport {
    let program = LitmusProgram(file)
    let judge = OutcomeJudge(
      question: program.question, model: try LitmusModel.decide(program, limits: limits),
      expected: nil, program: program, limits: limits)
    var report = try run(try LitmusKernel(program), judge)
    report.path = file.path
    return report
  }

  /// Runs a test in rounds: whole ones only, and none after twice the time (where more is running
  /// than there are CPUs, slices end late). A region kind that cannot be made is skipped and named.
  private func run(_ kernel: any TortureKernel, _ judge: OutcomeJudge) throws -> TortureReport {
    var judge = judge
    var targets = targets
    var skipped: [(backing: String, reason: String)] = []
    var observations = targets.map { TortureObservation(backing: $0.label) }
    var random = LitmusRandom(seed: seed)
    let start = MonotonicTime.nanoseconds()
    func elapsed() -> Double { Double(MonotonicTime.nanoseconds() - start) * 1e-9 }
    var slices = rounds * targets.count
    let least = Self.leastShare * seconds / Double(slices)
    for _ in 0..<rounds where elapsed() < 2 * seconds {
      for index in targets.indices.shuffled(using: &random) {
        let sliceSeconds = max(least, (seconds - elapsed()) / Double(slices))
        slices -= 1
        guard !skipped.contains(where: { $0.backing == targets[index].label }) else { continue }
        var runner = runner
        runner.actors = targets[index].actors
        runner.maximumIterations =
          maximumIterations == .max ? .max : maximumIterations / UInt64(rounds)
        do {
          let slice = try runner.run(
            kernel, over: targets[index].backing, seconds: sliceSeconds, seed: random.next())
          judge.add(slice, to: &observations[index])
        } catch let error as SystemError {
          skipped.append((targets[index].label, error.description))
        }
      }
    }
    let present = observations.indices.filter { index in
      !skipped.contains { $0.backing == observations[index].backing }
    }
    observations = present.map { observations[$0] }
    targets = present.map { targets[$0] }
    // Threads are shown beside, but the question is about region kinds.
    let kinds = zip(targets, observations).filter { $0.0.actors == .processes }
    return TortureReport(
      test: kernel.test, mode: kernel.mode, model: judge.model, expected: judge.expected,
      observations: observations, skipped: skipped,
      comparison: KindComparison(shares: kinds.map { $0.1.shares }, seed: seed),
      hadCPUs: runner.hasCPUs(for: kernel), seed: seed)
  }
}

/// Judges outcomes of a test seen on hardware.
struct OutcomeJudge {
  let question: LitmusQuestion
  let model: ModelVerdict
  let expected: OutcomeCategory?
  /// The test itself where it came from outside: RC11's stricter axiom is then no ground to forbid.
  let program: LitmusProgram?
  /// How far its loops are followed.
  private let limits: LitmusLimits
  /// What load buffering allows; enumerated when first needed.
  private var buffered: Set<LitmusState>??

  init(
    question: LitmusQuestion, model: ModelVerdict, expected: OutcomeCategory?,
    program: LitmusProgram?, limits: LitmusLimits = LitmusLimits()
  ) {
    self.question = question
    self.model = model
    self.expected = expected
    self.program = program
    self.limits = limits
  }

  mutating func add(_ slice: TortureSlice, to observation: inout TortureObservation) {
    var weak: UInt64 = 0
    for (state, count) in slice.outcomes {
      let text = question.outcomeText(of: state)
      observation.outcomes[text, default: 0] += count
      observation.categories[text] = category(of: state)
      if question.isObserved(state), question.answers(state) {
        weak += count
        observation.weakFrames += slice.frames[state] ?? 0
      }
    }
    observation.weak += weak
    observation.iterations += slice.iterations
    observation.abandoned += slice.abandoned
    observation.overflow += slice.overflow
    let time = observation.seconds + slice.seconds
    if time > 0 {
      observation.runShare =
        (observation.runShare * observation.seconds + slice.runShare * slice.seconds) / time
    }
    observation.seconds = time
    let share = slice.iterations > 0 ? Double(weak) / Double(slice.iterations) : 0
    observation.shares.append(share)
  }

  /// Racy tests forbid nothing; `~exists` and `forall` forbid what violates them; else what the
  /// catalogue or the model forbids is forbidden, unless load buffering explains it.
  mutating func category(of state: LitmusState) -> OutcomeCategory {
    guard question.isObserved(state) else { return .acceptable }
    let answers = question.answers(state)
    if model.verdict == .race { return answers ? .interesting : .acceptable }
    if answers, question.quantifier != .exists { return .forbidden }
    if answers, let expected { return expected }
    if model.states.contains(question.text(of: state)) {
      return answers ? .interesting : .acceptable
    }
    // Explored in part only: the model cannot call it forbidden.
    guard model.complete else { return .interesting }
    return isBuffered(state) ? .interesting : .forbidden
  }

  /// Whether load buffering explains the outcome, or might: the enumeration has limits.
  private mutating func isBuffered(_ state: LitmusState) -> Bool {
    guard let program else { return false }
    if buffered == nil {
      buffered = .some(LoadBufferingJudge.states(of: program, limits: limits))
    }
    return buffered!?.contains(state) ?? true
  }
}
