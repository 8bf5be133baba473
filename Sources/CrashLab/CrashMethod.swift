// How a place to die at is chosen.

/// How kills, or cuts of the power, are placed.
public enum CrashMethod: String, CaseIterable, Sendable {
  /// Before every access to shared memory.
  case access
  /// Behind every instruction of the victim's machine code.
  case instruction
  /// At random moments of a long run.
  case time
  /// Not a kill: the power fails, and the disk has what was synchronised and any of the rest.
  case power
}
