// Starts the built probe (Tests/TracerProbe) and reads what it prints.

import CPlatform
import Foundation
import Glibc
import Testing
import TracerShm

/// A run of the probe.
struct TracerProbe: ~Copyable {
  let process: pid_t
  private let output: Int32
  private var isReaped = false

  /// What a finished run printed.
  struct Outcome {
    let text: String
    let status: Int32
    var exitCode: Int32 { status & 0x7f == 0 ? (status >> 8) & 0xff : -1 }
    /// The rest of the first line that begins with `key`.
    subscript(key: String) -> String? {
      text.split(separator: "\n").first { $0.hasPrefix(key + " ") }
        .map { String($0.dropFirst(key.count + 1)) }
    }
  }

  /// The probe lies beside the bundle of tests.
  private static var path: String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return (own as NSString).deletingLastPathComponent + "/TracerProbe"
  }

  /// Runs a scenario to its end.
  static func run(_ arguments: String...) throws -> Outcome {
    var probe = try TracerProbe(arguments)
    return probe.finish()
  }

  /// Starts a scenario.
  ///
  /// - Parameter inheriting: a descriptor of this process that the probe has as number 3.
  init(_ arguments: [String], inheriting: Int32? = nil) throws {
    var ends: [Int32] = [0, 0]
    // Closed on exec from the start: probes side by side must not hold each other's ends.
    try #require(platform_message_pair(&ends) == 0)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    if let inheriting { posix_spawn_file_actions_adddup2(&actions, inheriting, 3) }
    var words: [UnsafeMutablePointer<CChar>?] = ([TracerProbe.path] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let result = posix_spawn(&child, TracerProbe.path, &actions, nil, words, environ)
    close(ends[1])
    if result != 0 { close(ends[0]) }
    try #require(result == 0, "cannot start \(TracerProbe.path)")
    process = child
    output = ends[0]
  }

  /// Reads until a line begins with `key`, and returns the text so far.
  @discardableResult func read(until key: String) -> String {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.split(separator: "\n").contains(where: { $0.hasPrefix(key + " ") }) {
      let count = Glibc.read(output, &buffer, buffer.count)
      if count <= 0 { break }
      text += String(decoding: buffer[0..<count], as: UTF8.self)
    }
    return text
  }

  /// Whether it has come to its end, well or not.
  var hasEnded: Bool { ProcessIdentity(pid: UInt32(process)) == nil }

  /// Reads to the end and waits.
  mutating func finish() -> Outcome {
    let text = read(until: "\u{0}never")
    return Outcome(text: text, status: reap())
  }

  /// Kills the probe and waits for it.
  mutating func killAndReap() {
    kill(process, SIGKILL)
    _ = reap()
  }

  private mutating func reap() -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    isReaped = true
    return status
  }

  deinit {
    if !isReaped {
      kill(process, SIGKILL)
      while waitpid(process, nil, 0) < 0, errno == EINTR {}
    }
    close(output)
  }
}
