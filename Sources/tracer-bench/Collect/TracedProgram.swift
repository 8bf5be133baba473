// The program that `collect` runs: started with the region's place in its environment, signalled as
// this process is, waited for.

import CPlatform
import Glibc
import TracerShm

/// A program under `collect`. At most one; belongs to the thread that started it.
struct TracedProgram {
  /// How a program ended.
  enum End {
    case exited(Int32)
    case killed(signal: Int32)

    /// As a shell says it.
    var exitCode: Int32 {
      switch self {
      case .exited(let code): code
      case .killed(let signal): 128 + signal
      }
    }
  }

  /// Why it did not start: what a shell exits with then.
  struct NotStarted: Error {
    let message: String
    let exitCode: Int32
  }

  let process: pid_t
  private(set) var end: End?
  /// Whether any descendant of the program was there when its end was looked for; known of those
  /// whose parents ended where they are followed.
  private(set) var hasDescendants = false

  /// Starts a program, found by PATH, with `variables` on top of this process's environment.
  ///
  /// - Parameter follows: its descendants are waited for. They become this process's children when
  ///   their parents end; a descriptor that they would inherit is closed by every daemon.
  init(
    _ words: [String], variables: [(name: String, value: String)], inheriting descriptor: Int32?,
    follows: Bool
  ) throws(NotStarted) {
    var environment: [String] = []
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if !variables.contains(where: { line.hasPrefix($0.name + "=") }) { environment.append(line) }
      entry += 1
    }
    environment += variables.map { "\($0.name)=\($0.value)" }
    var wordCopies: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var environmentCopies: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for copy in wordCopies + environmentCopies { free(copy) } }
    var process: pid_t = 0
    let code = platform_traced_start(
      &wordCopies, &environmentCopies, descriptor ?? -1, follows ? 1 : 0, &process)
    guard code == 0 else {
      // 127 and 126 as shells have it: not found, and found but not to be run.
      throw NotStarted(
        message: "\(words[0]): \(String(cString: strerror(code)))",
        exitCode: code == ENOENT ? 127 : 126)
    }
    self.process = process
  }

  /// Looks whether it has ended; does not block.
  mutating func hasEnded() -> Bool {
    var status: Int32 = 0
    var left: Int32 = 0
    let news = platform_traced_reap(&status, &left)
    hasDescendants = left != 0
    guard end == nil else { return true }
    switch news {
    case 0: return false
    case 1:
      let signal = status & 0x7F
      end = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
    // Somebody else reaped it, which is none of this program's doing.
    default: end = .exited(1)
    }
    return true
  }
}
