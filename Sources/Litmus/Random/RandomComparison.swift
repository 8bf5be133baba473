// The model checker against brute force on random tests.

/// Compares the model checker with the brute-force judge.
public enum RandomComparison {
  /// A test on which they differ, shrunk.
  public struct Difference: Sendable {
    /// The seed of the test before it was shrunk.
    public let seed: UInt64
    /// The shrunk test.
    public let test: LitmusFile
    /// What the model checker says of it.
    public let model: ModelVerdict
    /// What brute force says of it.
    public let judge: ModelVerdict
  }

  /// The first of the seeds' tests on which the two differ, shrunk; `nil` if they agree on all.
  public static func firstDifference(seeds: Range<UInt64>) -> Difference? {
    for seed in seeds {
      let file = LitmusGenerator.test(seed: seed)
      guard differ(on: file) else { continue }
      let small = LitmusShrinker.shrink(file, while: differ)
      // Generated tests divide by nothing and follow no pointers: they cannot fail to run.
      guard let (model, judge) = verdicts(of: small) else { continue }
      return Difference(seed: seed, test: small, model: model, judge: judge)
    }
    return nil
  }

  /// Whether the two differ on a test: in the verdict, or without a race in the states or in the
  /// number of executions.
  static func differ(on file: LitmusFile) -> Bool {
    guard let (model, judge) = verdicts(of: file) else { return true }
    guard model.complete, judge.complete, model.verdict == judge.verdict else { return true }
    guard model.verdict != .race else { return false }
    // A spurious failure that could not have succeeded either is counted apart by the checker.
    let countsCompare = !file.litmusText.contains("_weak")
    return model.states != judge.states || countsCompare && model.executions != judge.executions
  }

  private static func verdicts(of file: LitmusFile) -> (ModelVerdict, ModelVerdict)? {
    let program = LitmusProgram(file)
    guard let model = try? LitmusModel.decide(program),
      let judge = try? AxiomaticEnumerator.decide(program)
    else { return nil }
    return (model, judge)
  }
}
