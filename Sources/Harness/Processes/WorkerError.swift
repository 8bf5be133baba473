// What can go wrong with a worker process, in words that name the worker.

import Glibc
import HardwareMemory

/// How a process ended.
public enum ExitStatus: Equatable, Sendable, CustomStringConvertible {
  /// It left by itself with this code.
  case exited(Int32)
  /// A signal ended it.
  case signalled(Int32)

  /// Decodes the status word of `waitpid`: the low seven bits name the signal, the next byte the
  /// code.
  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signalled(signal)
  }

  /// For people: `exit code 3` or `signal 9 (Killed)`.
  public var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .signalled(let signal): "signal \(signal) (\(String(cString: strsignal(signal))))"
    }
  }
}

/// A worker that could not be started, failed, died or hung.
public enum WorkerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A system call of the parent failed.
  case system(worker: String, SystemError)
  /// The kernel refused the CPU, or ran the worker elsewhere.
  case pinningRefused(worker: String, PlacementError)
  /// The worker's own start failed, with its words.
  case startFailed(worker: String, reason: String)
  /// The worker ended while something was expected of it.
  case died(worker: String, ExitStatus)
  /// Nothing came within the deadline; the worker has been killed.
  case hung(worker: String, afterNanoseconds: UInt64)
  /// More workers than the clean-up table holds.
  case tooMany(worker: String)

  /// One line that names the worker.
  public var description: String {
    switch self {
    case .system(let worker, let error): "worker \(worker): \(error)"
    case .pinningRefused(let worker, let error): "worker \(worker): \(error)"
    case .startFailed(let worker, let reason): "worker \(worker) could not start: \(reason)"
    case .died(let worker, let status): "worker \(worker) ended unexpectedly with \(status)"
    case .hung(let worker, let time):
      "worker \(worker) did not answer within \(Double(time) / 1e9) s and was killed"
    case .tooMany(let worker): "worker \(worker): no room for another worker process (limit 256)"
    }
  }
}
