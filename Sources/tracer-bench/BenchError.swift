// What can go wrong, as one line and an exit code. See `TracerBench` for the table of codes.

import ArgumentParser

/// A failure of a command.
enum BenchError: Error, CustomStringConvertible {
  /// The arguments ask for what cannot be: exit code 64.
  case usage(String)
  /// A system call, a file or this program failed: exit code 1.
  case operation(String)
  /// Data arrived wrong: exit code 3.
  case wrongData(String)
  /// The machine cannot give a meaningful figure: exit code 5.
  case environment(String)
  /// A signal asked to stop: exit code 128 + its number.
  case interrupted(signal: Int32)

  /// What the process exits with.
  var exitCode: Int32 {
    switch self {
    case .usage: 64
    case .operation: 1
    case .wrongData: 3
    case .environment: 5
    case .interrupted(let signal): 128 + signal
    }
  }

  var description: String {
    switch self {
    case .usage(let text), .operation(let text), .wrongData(let text), .environment(let text):
      text
    case .interrupted(let signal): "interrupted by signal \(signal); nothing was left behind"
    }
  }
}
