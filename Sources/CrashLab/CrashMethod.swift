// How a place to die at is chosen.

/// How kills are placed.
public enum CrashMethod: String, CaseIterable, Sendable {
  /// Before every access to shared memory.
  case access
  /// Behind every instruction of the victim's machine code.
  case instruction
  /// At random moments of a long run.
  case time
}
