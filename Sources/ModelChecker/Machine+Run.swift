// The loop: add events until an execution ends, look at it, go back to the last choice.

import Glibc

extension Machine {
  func run(_ onExecution: ((FinalState) -> Void)?) {
    let started = monotonicSeconds()
    defer {
      nameLimits()
      report.seconds = monotonicSeconds() - started
      report.weakenings = seenWeakenings.sorted {
        ($0.edge, $0.side.rawValue) < ($1.edge, $1.side.rawValue)
      }
    }
    if options.mode != .exhaustive {
      runForward(onExecution, started: started)
      return
    }
    chooseShardDepth()
    var untilClock = Machine.executionsPerClock
    var result = StepResult.advanced
    while true {
      if isForeign {
        leaveForeignNode()
        result = .dead
      }
      switch result {
      case .advanced:
        result = step()
        continue
      case .ended: if isEndMine { finish(onExecution) }
      case .dead: break
      case .failed: if !isEndMine { pendingFailure = nil }
      }
      if let failure = pendingFailure { fail(failure) }
      if isOver() { return }
      untilClock -= 1
      if untilClock == 0 {
        untilClock = Machine.executionsPerClock
        if isOutOfTime(since: started) { return }
      }
      guard backtrack() else { break }
      // Not a step yet: the node may be another shard's.
      result = pendingFailure == nil ? .advanced : .failed
    }
  }

  /// Names what the exploration leaves out whatever happens in it.
  private func nameLimits() {
    if reachedEventLimit { report.extent.addBound("\(eventLimit) events in one process") }
    if options.shard.count > 1 { report.extent.addBound(options.shard.description) }
  }

  func isOutOfTime(since started: Double) -> Bool {
    guard spent.seconds + monotonicSeconds() - started > options.maximumSeconds else {
      return false
    }
    report.extent.addBound("\(options.maximumSeconds) seconds")
    return true
  }

  /// How many executions pass between two looks at the clock: the look costs more than a step.
  private static var executionsPerClock: Int { 256 }

  func isOver() -> Bool {
    if options.stopsAtFirstFailure && report.firstFailure != nil {
      report.extent = .stoppedAtFailure
      return true
    }
    if spent.executions + report.executions >= options.maximumExecutions {
      report.extent.addBound("\(options.maximumExecutions) executions")
      return true
    }
    return false
  }

  /// Nobody asks for anything: every process has ended, or some wait.
  func finish(_ onExecution: ((FinalState) -> Void)?) {
    var isComplete = true
    var isStuck = true
    var waiting = -1
    for process in 0..<processCount {
      let fibre = fibres + process
      if fibre.pointee.status == .ended { continue }
      isComplete = false
      guard fibre.pointee.status == .blocked else { continue }
      waiting = process
      let load = event(process, fibre.pointee.position)
      let state = locations[Int(load.pointee.location)]
      if place(load) != state.count - 1 { isStuck = false }
    }
    guard isComplete else {
      if hasCrashes && !everyVictimDied() { return }
      report.blocked += 1
      if isStuck {
        report.deadlocks += 1
        program.onDeadlock?(FinalState(machine: self))
        pendingFailure = (.deadlock, "\(nameOf(waiting)) waits for ever")
      }
      return
    }
    // Without its kills it is an execution of another case.
    if hasCrashes && !everyVictimDied() { return }
    report.executions += 1
    let state = FinalState(machine: self)
    onExecution?(state)
    if let message = program.check?(state) { pendingFailure = (.finalState, message) }
  }

  private var replayPrefix: String {
    crashes.filter { $0.kill.operation != Kill.never }.map { "\($0.kill) " }.joined()
  }

  func fail(_ failure: (kind: ModelFailureKind, message: String)) {
    switch failure.kind {
    case .race: report.races += 1
    case .deadlock: break
    case .requirement, .finalState: report.violations += 1
    }
    if report.firstFailure == nil {
      let execution = ExecutionRecord(self)
      report.firstFailure = ModelFailure(
        kind: failure.kind, message: failure.message, replay: replayPrefix + execution.replay,
        execution: execution)
    }
    pendingFailure = nil
  }
}

/// Seconds on the monotonic clock.
func monotonicSeconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}
