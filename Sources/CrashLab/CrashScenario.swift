// The catalogue of what is swept: scripts of agent and controller, each about one part of the
// protocol, small enough that every place to die at can be visited.

/// Whose death is swept.
public enum CrashVictim: String, CaseIterable, Sendable {
  /// The traced process.
  case agent
  /// The process that drains.
  case controller
  /// Both, in either order: the survivor of the first death dies as well.
  case both
  /// The process that recovers, and the one that recovers after it.
  case recovery
}

/// A script, and whose death at every place of it is tried.
public struct CrashScenario: Sendable {
  /// The name on the command line.
  public let name: String
  /// One line about what it covers.
  public let summary: String
  let steps: [CrashStep]
  /// Whose deaths are swept by access.
  public let victims: [CrashVictim]

  private init(_ name: String, _ script: String, _ victims: [CrashVictim], _ summary: String) {
    self.name = name
    self.summary = summary
    self.victims = victims
    steps = CrashStep.parse(script)
  }

  /// Every scenario.
  public static let all = [
    CrashScenario(
      "write", "c www r x yy n L w r f", [.agent],
      "claim, write, cancel, copy, nested write, oversized record"),
    CrashScenario(
      "reserve", "c rrrx rrx r", [.agent],
      "records reserved in place and committed shorter, or taken back"),
    CrashScenario(
      "swap", "c wwwwwwww d wwrwww d wwyww wwww d a ww d", [.agent, .controller],
      "rings sealed, submitted, drained and returned, twice around the pool"),
    CrashScenario(
      "exhaustion", "c wwwwwwwwwwwwwwwwwwwwwwww L d wwwwwww d www d", [.agent, .controller],
      "no spare ring: the newest is dropped and counted, and the losses are published"),
    CrashScenario(
      "flush", "c ww F w d f ww f d F d w d a f d", [.agent, .controller],
      "flushes of the agent, and on the controller's request"),
    CrashScenario(
      "detail", "c DDDDDDDDDDDDDDDDDDDDDDDDDDDD T DDDD", [.agent],
      "a flight recorder that recycles its history"),
    CrashScenario(
      "mark", "c DDDDDDDDDDDDDDD m D d DDDDDDDD d D m DDDDDDDD d DDDDDDDDDDDD d",
      [.agent, .controller], "pre-roll and post-roll of marks, spare rings running out"),
    CrashScenario(
      "leave", "c wwwwwww DDD m D l d R", [.agent, .controller],
      "a thread leaves; its slot is reclaimed and freed"),
    CrashScenario(
      "reclaim", "c wwwwwww d www L DDDDDDDDD a w !", [.recovery],
      "recovery after the agent's death, killed, and its successor killed as well"),
    CrashScenario(
      "both", "c wwwwww DDD d wwww m D a w d", [.both],
      "agent and controller, in either order"),
  ]

  /// The scenario of this name.
  public static func named(_ name: String) -> CrashScenario? { all.first { $0.name == name } }
}
