// The controller's knowledge of who lives: one descriptor for each process that owns a slot.
// Private to one controller, used by its thread.

import CPlatform
import Glibc
import TracerCore

/// Watches the processes of agents.
struct AgentWatch: ~Copyable, LivenessJudge {
  private enum Entry {
    case alive(descriptor: Int32)
    case dead
  }
  private struct Watched {
    var entry: Entry
    /// Asked about since the last `sweep`.
    var isWanted: Bool
  }
  private var processes: [ProcessIdentity: Watched] = [:]
  /// What to poll for: one request for each living process, after room for the caller's own.
  private(set) var requests: [pollfd] = []

  init() {}

  deinit {
    for case .alive(let descriptor) in processes.values.map(\.entry) { close(descriptor) }
  }

  mutating func isDead(owner: UInt32, start: UInt64) -> Bool {
    let process = ProcessIdentity(pid: owner, startTimeTicks: start)
    if let known = processes[process] {
      processes[process]?.isWanted = true
      if case .dead = known.entry { return true }
      return false
    }
    switch process.watch() {
    case .unknown: return false
    case .dead:
      processes[process] = Watched(entry: .dead, isWanted: true)
      return true
    case .alive(let descriptor):
      // Without a start time it is not known whom this number means: asked again next time.
      if start == 0 {
        close(descriptor)
        return false
      }
      processes[process] = Watched(entry: .alive(descriptor: descriptor), isWanted: true)
      requests.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      return false
    }
  }

  /// Looks whether any of them has ended: one system call. Before a pass judges.
  ///
  /// - Returns: whether one has, that had not before.
  @discardableResult mutating func refresh() -> Bool {
    guard !requests.isEmpty, poll(&requests, nfds_t(requests.count), 0) > 0 else { return false }
    let ended = Set(requests.filter { $0.revents != 0 }.map(\.fd))
    for (process, watched) in processes {
      guard case .alive(let descriptor) = watched.entry, ended.contains(descriptor) else {
        continue
      }
      close(descriptor)
      processes[process]?.entry = .dead
    }
    requests.removeAll { ended.contains($0.fd) }
    return !ended.isEmpty
  }

  /// Whether one of them has ended since `refresh`: one system call.
  var hasEnded: Bool {
    var requests = requests
    return !requests.isEmpty && poll(&requests, nfds_t(requests.count), 0) > 0
  }

  /// Forgets processes that no slot named since the last call: they have left.
  mutating func sweep() {
    for (process, watched) in processes where !watched.isWanted {
      if case .alive(let descriptor) = watched.entry {
        close(descriptor)
        requests.removeAll { $0.fd == descriptor }
      }
      processes[process] = nil
    }
    for process in processes.keys { processes[process]?.isWanted = false }
  }
}
