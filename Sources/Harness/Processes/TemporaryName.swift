// Names of files and shared memory that belong to one run, and sweeping those of dead runs.
//
//   tracer-bench.<pid>.<start time>.<pid namespace>.<number>
//
// A run that is killed by SIGKILL cannot remove its names; the next run does. The start time
// tells a process from a later one of the same number, the namespace one container's numbers
// from another's that shares the folder.

import CPlatform
import Glibc

/// Names that carry their process.
public struct TemporaryName: Equatable, Sendable {
  /// The name, without folder or leading slash.
  public let text: String

  /// A name of this process. `number` tells its names apart; `prefix` holds no dot.
  public init(prefix: String = "tracer-bench", number: Int) {
    let process = getpid()
    let start = TemporaryName.startTime(of: process) ?? 0
    text = "\(prefix).\(process).\(start).\(TemporaryName.namespace).\(number)"
  }

  /// Removes the names in `folder` whose process is dead, folders with their files, and returns
  /// them.
  ///
  /// Leaves what it does not recognise, what is not ours to judge (another container's) and what
  /// the system does not let it remove.
  @discardableResult public static func sweep(
    folder: String = "/dev/shm", prefix: String = "tracer-bench"
  ) -> [String] {
    (SystemFile.names(in: folder) ?? []).filter { name in
      isAbandoned(name, prefix: prefix) && remove("\(folder)/\(name)")
    }
  }

  /// Removes a file, or a folder with the files in it.
  @discardableResult public static func remove(_ path: String) -> Bool {
    platform_cleanup_remove_now(path) == 0
  }

  /// Whether a name is one of ours whose process is dead.
  static func isAbandoned(_ name: String, prefix: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == prefix, let process = pid_t(parts[1]), process > 0,
      let start = UInt64(parts[2]), parts[3] == namespace, Int(parts[4]) != nil
    else { return false }
    return startTime(of: process) != start
  }

  /// When a process started, in clock ticks after boot; `nil` where there is none.
  static func startTime(of process: pid_t) -> UInt64? {
    // The second field, the name in parentheses, may hold anything: count from the last of them.
    guard let text = SystemFile.read("/proc/\(process)/stat"), let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    // Field 22 of the file (proc(5)); this list begins with field 3.
    guard fields.count > 19 else { return nil }
    // A dead process that nobody has reaped yet holds nothing any more.
    return fields[0] == "Z" ? nil : UInt64(fields[19])
  }

  /// The number of this process's namespace of process numbers; `0` where unknown.
  private static var namespace: String {
    var buffer = [CChar](repeating: 0, count: 64)
    let length = readlink("/proc/self/ns/pid", &buffer, buffer.count)
    guard length > 0 else { return "0" }
    let link = String(decoding: buffer[0..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let digits = link.filter(\.isNumber)
    return digits.isEmpty ? "0" : digits
  }
}
