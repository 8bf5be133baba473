// Starts the built probe (Tests/HarnessProbe) and reads what it prints.

import Foundation
import Glibc
import Testing

@testable import Harness

/// A run of the probe.
struct Probe {
  let process: pid_t
  private let output: Int32

  struct Outcome {
    let text: String
    let status: Int32
    var exitCode: Int32 { status & 0x7f == 0 ? (status >> 8) & 0xff : -1 }
    /// The rest of the first line that begins with `key`.
    func value(_ key: String) -> String? { values(key).first }
    func values(_ key: String) -> [String] {
      text.split(separator: "\n").compactMap {
        $0.hasPrefix(key + " ") ? String($0.dropFirst(key.count + 1)) : nil
      }
    }
  }

  /// The probe lies beside the bundle of tests.
  private static var path: String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return (own as NSString).deletingLastPathComponent + "/HarnessProbe"
  }

  static func run(_ arguments: String...) throws -> Outcome {
    let probe = try Probe(arguments)
    return probe.finish()
  }

  init(_ arguments: [String]) throws {
    // Closed on exec from the start: probes started side by side must not hold each other's ends.
    let ends = try MessageChannel.makePair()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends.child.descriptor, STDOUT_FILENO)
    var words: [UnsafeMutablePointer<CChar>?] = ([Probe.path] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let result = posix_spawn(&child, Probe.path, &actions, nil, words, environ)
    ends.child.close()
    try #require(result == 0, "cannot start \(Probe.path)")
    process = child
    output = ends.parent.descriptor
  }

  /// Reads until a line begins with `key`, and returns the text so far.
  func read(until key: String) -> String {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.split(separator: "\n").contains(where: { $0.hasPrefix(key + " ") }) {
      let count = Glibc.read(output, &buffer, buffer.count)
      if count <= 0 { break }
      text += String(decoding: buffer[0..<count], as: UTF8.self)
    }
    return text
  }

  /// Kills the probe and waits for it, without reading to the end: a worker that outlived it would
  /// keep that open for ever.
  func killAndReap() -> Int32 {
    kill(process, SIGKILL)
    close(output)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status
  }

  /// Reads to the end and waits.
  func finish(after text: String = "") -> Outcome {
    let all = text + read(until: "\u{0}never")
    close(output)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return Outcome(text: all, status: status)
  }
}

/// Whether a process is gone within five seconds: a killed one takes a moment.
func isGone(_ process: pid_t) -> Bool {
  for _ in 0..<500 {
    let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    if text == nil || text?.contains(") Z ") == true { return true }
    usleep(10_000)
  }
  return false
}
