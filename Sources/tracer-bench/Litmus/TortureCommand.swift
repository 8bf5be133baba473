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
      tests of herd's C dialect, compiled with clang and judged by the model (RC11). Each instance \
      of a test counts once. Racy tests forbid nothing; for ~exists and forall a counterexample \
      is forbidden.

      EXAMPLES
        tracer-bench torture                            the catalogue, a minute
        tracer-bench torture --test SB+rlx --duration 10
        tracer-bench torture --quick
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

  @Flag(help: "A short look at every test: about 40 s.")
  var quick = false

  @Option(help: "Region kind (repeatable). Default: all five.")
  var backing: [Backing] = []

  @Option(help: "Folder for files on disk. Default: TMPDIR or /var/tmp.")
  var path: String?

  @Option(parsing: .unconditional, help: "Seconds for each test, all region kinds together.")
  var duration: Double?

  @Option(parsing: .unconditional, help: "At most so many instances of a test for each kind.")
  var iterations: UInt64?

  @Option(parsing: .unconditional, help: "Slices of each region kind, in random order (1 to 64).")
  var rounds = 6

  @Flag(help: "Do not run threads of one process for comparison.")
  var noThreads = false

  @Option(help: "CPUs to run on, as 0-1 or 0,2. Default: all allowed.")
  var cpus: String?

  @Option(parsing: .unconditional, help: "Seed of what is drawn; printed if drawn.")
  var seed: UInt64?

  @Option(help: "table, json (one object a line) or junit.")
  var format: LitmusFormat = .table

  /// Seconds for each test: a minute or so for the catalogue; and its quick form.
  private static let standardSeconds = 1.0
  private static let quickSeconds = 0.4

  func validate() throws {
    guard (1...64).contains(rounds) else { throw ValidationError("--rounds \(rounds): 1 to 64") }
    if let duration, !(duration > 0 && duration <= 86_400) {
      throw ValidationError("--duration \(duration): more than 0, at most 86400")
    }
    if let iterations, iterations < 1 {
      throw ValidationError("--iterations \(iterations): at least 1")
    }
    for name in test where LitmusCatalogue.entry(named: name) == nil {
      throw ValidationError("--test \(name): not in the catalogue (tracer-bench torture --list)")
    }
    if let cpus, CPUSet(list: cpus)?.isEmpty != false {
      throw ValidationError("--cpus \(cpus): a list such as 0-1 or 0,2")
    }
  }

  func run() throws {
    if list { return printList() }
    let tests = try chosenTests()
    try CleanupRegistry.install()
    let plan = try makePlan()
    if seed == nil { StandardError.print("seed \(plan.seed)") }
    var reports: [TortureReport] = []
    for (file, expected) in tests {
      do {
        let report = try plan.run(file, expected: expected)
        reports.append(report)
        switch format {
        case .table: print(TortureText(report: report).text)
        case .json: print(report.jsonLine)
        case .junit: break
        }
        fflush(nil)
        for seen in report.forbidden {
          StandardError.print(
            "\(report.test): forbidden outcome \(seen.outcome) seen \(seen.count) times over "
              + "\(seen.backing); replay: \(replay(report, source: expected == nil ? file.path : nil))"
          )
        }
      } catch let error as LitmusRunError {
        throw BenchError.usage("\(file.path): undefined behaviour: \(error)")
      } catch let error as TortureError {
        throw BenchError.operation("\(error)")
      } catch let error as WorkerError {
        throw BenchError.operation("\(error)")
      }
    }
    if format == .junit { print(TortureText.junit(reports)) }
    if reports.contains(where: { !$0.forbidden.isEmpty }) { throw ExitCode(3) }
  }

  private func chosenTests() throws -> [(LitmusFile, OutcomeCategory?)] {
    var entries = test.compactMap { LitmusCatalogue.entry(named: $0) }
    if files.isEmpty && entries.isEmpty { entries = LitmusCatalogue.entries }
    return try entries.map {
      (try LitmusParser.parse($0.litmusText, path: $0.name), $0.expected)
    } + LitmusFiles.load(files).map { ($0, nil) }
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
      seconds: duration ?? (quick ? Self.quickSeconds : Self.standardSeconds),
      seed: seed ?? UInt64.random(in: .min ... .max),
      runner: TortureRunner(cpus: chosen.numbers))
    plan.rounds = quick ? min(rounds, 2) : rounds
    plan.comparesThreads = !noThreads
    if let iterations { plan.maximumIterations = iterations }
    return plan
  }

  private func replay(_ report: TortureReport, source: String?) -> String {
    var words = ["tracer-bench torture"]
    words.append(source ?? "--test '\(report.test)'")
    words.append("--seed \(report.seed) --rounds \(rounds)")
    if let duration { words.append("--duration \(duration)") }
    return words.joined(separator: " ")
  }

  private func printList() {
    var table = TextTable(["test", "RC11", "x86-64", "aarch64"])
    for entry in LitmusCatalogue.entries {
      table.rows.append(
        [entry.name, entry.rc11.rawValue, entry.x86.rawValue, entry.aarch64.rawValue])
    }
    print(table.plain(indent: ""))
  }
}
