// Kills for the modes that choose at random: who dies in an execution, where, and what is lost.
//
// How long a process is, and which of its stores are unordered at which operation, is known only
// from executions; so kills are drawn from what earlier ones have shown. The first kills nobody.

/// Draws the kills of one execution after another.
struct DrawnKills {
  let victims: [Int]
  let maximumKills: Int
  /// The operations of each victim in the longest execution so far.
  private(set) var lengths: [Int: Int] = [:]
  /// What might have been lost, by the kill that loses nothing.
  private var windows: [Kill: UInt64] = [:]
  /// One in so many kills is left out: somebody who could die lives.
  private static var spared: Int { 8 }

  init(victims: [Int], maximumKills: Int) {
    self.victims = victims
    self.maximumKills = maximumKills
  }

  /// Learns from an execution.
  mutating func note(_ crash: CrashState) {
    let victim = crash.kill.victim
    lengths[victim] = max(lengths[victim] ?? 0, crash.operation)
    if crash.isDead {
      windows[Kill(victim: victim, operation: crash.kill.operation), default: 0] |= crash.window
    }
  }

  /// One kill for each victim; most of them never come.
  func draw(_ chooser: inout Chooser) -> [Kill] {
    var kills = victims.map { Kill(victim: $0, operation: Kill.never) }
    for _ in 0..<maximumKills {
      let slot = chooser.number(victims.count)
      guard let length = lengths[victims[slot]], length > 0,
        chooser.number(Self.spared) > 0
      else { continue }
      kills[slot].operation = chooser.number(length)
      kills[slot].lostStores = 0
      guard let window = windows[kills[slot]], chooser.number(2) == 0 else { continue }
      for bit in 0..<UInt64(Kill.reach) where window >> bit & 1 == 1 && chooser.number(2) == 0 {
        kills[slot].lostStores |= 1 << bit
      }
    }
    return kills
  }
}

extension Machine {
  /// Before an execution of a mode that chooses at random: who is to die in it.
  func drawKills(_ chooser: inout Chooser) {
    guard var drawn = drawnKills else { return }
    for crash in crashes { drawn.note(crash) }
    crashes = drawn.draw(&chooser).map { CrashState(kill: $0) }
    drawnKills = drawn
    // Nobody keeps what was read of those who died before.
    for process in 0..<processCount { (fibres + process).pointee.status = .stale }
  }
}
