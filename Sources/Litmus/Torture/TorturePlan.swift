// Runs one test over all region kinds, in rounds, and judges what was seen.

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

  /// Runs a test and judges it. A region kind that cannot be made is skipped and named.
  ///
  /// - Parameter expected: the catalogue's expectation, where there is one.
  public func run(
    _ file: LitmusFile, expected: OutcomeCategory? = nil
  ) throws -> TortureReport {
    let program = LitmusProgram(file)
    let model = try LitmusModel.decide(program)
    let judge = OutcomeJudge(program: program, model: model, expected: expected)
    let kernel = try LitmusKernel(program)
    var targets = targets
    var skipped: [(backing: String, reason: String)] = []
    var observations = targets.map { TortureObservation(backing: $0.label) }
    var random = LitmusRandom(seed: seed)
    let sliceSeconds = seconds / Double(max(1, rounds * targets.count))
    for _ in 0..<rounds {
      for index in targets.indices.shuffled(using: &random) {
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
      test: file.name, model: model, expected: expected, observations: observations,
      skipped: skipped,
      comparison: KindComparison(shares: kinds.map { $0.1.shares }, seed: seed),
      hadCPUs: runner.hasCPUs(for: kernel), seed: seed)
  }
}

/// Judges outcomes of a test seen on hardware.
struct OutcomeJudge {
  let program: LitmusProgram
  let model: ModelVerdict
  let expected: OutcomeCategory?

  func add(_ slice: TortureSlice, to observation: inout TortureObservation) {
    var weak: UInt64 = 0
    for (state, count) in slice.outcomes {
      let text = outcomeText(of: state)
      observation.outcomes[text, default: 0] += count
      observation.categories[text] = category(of: state)
      if program.isObserved(state), program.answers(state) { weak += count }
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
  /// catalogue or the model forbids is forbidden.
  func category(of state: LitmusState) -> OutcomeCategory {
    guard program.isObserved(state) else { return .acceptable }
    let answers = program.answers(state)
    if model.verdict == .race { return answers ? .interesting : .acceptable }
    if answers, program.file.quantifier != .exists { return .forbidden }
    if answers, let expected { return expected }
    if model.states.contains(program.text(of: state)) {
      return answers ? .interesting : .acceptable
    }
    // Explored in part only: the model cannot call it forbidden.
    return model.complete ? .forbidden : .interesting
  }

  func outcomeText(of state: LitmusState) -> String {
    let text = program.text(of: state)
    return text.isEmpty ? "true" : String(text.dropLast()).replacing("; ", with: " ∧ ")
  }
}
