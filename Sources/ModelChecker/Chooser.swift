// Decides among the choices of one execution after another, for the modes that run forward: at
// random, by priorities, or every choice in turn.

/// Decides among the choices of one execution after another.
struct Chooser {
  private let mode: ExplorationMode
  private var state: UInt64
  /// Priorities: of each process; the highest goes.
  private var priorities: [Int] = []
  private var changes: Set<Int> = []
  private var steps = 0
  private var longest = 64
  /// Preemptions: the choices of this execution, and how many there were of each.
  private var chosen: [Int] = []
  private var widths: [Int] = []
  private var depth = 0
  private var preemptions = 0
  private var previous = -1

  init(_ mode: ExplorationMode) {
    self.mode = mode
    switch mode {
    case .random(_, let seed), .priorities(_, _, let seed): state = seed
    case .exhaustive, .preemptions: state = 0
    }
  }

  /// Prepares the next execution. False: there is none.
  mutating func begin(_ number: Int, processes: Int) -> Bool {
    longest = max(longest, steps)
    steps = 0
    previous = -1
    preemptions = 0
    switch mode {
    case .exhaustive: return false
    case .random(let executions, _): return number < executions
    case .priorities(let executions, let depth, _):
      guard number < executions else { return false }
      priorities = Array(0..<processes)
      for index in priorities.indices.reversed() {
        priorities.swapAt(index, below(index + 1))
      }
      changes = []
      for _ in 1..<max(depth, 1) { changes.insert(below(longest)) }
      return true
    case .preemptions:
      if number > 0 {
        while let last = chosen.last, last + 1 == widths[chosen.count - 1] {
          chosen.removeLast()
          widths.removeLast()
        }
        guard !chosen.isEmpty else { return false }
        chosen[chosen.count - 1] += 1
      }
      depth = 0
      return true
    }
  }

  /// Who goes next, among those who can.
  mutating func process(_ ready: [Int]) -> Int {
    steps += 1
    switch mode {
    case .exhaustive: return ready[0]
    case .random: return ready[below(ready.count)]
    case .priorities:
      let best = ready.max { priorities[$0] < priorities[$1] }!
      guard changes.contains(steps), ready.count > 1 else { return best }
      priorities[best] = (priorities.min() ?? 0) - 1
      return ready.max { priorities[$0] < priorities[$1] }!
    case .preemptions(let bound):
      let goesOn = ready.contains(previous)
      if goesOn && preemptions >= bound { return previous }
      // The running process first, so that the first execution has no preemption.
      let candidates = goesOn ? [previous] + ready.filter { $0 != previous } : ready
      let next = candidates[number(candidates.count)]
      if goesOn && next != previous { preemptions += 1 }
      previous = next
      return next
    }
  }

  /// One of `count` values; 0 is the one that always can be.
  mutating func number(_ count: Int) -> Int {
    guard count > 1 else { return 0 }
    switch mode {
    case .exhaustive: return 0
    case .random, .priorities: return below(count)
    case .preemptions:
      if depth == chosen.count {
        chosen.append(0)
        widths.append(count)
      }
      defer { depth += 1 }
      return chosen[depth]
    }
  }

  private mutating func below(_ bound: Int) -> Int {
    // splitmix64: Steele, Lea, Flood, OOPSLA 2014.
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }
}
