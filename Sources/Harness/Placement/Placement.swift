// Where a worker runs: which CPUs there are, and pinning that is verified.
//
// The kernel may accept an affinity and still say something else (a cgroup, a hot-unplugged CPU),
// so the answer is read back. A refusal is an error: a figure measured elsewhere is another figure.

import CPlatform
import Glibc
import HardwareMemory

/// A CPU that cannot be had.
public enum PlacementError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Not among the CPUs this process may use.
  case noSuchCPU(Int, available: CPUSet)
  /// The kernel refused.
  case refused(cpu: Int, SystemError)
  /// The kernel agreed, but this thread runs on another CPU.
  case runsElsewhere(cpu: Int, actual: Int)
  /// The kernel does not say which CPUs there are.
  case unknown(SystemError)

  /// One line that names the CPU and what is available.
  public var description: String {
    switch self {
    case .noSuchCPU(let cpu, let available):
      "CPU \(cpu) does not exist: CPUs \(available) are available"
    case .refused(let cpu, let error): "the kernel refused to pin to CPU \(cpu): \(error)"
    case .runsElsewhere(let cpu, let actual):
      "pinned to CPU \(cpu), yet running on CPU \(actual)"
    case .unknown(let error): "cannot list the CPUs: \(error)"
    }
  }
}

/// CPUs of this machine, as this process may use them.
public enum Placement {
  /// The CPUs that this process may run on.
  public static func allowedCPUs() throws(PlacementError) -> CPUSet {
    // 8,192 CPUs: the largest that Linux can be configured for.
    var words = [UInt64](repeating: 0, count: 128)
    let filled = platform_allowed_cpus(&words, words.count)
    guard filled >= 0 else { throw .unknown(SystemError("sched_getaffinity")) }
    return CPUSet((0..<words.count * 64).filter { words[$0 / 64] >> UInt64($0 % 64) & 1 == 1 })
  }

  /// Throws unless this process may run on `cpu`.
  public static func validate(cpu: Int) throws(PlacementError) {
    let allowed = try allowedCPUs()
    guard allowed.contains(cpu) else { throw .noSuchCPU(cpu, available: allowed) }
  }

  /// Two different CPUs for a producer and a consumer, or the same twice where there is one only.
  ///
  /// Prefers two that are not threads of one core, on the memory node of the first.
  public static func defaultPair(
    topology: NumaTopology? = nil, cpuRoot: String = "/sys/devices/system/cpu"
  ) throws(PlacementError) -> (producer: Int, consumer: Int) {
    let allowed = try allowedCPUs().numbers
    guard let first = allowed.first else {
      throw .unknown(SystemError("sched_getaffinity", code: ENODEV))
    }
    let siblings =
      SystemFile.read("\(cpuRoot)/cpu\(first)/topology/thread_siblings_list")
      .flatMap { CPUSet(list: $0) } ?? CPUSet([first])
    let nodeMates = topology?.nodes.first { $0.cpus.contains(first) }?.cpus ?? CPUSet(allowed)
    let others = allowed.dropFirst()
    let second =
      others.first { !siblings.contains($0) && nodeMates.contains($0) }
      ?? others.first { !siblings.contains($0) } ?? others.first ?? first
    return (first, second)
  }

  /// Runs `body` with the calling thread pinned to `cpu`, and lets it run where it could before.
  public static func whilePinned<Result>(
    to cpu: Int, _ body: () throws -> Result
  ) throws -> Result {
    let before = try allowedCPUs()
    try pin(to: cpu)
    defer { allow(before) }
    return try body()
  }

  /// Lets the calling thread run on `cpus`, which it could before: nothing to refuse.
  private static func allow(_ cpus: CPUSet) {
    var words = [UInt64](repeating: 0, count: 128)
    for cpu in cpus.numbers { words[cpu / 64] |= 1 << UInt64(cpu % 64) }
    _ = platform_allow_cpus(words, words.count)
  }

  /// Pins the calling thread to `cpu` and verifies it: the affinity read back is that CPU alone,
  /// and the thread runs there.
  public static func pin(to cpu: Int) throws(PlacementError) {
    guard platform_pin_to_cpu(Int32(clamping: cpu)) == 0 else {
      let error = SystemError("sched_setaffinity")
      if error.code == EINVAL { try validate(cpu: cpu) }
      throw .refused(cpu: cpu, error)
    }
    let granted = try allowedCPUs()
    guard granted == CPUSet([cpu]) else {
      throw .runsElsewhere(cpu: cpu, actual: granted.numbers.first { $0 != cpu } ?? -1)
    }
    let actual = Int(platform_current_cpu())
    guard actual == cpu else { throw .runsElsewhere(cpu: cpu, actual: actual) }
  }
}

extension PlacementError {
  /// The error as plain words, so that a worker can send it to its parent.
  struct Wire: BitwiseCopyable {
    var kind: Int64 = 0
    var cpu: Int64 = 0
    var detail: Int64 = 0
  }

  var wire: Wire {
    switch self {
    case .noSuchCPU(let cpu, _): Wire(kind: 0, cpu: Int64(cpu))
    case .refused(let cpu, let error):
      Wire(kind: 1, cpu: Int64(cpu), detail: Int64(error.code))
    case .runsElsewhere(let cpu, let actual):
      Wire(kind: 2, cpu: Int64(cpu), detail: Int64(actual))
    case .unknown(let error): Wire(kind: 3, detail: Int64(error.code))
    }
  }

  /// Read by the parent, whose own CPUs are those the worker was given.
  init(_ wire: Wire) {
    let code = Int32(clamping: wire.detail)
    switch wire.kind {
    case 0:
      let available = (try? Placement.allowedCPUs()) ?? CPUSet([])
      self = .noSuchCPU(Int(wire.cpu), available: available)
    case 1: self = .refused(cpu: Int(wire.cpu), SystemError("sched_setaffinity", code: code))
    case 2: self = .runsElsewhere(cpu: Int(wire.cpu), actual: Int(wire.detail))
    default: self = .unknown(SystemError("sched_getaffinity", code: code))
    }
  }
}
