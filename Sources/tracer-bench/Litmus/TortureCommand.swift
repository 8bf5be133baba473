// `tracer-bench torture`: litmus tests on this machine, across processes, over every region kind.

import ArgumentParser
import Glibc
import Harness
import Litmus

struct TortureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "torture",
    abstract: "Runs litmus tests on the hardware, across processes, over every region kind.",
    discussion: """
      Without files: the catalogue, with the outcomes expected on this architecture. With files: \
      tests of herd's C dialect, judged by the model (RC11); what clang compiles is the test printed \
      again as C, with the same accesses and types in a frame of batches. In batches \
      each instance of a test counts once; in perpetual form rounds run without any barrier and \
      frames are counted, distinct ones (that share no round) beside all. Racy tests forbid \
      nothing, nor what only load buffering explains; for ~exists and forall a counterexample is \
      forbidden.

      EXAMPLES
        tracer-bench torture                            the catalogue, a minute and a half
        tracer-bench torture --quick
        tracer-bench torture --duration 600             the catalogue, ten minutes
        tracer-bench torture --test SB+rlx --duration 12          rates on every region kind
        tracer-bench torture --test SB+rlx --mode perpetual --duration 12
        tracer-bench torture --test SB+rlx+Fsc --mode batch --iterations 100000000
        tracer-bench torture SB.litmus MP.litmus --format json
        tracer-bench torture --test MP+relW+acqR --backing memfd --backing file --path /var/tmp

      EXIT CODES
        0 nothing forbidden was seen   3 a forbidden outcome   1 no compiler, no memory
        64 a file or an option is not supported (file, line, construct)
      """)

  @Argument(help: "Litmus tests in herd's C dialect.", completion: .file(extensions: ["litmus"]))
  var files: [String] = []

  @Option(help: "Only this test of the catalogue (repeatable).")
  var test: [String] = []

  @Flag(help: "List the catalogue and what is expected here.")
  var list = false

  @Flag(help: "A short look at every test: under a minute.")
  var quick = false

  @Option(help: "Region kind (repeatable). Default: all five.")
  var backing: [Backing] = []

  @Option(help: "Folder for files on disk. Default: TMPDIR or /var/tmp.")
  var path: String?

  @Option(parsing: .unconditional, help: "Seconds for the whole run, shared by tests and kinds.")
  var duration: Double?

  @Option(parsing: .unconditional, help: "At most so many instances of a test for each kind.")
  var iterations: UInt64?

  @Option(parsing: .unconditional, help: "Slices of each region kind, in random order (1 to 64).")
  var rounds = 6

  @Option(help: "batch or perpetual. Default: as each test prefers (--list).")
  var mode: TortureMode?

  @Flag(help: "Do not run threads of one process for comparison.")
  var noThreads = false

  @Option(help: "CPUs to run on, as 0-1 or 0,2. Default: all allowed.")
  var cpus: String?

  @Option(parsing: .unconditional, help: "Seed of what is drawn; printed if drawn.")
  var seed: UInt64?

  @Option(parsing: .unconditional, help: "Rounds of a loop that the model follows in a file.")
  var loopRounds = LitmusLimits.defaultLoopRounds

  @Option(help: "table, json (one object a line) or junit.")
  var format: LitmusFormat = .table

  /// Seconds for each test where nothing is asked for; for the whole quick run; and where only a
  /// number of iterations ends it.
  private static let secondsPerTest = 1.0
  private static let quickSeconds = 40.0
  private static let unlimitedSeconds = 86_400.0

  func validate() throws {
    guard (1...64).contains(rounds) else { throw ValidationError("--rounds \(rounds): 1 to 64") }
    if let duration, !(duration > 0 && duration <= Self.unlimitedSeconds) {
      throw ValidationError("--duration \(duration): more than 0, at most 86400")
    }
    try LitmusFiles.check(loopRounds: loopRounds)
    if let iterations, iterations < 1 {
      throw ValidationError("--iterations \(iterations): at least 1")
    }
    for name in test where LitmusCatalogue.entry(named: name) == nil {
      throw ValidationError("--test \(name): not in the catalogue (tracer-bench torture --list)")
    }
    if mode == .perpetual, !files.isEmpty {
      throw ValidationError("--mode perpetual: tests of the catalogue only, not files")
    }
    for name in test {
      if let mode, LitmusCatalogue.entry(named: name)?.allows(mode) == false {
        throw ValidationError("--mode \(mode.rawValue): \(name) has no such form")
      }
    }
    if let cpus, CPUSet(list: cpus)?.isEmpty != false {
      throw ValidationError("--cpus \(cpus): a list such as 0-1 or 0,2")
    }
  }

  func run() throws {
    if list { return printList() }
    let tests = try chosenTests()
    try CleanupRegistry.install()
    var plan = try makePlan()
    for backing in plan.backings { backing.sweep() }
    if seed == nil { StandardError.print("seed \(plan.seed)") }
    let progress = Progress(isShown: format == .table && StandardError.isTerminal)
    let total = totalSeconds(tests.count)
    let start = MonotonicTime.nanoseconds()
    func elapsed() -> Double { Double(MonotonicTime.nanoseconds() - start) * 1e-9 }
    var reports: [TortureReport] = []
    var failures: [BenchError] = []
    for (index, test) in tests.enumerated() {
      progress.show("torture: \(test.name)", Double(index) / Double(tests.count))
      // What the tests before took too long, or left, is shared by those that follow.
      plan.seconds = max(total - elapsed(), total / 10) / Double(tests.count - index)
      let report: TortureReport
      do throws(BenchError) {
        report = try run(test, plan)
      } catch {
        // The others have results all the same.
        progress.end()
        StandardError.print("\(error)")
        failures.append(error)
        continue
      }
      reports.append(report)
      progress.end()
      show(report, replay: test.replay(report, plan))
    }
    switch format {
    case .table: print(TortureText.summary(reports, seconds: elapsed()))
    case .json: break
    case .junit: print(TortureText.junit(reports))
    }
    if reports.contains(where: { !$0.forbidden.isEmpty }) { throw ExitCode(3) }
    if let failure = failures.first { throw ExitCode(failure.exitCode) }
  }

  private func totalSeconds(_ tests: Int) -> Double {
    if let duration { return duration }
    if iterations != nil { return Self.unlimitedSeconds }
    return quick ? Self.quickSeconds : Self.secondsPerTest * Double(tests)
  }

  private func run(
    _ test: TortureTest, _ plan: TorturePlan
  ) throws(BenchError) -> TortureReport {
    do {
      switch test {
      case .catalogued(let entry):
        // Asked of the whole catalogue, a mode is for the tests that have it.
        return try plan.run(entry, mode: mode.flatMap { entry.allows($0) ? $0 : nil })
      case .file(let file): return try plan.run(file)
      }
    } catch let error as LitmusError {
      throw BenchError.usage("\(error)")
    } catch {
      throw BenchError.operation("\(error)")
    }
  }

  private func show(_ report: TortureReport, replay: String) {
    switch format {
    case .table: print(TortureText(report: report).text)
    case .json: print(report.jsonLine)
    case .junit: break
    }
    fflush(nil)
    for seen in report.forbidden {
      StandardError.print(
        "\(report.test): forbidden outcome \(seen.outcome) seen \(seen.count) times over "
          + "\(seen.backing); replay: \(replay)")
    }
  }

  private func chosenTests() throws -> [TortureTest] {
    var entries = test.compactMap { LitmusCatalogue.entry(named: $0) }
    if files.isEmpty && entries.isEmpty { entries = LitmusCatalogue.entries }
    return try entries.map { .catalogued($0) } + LitmusFiles.load(files).map { .file($0) }
  }

  private func makePlan() throws -> TorturePlan {
    let allowed: CPUSet
    do {
      allowed = try Placement.allowedCPUs()
    } catch { throw BenchError.environment("\(error)") }
    let chosen = cpus.flatMap { CPUSet(list: $0) } ?? allowed
    if let missing = chosen.numbers.first(where: { !allowed.contains($0) }) {
      throw BenchError.usage("--cpus: this process may not run on CPU \(missing) (\(allowed))")
    }
    let folder = path ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
    let kinds = backing.isEmpty ? Backing.allCases : backing
    let backings = kinds.map { kind -> TortureBacking in
      switch kind {
      case .anonymous: .anonymous
      case .memfd: .memfd
      case .shm: .shm
      case .file: .file(folder: folder)
      case .fileTmpfs: .fileOnTmpfs(folder: "/dev/shm")
      }
    }
    var plan = TorturePlan(
      backings: backings,
      seconds: 0,
      seed: seed ?? UInt64.random(in: .min ... .max),
      runner: TortureRunner(cpus: chosen.numbers))
    plan.rounds = quick ? min(rounds, 2) : rounds
    plan.comparesThreads = !noThreads
    plan.limits = LitmusLimits(loopRounds: loopRounds)
    if let iterations { plan.maximumIterations = iterations }
    return plan
  }

  private func printList() {
    var table = TextTable(["test", "RC11", "x86-64", "aarch64", "mode here"])
    for entry in LitmusCatalogue.entries {
      table.rows.append(
        [
          entry.name, entry.rc11.rawValue, entry.x86.rawValue, entry.aarch64.rawValue,
          entry.preferredMode.rawValue,
        ])
    }
    print(table.plain(indent: ""))
  }
}

extension TortureMode: ExpressibleByArgument {}
