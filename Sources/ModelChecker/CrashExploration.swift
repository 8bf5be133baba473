// The cases of a program with kills, one after another: nobody dies, then each victim before each
// of its operations, with each set of stores that may be lost there.

/// The result of exploring a program with kills.
public struct CrashReport: Sendable {
  /// All explorations together; its extent is complete only if each one's is.
  public internal(set) var total = ExplorationReport()
  /// Cases explored: a victim, an operation, a set of lost stores.
  public internal(set) var cases = 0
  /// Operations before which each victim was killed, by victim.
  public internal(set) var killPoints: [Int: Int] = [:]
}

extension Explorer {
  /// The largest number of unordered stores before a kill whose every subset is tried.
  private static var maximumWindow: Int { 10 }

  /// Explores a program without kills, then with each victim killed before each operation.
  ///
  /// A shard has its part of the executions without kills, and first kills in turn, whole: what
  /// may be lost at a kill, and how many kills there are, is known only from all their executions.
  /// Modes that choose at random draw the kills of each execution; a bound on preemptions holds
  /// within each case.
  ///
  /// - Parameters:
  ///   - victims: the processes that may die, of a recovery too.
  ///   - maximumKills: how many of them die in one execution (one or two).
  public func exploreCrashes(
    _ program: ModelProgram, victims: [Int], maximumKills: Int = 1
  ) -> CrashReport {
    var report = CrashReport()
    if case .random = options.mode { return drawCrashes(program, victims, maximumKills) }
    if case .priorities = options.mode { return drawCrashes(program, victims, maximumKills) }
    if !run(program, kills: [], shard: options.shard, &report).isStopped {
      _ = extend(program, kills: [], victims: victims, left: maximumKills, &report)
    }
    return report
  }

  /// Adds one more kill to those given. Returns false to stop.
  private func extend(
    _ program: ModelProgram, kills: [Kill], victims: [Int], left: Int, _ report: inout CrashReport
  ) -> Bool {
    guard left > 0 else { return true }
    let part = kills.isEmpty ? options.shard : .whole
    for (number, victim) in victims.enumerated() {
      let later = Array(victims.dropFirst(number + 1))
      // Not every victim's first kills to the same shard.
      let first = (part.index + number) % part.count
      for operation in stride(from: first, through: .max, by: part.count) {
        guard operation < options.maximumKillPoints else {
          report.total.extent.addBound("\(options.maximumKillPoints) kill points of one process")
          break
        }
        let kill = Kill(victim: victim, operation: operation)
        let outcome = run(program, kills: kills + [kill], &report)
        if outcome.isStopped { return false }
        // It ends before: there are no later ones either.
        if outcome.windows.isEmpty { break }
        report.killPoints[victim] = max(report.killPoints[victim] ?? 0, operation + 1)
        if !extend(program, kills: kills + [kill], victims: later, left: left - 1, &report) {
          return false
        }
        for lost in lostSets(outcome.windows, &report) {
          let partial = Kill(victim: victim, operation: operation, lostStores: lost)
          if run(program, kills: kills + [partial], &report).isStopped { return false }
          if !extend(program, kills: kills + [partial], victims: later, left: left - 1, &report) {
            return false
          }
        }
      }
    }
    return true
  }

  /// Every non-empty subset of what might be lost.
  private func lostSets(_ windows: Set<UInt64>, _ report: inout CrashReport) -> [UInt64] {
    var result: Set<UInt64> = []
    for window in windows {
      if window.nonzeroBitCount > Self.maximumWindow {
        report.total.extent.addBound("more than \(Self.maximumWindow) unordered stores at a kill")
        for bit in 0..<Kill.reach where window >> UInt64(bit) & 1 == 1 {
          result.insert(1 << UInt64(bit))
        }
        continue
      }
      var subset = window
      while subset != 0 {
        result.insert(subset)
        subset = (subset - 1) & window
      }
    }
    return result.sorted()
  }

  /// One case. It is told what those before have used of the limits.
  private func run(
    _ program: ModelProgram, kills: [Kill], shard: Shard = .whole, _ report: inout CrashReport
  ) -> (isStopped: Bool, windows: Set<UInt64>) {
    var killed = options
    killed.kills = kills
    killed.shard = shard
    let machine = Machine(program: program, options: killed)
    defer { machine.close() }
    machine.spent = (report.total.seconds, report.total.executions)
    machine.run(nil)
    report.cases += 1
    report.total.merge(machine.report)
    let isStopped =
      report.total.extent == .stoppedAtFailure
      || report.total.seconds > options.maximumSeconds
      || report.total.executions >= options.maximumExecutions
    // The last of its executions may have passed a limit at which it no longer looked.
    if report.total.seconds > options.maximumSeconds {
      report.total.extent.addBound("\(options.maximumSeconds) seconds")
    }
    return (isStopped, machine.windows)
  }

  /// Kills drawn anew for each execution.
  private func drawCrashes(
    _ program: ModelProgram, _ victims: [Int], _ maximumKills: Int
  ) -> CrashReport {
    var mortal = options
    mortal.kills = victims.map { Kill(victim: $0, operation: Kill.never) }
    let machine = Machine(program: program, options: mortal)
    defer { machine.close() }
    machine.drawnKills = DrawnKills(victims: victims, maximumKills: maximumKills)
    machine.run(nil)
    var report = CrashReport()
    report.total = machine.report
    report.cases = 1
    report.killPoints = machine.drawnKills?.lengths ?? [:]
    return report
  }
}
