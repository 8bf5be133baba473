// `tracer-bench crash`: processes killed at every access, at every instruction, at random moments;
// and the power cut.

import ArgumentParser
import CrashLab
import Glibc
import Harness
import HardwareMemory
import TracerShm

extension CrashMethod: ExpressibleByArgument {}
extension CrashVictim: ExpressibleByArgument {}

struct CrashCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crash",
    abstract:
      "Kills agent, controller and recovering process, cuts the power, and checks what survives.",
    discussion: """
      access: a victim kills itself before its n-th access to shared memory, for every n of a \
      scenario. After every kill the survivors take over, recover and go on, and the promises of \
      the protocol are checked: no accepted record lost, none torn, each in the output once, at \
      most one attempt in flight, the loss identity, one owner for every ring, recovery that can \
      be repeated. instruction: the victim is single-stepped, and at every instruction a copy of \
      the region is recovered and checked. time: agent and controller run freely and are killed at \
      random moments, in every order, survivors stopped and continued. The same --seed gives the \
      same circumstances; where in the code a moment falls is up to the machine. power: agent and \
      controller run on a file under the sync policy; at every sync and at random accesses the \
      power fails, which leaves what was synchronised and any older or newer version of every \
      other page or sector; each such image is recovered as after a restart, and every ring that \
      was reported as synced has to be there. Kill points are then cuts, kills are images; the \
      same --seed gives the same cuts.

      EXAMPLES
        tracer-bench crash                                     everything
        tracer-bench crash --quick                             under a minute
        tracer-bench crash --method access --scenario swap --victim controller
        tracer-bench crash --method instruction --scenario swap --backing memfd
        tracer-bench crash --method time --kills 5000 --seed 7
        tracer-bench crash --method power --kills 100000
        tracer-bench crash --backing file --path /var/tmp --backing shm
        tracer-bench crash --recovery-time                     of a region of 64 MiB
        tracer-bench crash --list

      EXIT CODES
        0 everything held   1 a process or region could not be made   3 a promise was broken: \
      its name, what was found, and the command that does it again   64 usage   130 interrupted
      """)

  @Option(help: "access, instruction, time or power; repeatable. Default: all.")
  var method: [CrashMethod] = []

  @Option(help: "Scenario, see --list; repeatable. Default: all.")
  var scenario: [String] = []

  @Option(help: "agent, controller, both or recovery; repeatable. Default: all.")
  var victim: [CrashVictim] = []

  @Option(
    parsing: .unconditional,
    help: """
      By time: moments for each victim and region kind. Default: 1000, with --quick 60. By power: \
      cuts, in whole runs. Default: 10000, with --quick 500.
      """)
  var kills: Int?

  @Option(
    parsing: .unconditional, help: "By time and power: seed of the moments; printed if drawn.")
  var seed: UInt64?

  @OptionGroup var region: RegionArguments

  @Flag(help: "A short form: under a minute.")
  var quick = false

  @Flag(help: "List the scenarios and whose deaths they sweep.")
  var list = false

  @Flag(
    help: "Kill nothing but the writer of a full region of 64 MiB, and say what recovery takes.")
  var recoveryTime = false

  @Option(
    help: "With one scenario, victim and region kind: only the kill that a failure named.")
  var at: String?

  @Option(help: "table, json (one object a line) or junit.")
  var format: LitmusFormat = .table

  private static let standardKills = 1000
  private static let quickKills = 60
  private static let standardCuts = 10_000
  private static let quickCuts = 500

  func validate() throws {
    for name in scenario where CrashScenario.named(name) == nil {
      throw ValidationError("--scenario \(name): none of that name (tracer-bench crash --list)")
    }
    if let kills, kills < 1 { throw ValidationError("--kills \(kills): at least 1") }
    if method == [.power], !list, !recoveryTime, cases.isEmpty {
      throw ValidationError("--method power: files only, agent and controller both, no scenario")
    }
    if let at {
      guard method == [.access], victim.count == 1, scenario.count == 1 else {
        throw ValidationError("--at \(at): with --method access, one --scenario and one --victim")
      }
      _ = try plan(at)
    }
  }

  func run() throws {
    if list { return printList() }
    try region.checkNode()
    do { try CleanupRegistry.install() } catch { throw BenchError.operation("\(error)") }
    if recoveryTime { return try measureRecovery() }
    let seed = seed ?? UInt64.random(in: .min ... .max)
    if self.seed == nil, cases.contains(where: { $0.scenario == nil }) {
      StandardError.print("seed \(seed)")
    }
    let experiment = CrashExperiment(
      region: region, isQuick: quick, plan: try at.map(plan),
      kills: kills ?? (quick ? CrashCommand.quickKills : CrashCommand.standardKills),
      cuts: kills ?? (quick ? CrashCommand.quickCuts : CrashCommand.standardCuts), seed: seed,
      progress: Progress(isShown: format == .table && StandardError.isTerminal))
    let outcomes = try experiment.run(cases) { outcome in
      if format == .json { print(outcome.jsonLine) }
      if let broken = outcome.broken, let found = outcome.found, let replay = outcome.replay {
        StandardError.print("\(outcome.test): \(broken): \(found); again: \(replay)")
      }
    }
    let isBroken = outcomes.contains { $0.broken != nil }
    if !isBroken { try requireKills(outcomes) }
    switch format {
    case .table: print(CrashText(outcomes: outcomes).table)
    case .json: break
    case .junit: print(CrashText(outcomes: outcomes).junit)
    }
    if isBroken { throw ExitCode(3) }
  }

  /// A sweep in which nothing was killed proves nothing, and does not pass.
  private func requireKills(_ outcomes: [CrashOutcome]) throws {
    guard let idle = outcomes.first(where: { $0.killPoints == 0 }) else {
      guard outcomes.isEmpty else { return }
      throw BenchError.usage("no sweep is all that was asked for (tracer-bench crash --list)")
    }
    guard let at else { throw BenchError.operation("\(idle.test): nothing was killed") }
    throw BenchError.usage("--at \(at): \(idle.test) ends before that access; nothing was killed")
  }

  /// Every sweep that was asked for. Unless kinds are named: by time a file and a named region, by
  /// power a file.
  private var cases: [CrashCase] {
    let methods = method.isEmpty ? CrashMethod.allCases : method
    return methods.flatMap { method in
      let standard: [Backing] =
        switch method {
        case .access, .instruction: Backing.allCases
        case .time: [.shm, .file]
        case .power: [.file]
        }
      return (region.backing.isEmpty ? standard : region.backings)
        .flatMap { CrashCase.all(method, $0) }
    }.filter { sweep in
      if quick, region.backing.isEmpty, !sweep.isQuick { return false }
      let isNamed = sweep.scenario.map { scenario.contains($0.name) } ?? false
      return (scenario.isEmpty || isNamed) && (victim.isEmpty || victim.contains(sweep.victim))
    }
  }

  /// `n`, `n,m` or `agent,controller`, by the victim.
  private func plan(_ text: String) throws -> KillPlan {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { UInt64($0) }
    guard let victim = victim.first, let plan = KillPlan(victim: victim, places: numbers) else {
      throw ValidationError("--at \(text): one place, or two with a comma between, as printed")
    }
    return plan
  }

  /// How long a full region of 64 MiB takes to recover, for each kind that has a name.
  private func measureRecovery() throws {
    let factory = RegionFactory(region)
    factory.sweep()
    let kinds = region.backing.isEmpty ? [.shm, .file, .fileTmpfs] : region.backings
    var table = TextTable(["region", "MiB", "records", "post-mortem", "controller to tmpfs"])
    for (number, kind) in kinds.enumerated() where kind != .anonymous && kind != .memfd {
      let place = factory.place(kind, name: TemporaryName(number: number).text)
      let time: RecoveryTime
      do {
        time = try RecoveryTime.measure(
          place, outputPath: "/dev/shm/" + TemporaryName(number: 1000 + number).text)
      } catch let finding as CrashFinding { throw BenchError.wrongData("\(finding)") } catch {
        throw BenchError.operation("\(error)")
      }
      table.rows.append([
        kind.rawValue, "\(time.regionByteCount >> 20)", "\(time.records)",
        "\(Format.fixed(Double(time.postMortemNanoseconds) / 1e9, 3)) s",
        "\(Format.fixed(Double(time.controllerNanoseconds) / 1e9, 3)) s",
      ])
    }
    print(table.plain(indent: ""))
  }

  private func printList() {
    var table = TextTable(["scenario", "victims", "covers"])
    for scenario in CrashScenario.all {
      table.rows.append([
        scenario.name, scenario.victims.map(\.rawValue).joined(separator: ", "), scenario.summary,
      ])
    }
    print(table.plain(indent: ""))
    print("The methods time and power have no scenario: agent and controller run freely.")
  }
}
