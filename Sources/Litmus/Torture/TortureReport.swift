// What torture saw of one test, judged.

/// What one region kind (or threads) showed.
public struct TortureObservation: Sendable {
  /// `anonymous`, `memfd`, `shm`, `file`, `file-tmpfs`; with `/threads` behind it for threads.
  public var backing: String
  /// Instances, or in perpetual form disjoint frames, by outcome, as `0:r0=0 ∧ 1:r0=0`.
  public var outcomes: [String: UInt64] = [:]
  /// The judgement of each outcome.
  public var categories: [String: OutcomeCategory] = [:]
  /// Instances that showed the outcome asked for, each a distinct one; in perpetual form the frames
  /// that share no round.
  public var weak: UInt64 = 0
  /// In perpetual form: the rounds of process 0 that are in a frame with the outcome asked for.
  public var weakFrames: UInt64 = 0
  /// Instances that ended, or rounds.
  public var iterations: UInt64 = 0
  /// Instances given up in a waiting loop.
  public var abandoned: UInt64 = 0
  /// Instances whose outcome found no place in the tables.
  public var overflow: UInt64 = 0
  /// Wall-clock time from before the first fork to the last worker's end, in seconds.
  public var seconds = 0.0
  /// The share of the workers' time spent in the test's own accesses.
  public var runShare = 0.0
  /// For each round, the share of instances that showed the outcome asked for.
  public var shares: [Double] = []

  /// Distinct weak outcomes per second of the whole run.
  public var weakPerSecond: Double { seconds > 0 ? Double(weak) / seconds : 0 }
  /// In perpetual form: weak frames per second of the whole run.
  public var weakFramesPerSecond: Double { seconds > 0 ? Double(weakFrames) / seconds : 0 }
  /// Instances, or rounds, per second of the whole run.
  public var iterationsPerSecond: Double { seconds > 0 ? Double(iterations) / seconds : 0 }
}

/// What torture saw of one test, and what the model says of it.
public struct TortureReport: Sendable {
  /// The test's name.
  public var test: String
  /// The file it came from; `nil` for the catalogue's.
  public var path: String?
  /// How it was run.
  public var mode: TortureMode
  /// What the model says.
  public var model: ModelVerdict
  /// The catalogue's expectation of the outcome asked for; `nil` for a file.
  public var expected: OutcomeCategory?
  /// By region kind.
  public var observations: [TortureObservation]
  /// Region kinds that were not run, with the reason.
  public var skipped: [(backing: String, reason: String)]
  /// Whether kinds differ; `nil` where fewer than two were run, or one round.
  public var comparison: KindComparison?
  /// Whether every process had a CPU of its own; if not, what was not seen is no evidence.
  public var hadCPUs: Bool
  /// What repeats the draws of this run.
  public var seed: UInt64

  /// The forbidden outcomes that were seen: backing, outcome, count.
  public var forbidden: [(backing: String, outcome: String, count: UInt64)] {
    observations.flatMap { observation in
      observation.outcomes.keys.sorted()
        .filter { observation.categories[$0] == .forbidden }
        .map { (observation.backing, $0, observation.outcomes[$0]!) }
    }
  }

  /// Whether instances were begun and none ended: each was given up in a loop.
  public var neverEnded: Bool {
    observations.contains { $0.abandoned > 0 } && observations.allSatisfy { $0.iterations == 0 }
  }

  /// One line of JSON, as measurement.md fixes it.
  public var jsonLine: String {
    var fields = model.jsonFields
    if let path { fields.append(("path", .string(path))) }
    fields.append(
      ("observed", .object(observations.map { ($0.backing, .counts($0.outcomes)) })))
    fields.append(("mode", .string(mode.rawValue)))
    fields.append(("expected", expected.map { .string($0.rawValue) } ?? .null))
    fields.append(("forbidden", .number(Double(forbidden.reduce(0) { $0 + $1.count }))))
    fields.append(("evidence", .bool(hadCPUs)))
    fields.append(("seed", .string("\(seed)")))
    let rates = observations.map { observation in
      (
        observation.backing,
        LitmusJSON.object([
          ("weakPerSecond", .number(observation.weakPerSecond)),
          ("weakFramesPerSecond", .number(observation.weakFramesPerSecond)),
          ("iterationsPerSecond", .number(observation.iterationsPerSecond)),
          ("seconds", .number(observation.seconds)), ("runShare", .number(observation.runShare)),
          ("abandoned", .number(Double(observation.abandoned))),
          ("overflow", .number(Double(observation.overflow))),
        ])
      )
    }
    fields.append(("rates", .object(rates)))
    fields.append(("skipped", .object(skipped.map { ($0.backing, .string($0.reason)) })))
    fields.append(("comparison", comparison?.json ?? .null))
    return LitmusJSON.object(fields).text
  }
}

extension KindComparison {
  fileprivate var json: LitmusJSON {
    .object([
      ("method", .string(Self.method)), ("pValue", .number(pValue)),
      ("meanShare", .number(meanShare)), ("widestDifference", .number(widestDifference)),
      ("smallestDetectable", .number(smallestDetectable)),
    ])
  }
}

extension ModelVerdict {
  var jsonFields: [(String, LitmusJSON)] {
    [
      ("test", .string(test)), ("verdict", .string(verdict.rawValue)),
      ("complete", .bool(complete)), ("bound", bound.map { .string($0) } ?? .null),
      ("executions", .number(Double(executions))), ("seconds", .number(seconds)),
      ("states", .array(states.map { .string($0) })),
    ]
  }

  /// One line of JSON, as measurement.md fixes it.
  public var jsonLine: String { LitmusJSON.object(jsonFields).text }
}
