// One execution as a string, and back: every failure can be seen again.
//
// Words separated by blanks, one an event, causes first: the process, then what was chosen.
// `0r1.3` process 0 loads from event 3 of process 1; `0ri` from initialisation; `1w2` process 1
// stores at place 2 of modification order as it is then; `0f` fence; `1c0` choice of 0. Kills stand
// in front: `k0@5/3` kills process 0 before its operation 5, the last two stores before it lost.

/// A replay string that does not fit the program.
public struct ReplayMismatch: Error, Equatable, Sendable, CustomStringConvertible {
  /// The number of the word that does not fit, from 0.
  public let word: Int
  /// Why.
  public let reason: String

  /// For people.
  public var description: String { "replay does not fit at word \(word): \(reason)" }
}

extension ExecutionRecord {
  /// The string that leads `Explorer.replay` to this execution.
  public var replay: String {
    steps.map { step in
      switch step.operation {
      case .load:
        let source = step.source.map { "\(steps[$0].process).\(steps[$0].index)" } ?? "i"
        return "\(step.process)r\(source)"
      case .store: return "\(step.process)w\(step.placeSoFar)"
      case .fence: return "\(step.process)f"
      case .choice: return "\(step.process)c\(step.value)"
      }
    }.joined(separator: " ")
  }
}

extension Explorer {
  /// Runs the one execution that a replay string names.
  ///
  /// The report holds its failure, if it fails. The options must be those of the exploration as
  /// far as they change the program (`weakenings`, crash).
  public func replay(
    _ text: String, of program: ModelProgram
  ) throws(ReplayMismatch) -> (report: ExplorationReport, execution: ExecutionRecord) {
    var killed = options
    let words = text.split(separator: " ")
    killed.kills = []
    for (number, word) in words.prefix(while: { $0.first == "k" }).enumerated() {
      guard let kill = Kill(word), program.processes.indices.contains(kill.victim),
        !killed.kills.contains(where: { $0.victim == kill.victim })
      else { throw ReplayMismatch(word: number, reason: "no kill in '\(word)'") }
      killed.kills.append(kill)
    }
    let machine = Machine(program: program, options: killed)
    defer { machine.close() }
    try machine.replay(words, from: killed.kills.count)
    return (machine.report, ExecutionRecord(machine))
  }
}

extension Machine {
  func replay(_ words: [Substring], from start: Int) throws(ReplayMismatch) {
    var hasFailed = false
    for (number, word) in words.enumerated().dropFirst(start) {
      func mismatch(_ reason: String) -> ReplayMismatch {
        ReplayMismatch(word: number, reason: reason)
      }
      guard !hasFailed else { throw mismatch("the execution has ended before") }
      let digits = word.prefix { $0.isWholeNumber }
      guard let process = Int(digits), process < processCount,
        let letter = word.dropFirst(digits.count).first
      else { throw mismatch("no process in '\(word)'") }
      guard halfUpdated < 0 || halfUpdated == process else {
        throw mismatch("process \(halfUpdated) is in a read-modify-write")
      }
      guard isStarted(process) else { throw mismatch("process \(process) has not started") }
      guard settle(process) else { throw mismatch("process \(process) fails before") }
      guard (fibres + process).pointee.status == .requesting, counts[process] < eventLimit - 1
      else { throw mismatch("process \(process) asks for nothing") }
      let argument = String(word.dropFirst(digits.count + 1))
      if let reason = force(process, letter, argument) { throw mismatch(reason) }
      if isRacy(process, counts[process] - 1) {
        hasFailed = true
        _ = reportRace(process, counts[process] - 1)
      }
    }
    if let failure = pendingFailure { return fail(failure) }
    for process in 0..<processCount where halfUpdated < 0 && isStarted(process) {
      if !settle(process) { break }
    }
    if pendingFailure == nil {
      let isOpen = (0..<processCount).contains { (fibres + $0).pointee.status == .requesting }
      guard !isOpen, halfUpdated < 0 else {
        throw ReplayMismatch(word: words.count, reason: "the execution goes on")
      }
      if let alive = crashes.first(where: { !$0.isDead }) {
        throw ReplayMismatch(word: words.count, reason: "\(alive.kill) does not come to pass")
      }
      finish(nil)
    }
    if let failure = pendingFailure { fail(failure) }
  }

  /// Adds one event as told. Returns why it cannot be.
  private func force(_ process: Int, _ letter: Character, _ argument: String) -> String? {
    let request = (fibres + process).pointee.request
    let index = counts[process]
    let expected: Character =
      switch request.kind {
      case .load: "r"
      case .store: "w"
      case .fence: "f"
      case .choice: "c"
      }
    guard letter == expected else { return "process \(process) asks for '\(expected)'" }
    let next = makeEvent(process, request)
    halfUpdated = -1
    switch request.kind {
    case .fence: completeFence(process, index)
    case .choice:
      guard let value = UInt64(argument), value < request.value else { return "no such choice" }
      next.pointee.value = value
      countItself(next, process, index)
    case .load:
      let location = Int(next.pointee.location)
      guard let place = replayedPlace(argument, location),
        place >= coherenceBound(next.pointee.happened, location)
      else { return "the load cannot read from '\(argument)'" }
      assignSource(process, index, place: place)
      if next.pointee.flags.contains(.exclusive) { halfUpdated = process }
    case .store:
      let location = Int(next.pointee.location)
      let last = locations[location].count
      // The second half of a read-modify-write stands behind what the first has read.
      let isHalf = next.pointee.flags.contains(.exclusive)
      guard let place = Int(argument), place <= last,
        place > coherenceBound(next.pointee.happened, location),
        !isHalf || place == self.place(event(process, index - 1)) + 1,
        !splitsUpdate(locations + location, place)
      else { return "the store cannot stand at '\(argument)'" }
      completeStore(process, index)
      next.pointee.modification = Int32(truncatingIfNeeded: place)
    }
    link(process)
    return isConsistent() ? nil : "the order of sequentially consistent events has a cycle"
  }

  private func replayedPlace(_ argument: String, _ location: Int) -> Int? {
    if argument == "i" { return 0 }
    let parts = argument.split(separator: ".")
    guard parts.count == 2, let process = Int(parts[0]), let index = Int(parts[1]),
      (0..<processCount).contains(process), (0..<counts[process]).contains(index)
    else { return nil }
    let store = event(process, index)
    guard store.pointee.kind == .store, Int(store.pointee.location) == location else { return nil }
    return Int(store.pointee.modification)
  }
}
