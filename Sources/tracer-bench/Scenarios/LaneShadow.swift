// What a detail lane's writer ought to hold, followed from outside: one entry for every ring in
// its hands, oldest first, the active one last. From the lane's metrics before and after an
// attempt follows which rings were submitted and which recycled; from the shadow, how many records
// that was, and whether it was allowed.
//
// Belongs to the thread that owns the lane. The words it looks at are that thread's own stores.

import HardwareMemory
import TracerCore

struct LaneShadow {
  private struct Ring {
    /// The first accepted record, and how many.
    var first: UInt64 = .max
    var count: UInt64 = 0
  }

  private let lane: Lane<HardwareMemory>
  private var before: LaneMetrics
  private var rings: [Ring] = []
  /// Attempts below this number are within a post-roll, if they come after the mark.
  private var protectedEnd: UInt64 = 0

  /// After the writer was made.
  init(_ lane: Lane<HardwareMemory>) {
    self.lane = lane
    before = lane.metrics()
    if before.activeRing != nil { rings.append(Ring()) }
  }

  /// Records that the next attempt may overwrite, and those that leaving may drop.
  var oldest: UInt64 { rings.first?.count ?? 0 }
  var held: UInt64 { rings.reduce(0) { $0 &+ $1.count } }

  /// How a step ended.
  enum Step {
    case overwrote(UInt64)
    case wrong(String)
  }

  /// After the attempt with this number.
  mutating func follow(_ sequence: UInt64, accepted: Bool, marksMade: UInt64?) -> Step {
    let now = lane.metrics()
    if let marksMade, now.marksServed < marksMade {
      return .wrong(
        "attempt \(sequence) began after \(marksMade) marks were made and served "
          + "\(now.marksServed): a mark is lost")
    }
    if now.marksServed != before.marksServed {
      let submitted = now.submittedRings &- before.submittedRings
      guard submitted &+ 1 >= UInt64(rings.count) else {
        return .wrong(
          "the mark served at attempt \(sequence) submitted \(submitted) of "
            + "\(rings.count - 1) rings of the history")
      }
      protectedEnd = sequence &+ UInt64(lane.geometry.postRecords)
    }
    let step = exchange(now)
    if accepted, !rings.isEmpty {
      if rings[rings.count - 1].count == 0 { rings[rings.count - 1].first = sequence }
      rings[rings.count - 1].count += 1
    }
    return step
  }

  /// What the writer drops if it leaves now, having attempted so many: nothing of a post-roll.
  ///
  /// - Parameter mayBeMarked: whether somebody else may mark the lane in this very moment.
  func dropped(at sequence: UInt64, mayBeMarked: Bool) -> (records: UInt64, isCertain: Bool) {
    if sequence < protectedEnd { return (0, true) }
    // A mark that found no spare ring at the end of its post-roll holds on to the active one.
    return (held, !mayBeMarked && protectedEnd == 0)
  }

  /// Takes off what was submitted, then what was recycled; a new active ring comes on.
  private mutating func exchange(_ now: LaneMetrics) -> Step {
    defer { before = now }
    for _ in 0..<(now.submittedRings &- before.submittedRings) {
      guard !rings.isEmpty else { return .wrong("a ring was submitted that the writer has not") }
      rings.removeFirst()
    }
    var overwritten: UInt64 = 0
    for _ in 0..<(now.recycledRings &- before.recycledRings) {
      guard !rings.isEmpty else { return .wrong("a ring was recycled that the writer has not") }
      let ring = rings.removeFirst()
      guard ring.first >= protectedEnd else {
        return .wrong("record \(ring.first) of a post-roll was recycled")
      }
      overwritten &+= ring.count
    }
    if now.activeRing != nil, rings.isEmpty || now.activeRing != before.activeRing {
      rings.append(Ring())
    }
    return .overwrote(overwritten)
  }
}
