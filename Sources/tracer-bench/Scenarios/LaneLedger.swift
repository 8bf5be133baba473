// The agents' own counts of a lane, kept outside the region: what the output is held against.
//
// Stored by the thread that owns the lane, before and after every attempt; passed on from owner to
// owner with the thread slot, whose state orders it. A thread that is killed leaves its holder
// word behind: whoever comes next knows that one attempt may be half done. The order of the
// stores within one thread is what a kill leaves, and the compiler keeps relaxed stores of one
// thread in order of the program where calls stand between them.

import HardwareMemory
import MemoryInterface
import TracerCore

struct LaneLedger {
  private let memory: HardwareMemory
  private let offset: Int

  static let byteCount = 256
  private static let edge = SyncEdge(908)

  private enum Field: Int {
    /// The owner: incarnation of its agent, thread and 1; zero for nobody.
    case holder = 0
    /// Epoch of the thread slot under the last owner, plus one.
    case epoch = 8
    /// Attempts begun, accepted, lost by cause (four words).
    case begun = 16
    case accepted = 24
    case lost = 32
    /// The number of the last accepted attempt, plus one.
    case lastAccepted = 64
    /// Attempts that a killed owner did not come back from.
    case unfinished = 72
    /// Records that were overwritten, as far as the writer's shadow knows.
    case overwritten = 80
    /// Records that the attempt under way may overwrite, and what killed owners left of that.
    case atRisk = 88
    case risked = 96
    /// The last accepted attempt of the present owner, plus one; zero for none.
    case ownAccepted = 104
    /// On a line of their own, any thread: marks begun and made.
    case marksBegun = 128
    case marksMade = 136
  }

  init(_ memory: HardwareMemory, at offset: Int) {
    self.memory = memory
    self.offset = offset
  }

  private func word(_ field: Field, _ index: Int = 0) -> HardwareWord {
    memory.word(at: offset + field.rawValue + 8 * index)
  }
  private func add(_ field: Field, _ index: Int = 0, _ number: UInt64 = 1) {
    let word = word(field, index)
    word.storeRelaxed(word.loadRelaxed() &+ number)
  }
  private func load(_ field: Field) -> UInt64 { word(field).loadRelaxed() }

  var begun: UInt64 { load(.begun) }
  var accepted: UInt64 { load(.accepted) }
  var lastAccepted: UInt64 { word(.lastAccepted).loadAcquire(LaneLedger.edge) }
  var overwritten: UInt64 { load(.overwritten) }
  var risked: UInt64 { load(.risked) }
  var unfinished: UInt64 { load(.unfinished) }
  var holder: UInt64 { load(.holder) }
  func lost(_ cause: Int) -> UInt64 { word(.lost, cause).loadRelaxed() }
  var lostInAll: UInt64 { (0..<4).reduce(0) { $0 &+ lost($1) } }
  /// Attempts that came back.
  var finished: UInt64 { accepted &+ lostInAll }

  // The owner, from claim to retire.

  /// The thread owns the lane: its first store here. What is wrong, if anything is.
  ///
  /// - Parameters:
  ///   - attempts: what the lane says was attempted so far.
  ///   - isDying: whether the agent with this incarnation was killed, or is about to be.
  ///   - lastRecord: the number of the last record in the output, plus one.
  func take(
    holder: UInt64, epoch: UInt64, attempts: UInt64, lastRecord: UInt64, isDying: (Int) -> Bool
  ) -> String? {
    let former = load(.holder)
    if former != 0, !isDying(LaneLedger.incarnation(of: former)) {
      return "the lane is claimed while incarnation \(LaneLedger.incarnation(of: former)) holds it"
    }
    guard epoch &+ 1 > load(.epoch) else {
      return "the slot's epoch is \(epoch) after \(load(.epoch) &- 1)"
    }
    if let text = settle(attempts: attempts, lastRecord: lastRecord) { return text }
    word(.epoch).storeRelaxed(epoch &+ 1)
    // Before the holder: what an earlier owner dropped as it left is not missed.
    word(.ownAccepted).storeRelaxed(0)
    word(.holder).storeRelaxed(holder)
    return nil
  }

  /// After the last owner's end: what it was killed in the middle of. `attempts` is the truth by
  /// now; it is at most one off what came back.
  func settle(attempts: UInt64, lastRecord: UInt64) -> String? {
    let known = finished &+ load(.unfinished)
    let wasKilled = load(.holder) != 0
    let most = wasKilled && begun != known ? known &+ 1 : known
    guard attempts >= known, attempts <= most else {
      return "\(attempts) attempts in the lane, \(known) to \(most) in the agents' own count"
    }
    // A dead owner's history is drained, the newest records above all.
    let newest = load(.ownAccepted)
    guard !wasKilled || lastRecord >= newest else {
      return "record \(newest - 1) was accepted before its thread was killed, and the output "
        + "ends below \(lastRecord)"
    }
    if wasKilled {
      add(.unfinished, 0, attempts &- known)
      add(.risked, 0, load(.atRisk))
    }
    word(.atRisk).storeRelaxed(0)
    word(.begun).storeRelaxed(attempts)
    word(.holder).storeRelaxed(0)
    return nil
  }

  static func holder(incarnation: Int, thread: Int) -> UInt64 {
    UInt64(incarnation) << 32 | UInt64(thread) << 1 | 1
  }
  static func incarnation(of holder: UInt64) -> Int { Int(holder >> 32) }

  /// Before an attempt. The release keeps it before whatever the attempt shows to others.
  func begin() { word(.begun).storeRelease(begun &+ 1, LaneLedger.edge) }
  /// The attempt was taken back.
  func cancel() { word(.begun).storeRelaxed(begun &- 1) }
  /// The attempt with this number was accepted.
  func accept(_ sequence: UInt64) {
    add(.accepted)
    word(.ownAccepted).storeRelaxed(sequence &+ 1)
    word(.lastAccepted).storeRelease(sequence &+ 1, LaneLedger.edge)
  }
  func lose(_ cause: LossCause) { add(.lost, Int(cause.rawValue)) }
  /// The next attempt may overwrite so many records.
  func risk(_ records: UInt64) { word(.atRisk).storeRelaxed(records) }
  func overwrite(_ records: UInt64) { add(.overwritten, 0, records) }

  /// The owner leaves, and will drop so many records of its history. Before it retires the slot:
  /// afterwards the lane is another's.
  ///
  /// - Parameter isCertain: else it drops so many or fewer: it may be marked in this moment, and
  ///   killed before it has retired it drops nothing.
  func leave(dropping records: UInt64, isCertain: Bool) {
    add(isCertain ? .overwritten : .risked, 0, records)
    word(.atRisk).storeRelaxed(0)
    word(.holder).storeRelaxed(0)
  }

  // Marks, from any thread.

  func beginMarks(_ count: UInt64) {
    _ = memory.fetchAdd(
      count, at: offset + Field.marksBegun.rawValue, .acquireRelease, LaneLedger.edge)
  }
  func finishMarks(_ count: UInt64) {
    _ = memory.fetchAdd(
      count, at: offset + Field.marksMade.rawValue, .acquireRelease, LaneLedger.edge)
  }
  var marksBegun: UInt64 { word(.marksBegun).loadAcquire(LaneLedger.edge) }
  var marksMade: UInt64 { word(.marksMade).loadAcquire(LaneLedger.edge) }
}

extension LaneLedger {
  /// At the end of a round: whether no mark was lost. What is wrong, if anything is.
  func compareMarks(_ marks: UInt64) -> String? {
    // Begun and not made: the thread was killed in between.
    guard marks >= marksMade, marks <= marksBegun else {
      return "\(marks) marks in the lane, \(marksMade) to \(marksBegun) were made"
    }
    return nil
  }

  /// The loss identity at the end of a round, to the record: the output's account against the
  /// agents' own counts. What is wrong, if anything is.
  func compare(_ account: LaneAccount, attempts: UInt64, isIndex: Bool) -> String? {
    guard LaneInvariant.everyAttemptAccountedFor(account) else {
      return "the account is not complete: \(account)"
    }
    guard account.nextSequence == attempts else {
      return "\(account.nextSequence) attempts in the output, \(attempts) in the lane"
    }
    // Killed attempts may have come to any end, but to one only.
    func check(_ what: String, _ found: UInt64, _ least: UInt64, _ slack: UInt64) -> String? {
      if found >= least, found <= least &+ slack { return nil }
      let most = slack == 0 ? "" : " to \(least &+ slack)"
      return "\(found) records \(what) in the output, \(least)\(most) in the agents' own count"
    }
    let kept = account.drained &+ account.overwritten
    if let text = check("accepted", kept, accepted, unfinished) { return text }
    for cause in LossCause.allCases where cause.rawValue < 4 {
      let own = lost(Int(cause.rawValue))
      if let text = check("lost (\(cause))", account.losses[cause], own, unfinished) { return text }
    }
    guard account.inFlight <= unfinished else {
      return "\(account.inFlight) attempts in flight, \(unfinished) owners were killed in one"
    }
    if isIndex, account.overwritten != 0 {
      return "\(account.overwritten) records of an index lane overwritten"
    }
    return check("overwritten", account.overwritten, overwritten, risked)
  }
}
