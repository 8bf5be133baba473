// What must hold of a complete execution of a lane, looked at by the shipped source itself: the
// controller's own reclaiming runs on the words that the execution left.

import MemoryInterface
import ModelChecker
import TracerCore

/// Where modelled processes keep what they know, as numbers of observations.
enum LaneObservation {
  /// Agent: what `AgentTally` holds, from here on.
  static let tally = 0
  /// Controller: what came out, two words, then the account's words.
  static let seen = 8
  static let next = 9
  static let account = 10
  /// Agent: records that are promised to come out, by bit.
  static let promised = 3
  /// Agent: attempts before the write that served a flush.
  static let beforeFlush = 4
  /// Controller: whether it found the flush served, and what had come out then.
  static let isFlushServed = 21
  static let seenAtFlush = 20
}

extension ModelContext {
  /// Controller: keeps what came out and the account for the end of the execution.
  func observe(_ check: RecordCheck, _ account: LaneAccount) {
    observe(LaneObservation.seen, check.seen)
    observe(LaneObservation.next, check.next)
    let words = account.words
    for index in words.indices { observe(LaneObservation.account + index, words[index]) }
  }
}

/// One complete execution of a world of one lane.
struct LaneOutcome {
  let world: LaneWorld
  let state: FinalState
  let image: ModelImage
  let lane: Lane<ModelImage>

  init(_ world: LaneWorld, initial: [Int: UInt64], _ state: FinalState) {
    self.world = world
    self.state = state
    image = ModelImage(byteCount: world.geometry.byteCount, initial: initial, after: state)
    lane = Lanes(image, checked: world.geometry).lane(0, world.kind)
  }

  /// What the agent, process `process`, knows of its attempts.
  func tally(of process: Int) -> AgentTally {
    AgentTally(
      accepted: state.observation(process, LaneObservation.tally),
      attempts: state.observation(process, LaneObservation.tally + 1),
      lost: state.observation(process, LaneObservation.tally + 2))
  }

  /// What the controller, process `process`, had written and accounted for.
  func drained(by process: Int) -> (check: RecordCheck, account: LaneAccount) {
    var words = InlineArray<10, UInt64>(repeating: 0)
    for index in words.indices {
      words[index] = state.observation(process, LaneObservation.account + index)
    }
    return (
      RecordCheck(
        seen: state.observation(process, LaneObservation.seen),
        next: state.observation(process, LaneObservation.next)), LaneAccount(words: words)
    )
  }

  /// Rings on a queue, by index. Looks at a copy: taking them off changes it.
  private func rings(
    _ queue: (Lane<ModelImage>) -> LaneQueueConsumer<ModelImage>
  ) -> [Int] {
    let copy = ModelImage(byteCount: world.geometry.byteCount)
    copy.words.values = image.words.values
    var consumer = queue(Lanes(copy, checked: world.geometry).lane(0, world.kind))
    var result: [Int] = []
    while result.count <= world.rings + 1, let ticket = try? consumer.peek() {
      result.append(Int(truncatingIfNeeded: ticket.index))
      consumer.advance()
    }
    return result
  }

  /// Whether each ring is on one queue, in the history, or the active one: for a world in which
  /// the agent has a writer still and the controller is between two rings.
  var everyRingHasOneOwner: Bool {
    let active = lane.metrics().activeRing.map { [$0] } ?? []
    let retained = (0..<world.rings).filter { lane.ring($0).state == .retained }
    return LaneInvariant.everyRingHasOneOwner(
      [rings { $0.freeConsumer() }, rings { $0.submitConsumer() }, active, retained],
      ringCount: world.rings)
  }

  /// What is wrong with the lane once it is reclaimed, where the agent ended between two attempts
  /// and `drained` is what the controller had written and accounted for until then.
  ///
  /// - Parameter promised: records that have to come out, by bit.
  func problem(
    _ tally: AgentTally, drained: (check: RecordCheck, account: LaneAccount), after end: LaneEnd,
    promised: UInt64 = 0
  ) -> String? {
    // Who has left says no more which ring was active.
    guard end == .retired || everyRingHasOneOwner else { return "everyRingHasOneOwner: \(owners)" }
    var output = ImageLaneOutput(continuing: drained.check)
    var reader = LaneReader(lane, resuming: drained.account)
    let damaged = reader.reclaim(after: end, into: &output)
    guard damaged == 0, output.isSound else { return "a record is damaged" }
    guard promised & ~output.check.seen == 0 else {
      return "promised records are missing: \(promised) of \(output.check)"
    }
    return problem(tally, output.check, reader.account) ?? poolProblem
  }

  /// What is wrong between what the agent knows and what the controller accounted for.
  func problem(_ tally: AgentTally, _ check: RecordCheck, _ account: LaneAccount) -> String? {
    guard LaneInvariant.everyAttemptAccountedFor(account), account.nextSequence == tally.attempts
    else { return "everyAttemptAccountedFor: \(tally.attempts) attempts, \(account)" }
    guard account.inFlight == 0, account.losses.total == tally.lost,
      account.drained == UInt64(check.seen.nonzeroBitCount)
    else { return "everyAttemptAccountedFor: \(tally), \(account)" }
    let missing = tally.accepted & ~check.seen
    guard check.seen & ~tally.accepted == 0, UInt64(missing.nonzeroBitCount) == account.overwritten,
      world.kind == .detail || missing == 0
    else { return "accepted records are missing: \(tally), \(check)" }
    return nil
  }

  /// What is wrong with a lane that was reclaimed: every ring is spare.
  var poolProblem: String? {
    LaneInvariant.everyRingHasOneOwner([rings { $0.freeConsumer() }], ringCount: world.rings)
      ? nil : "everyRingHasOneOwner: spare after reclaiming: \(rings { $0.freeConsumer() })"
  }

  private var owners: String {
    "free \(rings { $0.freeConsumer() }), submitted \(rings { $0.submitConsumer() }), "
      + "active \(String(describing: lane.metrics().activeRing))"
  }
}
