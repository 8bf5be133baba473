// What the probe's scenarios share: regions by kind, forked children, words between processes, and
// an output that checks what it is given.

import CPlatform
import Glibc
import HardwareMemory
import TracerCore
import TracerShm

struct ProbeError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A region of a kind, under a name of its own, destroyed with the value in the process that made
/// it, whatever is attached.
struct ScratchRegion: ~Copyable {
  let region: TracerRegion
  private let owner = getpid()

  init(_ kind: String, _ waking: String = "eventfd", threadSlots: Int = 3) throws {
    let unique = "\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let backing: RegionBacking
    switch kind {
    case "anonymous": backing = .anonymous
    case "memfd": backing = .memfd
    case "shm": backing = .shm(name: "/tracer-shm-probe-\(unique)")
    case "file": backing = .file(path: "/tmp/tracer-shm-probe-\(unique)")
    default: throw ProbeError("unknown kind \(kind)")
    }
    guard let policy = WakePolicy.allCases.first(where: { $0.description == waking }) else {
      throw ProbeError("unknown policy \(waking)")
    }
    region = try TracerRegion.create(
      backing,
      options: TracerOptions(
        geometry: LanesGeometry(
          threadSlots: threadSlots, index: .index(ringCount: 4, ringByteCount: 1024),
          detail: .detail(ringCount: 4, ringByteCount: 1024, postRecords: 10)), waking: policy))
  }

  deinit {
    if getpid() == owner {
      do { try region.destroy() } catch { say("error \(error)") }
    }
  }
}

/// Words that forked processes share outside of any region: the tests' own counts.
struct SharedWords {
  /// Never unmapped: the probe is short-lived.
  let memory: HardwareMemory

  init() throws {
    guard
      let start = mmap(
        nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED
    else { throw ProbeError("mmap") }
    memory = HardwareMemory(base: start)
  }

  subscript(index: Int) -> UInt64 {
    get { memory.word(at: 64 * index).loadRelaxed() }
    nonmutating set { memory.word(at: 64 * index).storeRelaxed(newValue) }
  }

  /// Waits, a tenth of a millisecond at a time, until a word is as it should be. A child that failed
  /// never makes it so: a minute is far more than any of them takes.
  func await(_ index: Int, until isReached: (UInt64) -> Bool) throws {
    for _ in 0..<600_000 {
      if isReached(self[index]) { return }
      usleep(100)
    }
    throw ProbeError("word \(index) stays at \(self[index])")
  }
}

/// Forks a child that runs `body`, prints what it throws and exits; it dies with the parent unless
/// the scenario ends it otherwise.
func forkChild(diesWithParent: Bool = true, _ body: () throws -> Void) throws -> pid_t {
  fflush(nil)
  let child = platform_fork()
  if child < 0 { throw ProbeError("fork") }
  if child > 0 { return child }
  if diesWithParent { platform_die_with_parent() }
  do { try body() } catch {
    say("error in a child: \(error)")
    _exit(1)
  }
  fflush(nil)
  _exit(0)
}

/// Kills a child and reaps it.
func killAndReap(_ child: pid_t) {
  kill(child, SIGKILL)
  waitpid(child, nil, 0)
}

/// Checks what it is given: every record is numbered by its lane's writer, from zero.
struct CheckingOutput: LaneOutput {
  typealias Memory = HardwareMemory
  var records: UInt64 = 0
  var wrong: UInt64 = 0
  var next: [LaneIdentifier: UInt64] = [:]

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(LaneCorruption) {
    var expected = next[frame.lane] ?? 0
    var count: UInt64 = 0
    var wrong: UInt64 = 0
    try records.forEach { memory, record, sequence in
      count += 1
      if sequence < expected || memory.loadPayload(at: record.payloadOffset) != sequence {
        wrong += 1
      }
      expected = sequence + 1
    }
    next[frame.lane] = expected
    self.records += count
    self.wrong += wrong
  }
}

extension AgentThread {
  /// Writes a record that says its own number; whether it was taken.
  mutating func writeNumbered(_ kind: LaneKind = .index) -> Bool {
    let number = sequence(kind)
    let outcome =
      switch kind {
      case .index:
        writeIndex(type: 1, byteCount: 16) { memory, offset in
          memory.storePayload(number, at: offset)
          memory.storePayload(~number, at: offset + 8)
        }
      case .detail:
        writeDetail(type: 1, byteCount: 16) { memory, offset in
          memory.storePayload(number, at: offset)
          memory.storePayload(~number, at: offset + 8)
        }
      }
    return outcome == .written
  }
}

/// The sum of all lanes' accounts.
struct AccountSum {
  var attempts: UInt64 = 0
  var drained: UInt64 = 0
  var lost: UInt64 = 0
  var inFlight: UInt64 = 0
  var overwritten: UInt64 = 0
  var isExact = true

  init(_ controller: borrowing Controller) {
    for slot in 0..<controller.region.lanes.geometry.threadSlots {
      for kind in LaneKind.allCases {
        add(controller.account(of: LaneIdentifier(slot: slot, kind: kind)))
      }
    }
  }

  private mutating func add(_ account: LaneAccount) {
    attempts += account.nextSequence
    drained += account.drained
    lost += account.losses.total
    inFlight += account.inFlight
    overwritten += account.overwritten
    isExact = isExact && LaneInvariant.everyAttemptAccountedFor(account)
  }
}

let second: UInt64 = 1_000_000_000
