// Proof of a process's death. In doubt a process lives: a paused one is never taken for dead.

import CPlatform
import Glibc
import TracerCore

extension ProcessIdentity {
  /// The process that a word of shared memory names.
  init(_ packed: PackedProcess) {
    self.init(pid: packed.pid, startTimeTicks: packed.startTimeTicks)
  }

  /// This process as one word.
  var packed: PackedProcess? { PackedProcess(pid: pid, startTimeTicks: startTimeTicks) }

  /// When the process that has this number now started, also where its first thread has ended and
  /// others go on; `nil` where there is none.
  static func startTimeTicks(of pid: UInt32) -> UInt64? {
    guard let text = ProcFile.read("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")")
    else { return nil }
    // After the name, which may hold anything, the start time is field 22.
    let fields = text[text.index(after: name)...].split(separator: " ")
    return fields.count > 19 ? UInt64(fields[19]) : nil
  }

  /// Whether the start times agree, which shared memory may hold shortened.
  private func started(at ticks: UInt64) -> Bool {
    PackedProcess.truncated(start: ticks) == PackedProcess.truncated(start: startTimeTicks)
  }

  /// Whether it is certain that this very process has ended, all of its threads.
  var isProvedDead: Bool {
    switch watch() {
    case .dead: return true
    case .unknown: return false
    case .alive(let descriptor):
      close(descriptor)
      return false
    }
  }

  /// What a look at a process finds.
  enum Watch {
    /// It runs; the descriptor becomes readable when all its threads have ended. The caller's.
    case alive(descriptor: Int32)
    /// It has ended.
    case dead
    /// The system does not tell.
    case unknown
  }

  /// Looks at the process. The descriptor is opened first and compared afterwards, so that a
  /// number reused in between is not taken for it. A start time of zero is not known: then only
  /// that nobody has the number proves anything.
  func watch() -> Watch {
    guard let number = pid_t(exactly: pid), number > 0 else { return .unknown }
    let descriptor = platform_pidfd_open(number)
    guard descriptor >= 0 else { return errno == ESRCH ? .dead : .unknown }
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let hasEnded = poll(&request, 1, 0) > 0
    let found = ProcessIdentity.startTimeTicks(of: pid)
    let isAnother = found.map { startTimeTicks != 0 && !started(at: $0) } ?? false
    if hasEnded || isAnother {
      close(descriptor)
      return .dead
    }
    return .alive(descriptor: descriptor)
  }
}
