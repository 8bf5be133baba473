// Runs the built tracer-bench as people do, and looks at what it prints and leaves behind.
//
// The test runner has threads, so it never forks: it starts the executable with posix_spawn.

import Foundation
import Glibc

/// A finished run of tracer-bench.
struct Outcome {
  /// The exit code, or 128 + the signal that ended it.
  var code: Int32
  var output: String
  var errors: String
}

/// A running tracer-bench.
final class BenchProcess {
  let identifier: pid_t
  private let folder: String

  /// The executable lies beside the bundle of tests.
  private static let executable: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return (own as NSString).deletingLastPathComponent + "/tracer-bench"
  }()

  /// Starts tracer-bench in a new empty folder, with standard input at its end.
  ///
  /// - Parameters:
  ///   - output: a descriptor for its standard output instead of a file that is kept.
  ///   - dropsOverride: without root's right to pass over permissions of files.
  ///   - variables: added to its environment, as `NAME=value`.
  init(
    _ arguments: [String], output: Int32? = nil, dropsOverride: Bool = false,
    variables: [String] = []
  ) throws {
    var template = Array("/tmp/bench-tests.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SpawnError(code: errno) }
    folder = String(decoding: template.dropLast().map { UInt8($0) }, as: UTF8.self)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if let output {
      posix_spawn_file_actions_adddup2(&actions, output, 1)
    } else {
      posix_spawn_file_actions_addopen(
        &actions, 1, folder + "/output", O_WRONLY | O_CREAT, 0o600)
    }
    posix_spawn_file_actions_addopen(
      &actions, 2, folder + "/errors", O_WRONLY | O_CREAT, 0o600)
    // Results and relative paths stay in the run's own folder; `exec` keeps the process number.
    let wrapper =
      dropsOverride ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : []
    let words =
      ["/bin/sh", "-c", #"cd "$0" && exec env "$@""#, folder] + variables + wrapper
      + [BenchProcess.executable] + arguments
    var copies: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, words[0], &actions, nil, &copies, environ)
    guard code == 0 else { throw SpawnError(code: code) }
    identifier = process
  }

  /// A path in the folder of the run, which is removed with this object.
  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func signal(_ number: Int32) { kill(identifier, number) }

  /// Waits for the end.
  func wait() -> Outcome {
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    return Outcome(
      code: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: text("output"),
      errors: text("errors"))
  }

  private func text(_ name: String) -> String {
    guard let file = fopen("\(folder)/\(name)", "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  struct SpawnError: Error {
    var code: Int32
  }
}

/// Runs tracer-bench to its end.
func bench(_ arguments: String...) throws -> Outcome {
  try BenchProcess(arguments).wait()
}

/// The names in a folder.
func names(in folder: String) -> Set<String> {
  guard let stream = opendir(folder) else { return [] }
  defer { closedir(stream) }
  var names: Set<String> = []
  while let entry = readdir(stream) {
    names.insert(
      withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      })
  }
  return names
}

/// Names that a run of tracer-bench made in the system's folders and did not remove. Its own only:
/// other tests run beside it.
func leftovers(of process: pid_t) -> Set<String> {
  names(in: "/dev/shm").union(names(in: "/var/tmp")).filter {
    $0.contains("tracer-") && $0.contains(".\(process).")
  }
}

/// The children of a process.
func children(of identifier: pid_t) -> [pid_t] {
  names(in: "/proc").compactMap { pid_t($0) }.filter { process in
    guard let file = fopen("/proc/\(process)/stat", "r") else { return false }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 4096)
    guard fgets(&line, Int32(line.count), file) != nil else { return false }
    let text = String(
      decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return false }
    // After the name: state, parent.
    let fields = text[text.index(after: end)...].split(separator: " ")
    return fields.count > 2 && fields[1] == "\(identifier)"
  }
}
