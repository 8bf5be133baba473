// A forked worker process: pinned, bound to its parent's life, talked to in messages.
//
//   parent                                 child
//   WorkerProcess.start ──── fork ───────▶ die with parent, pin, verify
//        ◀──────────── start report ────── ready, or why not
//   send / receive ◀── fixed messages ───▶ body(context)
//   waitForExit ◀───────────────────────── _exit(code of body)
//
// Only a process that has never started a thread may call `start`: the child is a copy of the
// calling thread alone. The child leaves by `_exit`, so that nothing of the parent's (buffers,
// deferred clean-up) runs twice. It is killed with its parent, by whatever the parent dies of.

import CPlatform
import Glibc
import HardwareMemory

/// What a worker's body is given.
public struct WorkerContext {
  /// The worker's name, as in errors.
  public let name: String
  /// The CPU it is pinned to, where one was asked for.
  public let cpu: Int?
  let channel: MessageChannel

  /// Waits for the parent's next message; `nil` when the parent has closed the conversation.
  public func receive<Message: BitwiseCopyable>(placeholder: Message) throws(SystemError)
    -> Message?
  {
    guard case .message(let message) = try channel.receive(Message.self, placeholder: placeholder)
    else { return nil }
    return message
  }

  /// Sends a message to the parent; false where it is gone.
  @discardableResult public func send<Message: BitwiseCopyable>(_ message: Message)
    throws(SystemError) -> Bool
  { try channel.send(message) }
}

/// The parent's handle of a worker. Ends (kills and reaps) the worker when it is released.
///
/// Used from the thread that started it. Blocking calls take a deadline; a worker that misses it
/// is killed.
public final class WorkerProcess {
  /// The worker's name, as in errors.
  public let name: String
  /// The process number; meaningless after the worker was reaped.
  public let processIdentifier: pid_t
  private let channel: MessageChannel
  private let cleanupSlot: Int32
  private var finalStatus: ExitStatus?

  /// The parent's ends of all conversations, which a new child must not keep open: a worker is to
  /// see the end of its conversation when the parent closes it. One thread only, by contract.
  nonisolated(unsafe) private static var parentEnds: Set<Int32> = []

  /// How long a worker may take to pin itself and report: forking a process with large mappings
  /// on a loaded machine takes milliseconds, so this is generous.
  static let startDeadlineNanoseconds: UInt64 = 20_000_000_000

  /// Forks a worker that runs `body` and exits with the code it returns.
  ///
  /// Returns when the worker runs on its CPU. An error thrown by `body` is written to standard
  /// error and becomes exit code 1.
  ///
  /// - Parameters:
  ///   - cpu: The CPU to pin to, or `nil`. Refusal is an error, never a note.
  ///   - body: Runs in the child. Must start no thread that outlives it.
  public static func start(
    name: String, cpu: Int? = nil, body: (WorkerContext) throws -> Int32
  ) throws(WorkerError) -> WorkerProcess {
    do {
      fflush(nil)  // else the child might print the parent's pending output a second time
      let ends = try MessageChannel.makePair()
      let parent = getpid()
      platform_cleanup_block_signals(1)
      let child = platform_fork()
      if child == 0 {
        runChild(name: name, cpu: cpu, parent: parent, channel: ends.child, body: body)
      }
      let forkError = errno
      let slot = child > 0 ? platform_cleanup_add_process(child) : -1
      platform_cleanup_block_signals(0)
      ends.child.close()
      guard child > 0 else {
        ends.parent.close()
        throw SystemError("fork", code: forkError)
      }
      let worker = WorkerProcess(
        name: name, process: child, channel: ends.parent, cleanupSlot: slot)
      guard slot >= 0 else { throw WorkerError.tooMany(worker: name) }
      try worker.awaitStart()
      return worker
    } catch let error as WorkerError {
      throw error
    } catch {
      throw .system(worker: name, error as? SystemError ?? SystemError("fork"))
    }
  }

  private init(name: String, process: pid_t, channel: MessageChannel, cleanupSlot: Int32) {
    self.name = name
    self.processIdentifier = process
    self.channel = channel
    self.cleanupSlot = cleanupSlot
    WorkerProcess.parentEnds.insert(channel.descriptor)
  }

  /// Sends a message to the worker.
  public func send<Message: BitwiseCopyable>(_ message: Message) throws(WorkerError) {
    do {
      if try channel.send(message) { return }
    } catch { throw .system(worker: name, error) }
    throw .died(worker: name, kill())
  }

  /// Waits for the worker's next message, at most `deadlineNanoseconds`.
  ///
  /// A worker that misses the deadline, or has ended, is reaped and reported.
  public func receive<Message: BitwiseCopyable>(
    placeholder: Message, deadlineNanoseconds: UInt64
  ) throws(WorkerError) -> Message {
    do {
      switch try channel.receive(
        Message.self, placeholder: placeholder, timeoutNanoseconds: deadlineNanoseconds)
      {
      case .message(let message): return message
      case .timedOut: break
      case .peerClosed: throw WorkerError.died(worker: name, reap())
      }
    } catch let error as WorkerError {
      throw error
    } catch {
      throw .system(worker: name, error as? SystemError ?? SystemError("recv"))
    }
    kill()
    throw .hung(worker: name, afterNanoseconds: deadlineNanoseconds)
  }

  /// Waits until one of `workers` has sent something or has ended; its index, or `nil` where none
  /// has within `deadlineNanoseconds`.
  public static func waitForAny(
    of workers: [WorkerProcess], deadlineNanoseconds: UInt64
  ) throws(SystemError) -> Int? {
    try MessageChannel.firstReady(
      among: workers.map(\.channel), timeoutNanoseconds: deadlineNanoseconds)
  }

  /// Closes the parent's side of the conversation, so that the worker's `receive` returns `nil`,
  /// and waits for it to end, at most `deadlineNanoseconds`; then it is killed.
  public func finish(deadlineNanoseconds: UInt64) throws(WorkerError) -> ExitStatus {
    if let finalStatus { return finalStatus }
    shutdown(channel.descriptor, Int32(SHUT_WR))
    do {
      guard try channel.waitForClose(timeoutNanoseconds: deadlineNanoseconds) else {
        kill()
        throw WorkerError.hung(worker: name, afterNanoseconds: deadlineNanoseconds)
      }
    } catch let error as WorkerError {
      throw error
    } catch {
      throw .system(worker: name, error as? SystemError ?? SystemError("poll"))
    }
    return reap()
  }

  /// Waits for the worker to end by itself, at most `deadlineNanoseconds` (`nil`: for ever); a
  /// worker that misses the deadline is killed.
  public func waitForExit(deadlineNanoseconds: UInt64?) throws(WorkerError) -> ExitStatus {
    if let finalStatus { return finalStatus }
    do {
      if try channel.waitForClose(timeoutNanoseconds: deadlineNanoseconds) { return reap() }
    } catch { throw .system(worker: name, error) }
    kill()
    throw .hung(worker: name, afterNanoseconds: deadlineNanoseconds ?? 0)
  }

  /// Sends a signal, such as SIGSTOP. Nothing happens to a worker that was reaped.
  public func signal(_ number: Int32) {
    if finalStatus == nil { _ = Glibc.kill(processIdentifier, number) }
  }

  /// Kills and reaps the worker. Safe to call again.
  @discardableResult public func kill() -> ExitStatus {
    signal(SIGKILL)
    return reap()
  }

  deinit {
    kill()
    WorkerProcess.parentEnds.remove(channel.descriptor)
    channel.close()
  }

  /// Waits for the end of a worker that is ending.
  private func reap() -> ExitStatus {
    if let finalStatus { return finalStatus }
    var information = siginfo_t()
    // Leaves the dead process in place: its number cannot be reused while the table names it.
    while waitid(P_PID, id_t(processIdentifier), &information, WEXITED | WNOWAIT) < 0,
      errno == EINTR
    {}
    platform_cleanup_remove_process(cleanupSlot)
    var status: Int32 = 0
    while waitpid(processIdentifier, &status, 0) < 0, errno == EINTR {}
    let decoded = ExitStatus(waitStatus: status)
    finalStatus = decoded
    return decoded
  }
}

extension WorkerProcess {
  /// The first message of every worker.
  private struct StartReport: BitwiseCopyable {
    /// 0: ready. 1: the CPU was refused. 2: anything else, in words.
    var outcome: UInt64 = 0
    var refusal = PlacementError.Wire()
    var text = FixedText()
  }

  private func awaitStart() throws(WorkerError) {
    let report = try receive(
      placeholder: StartReport(), deadlineNanoseconds: WorkerProcess.startDeadlineNanoseconds)
    switch report.outcome {
    case 0: return
    case 1:
      kill()
      throw .pinningRefused(worker: name, PlacementError(report.refusal))
    default:
      kill()
      throw .startFailed(worker: name, reason: report.text.description)
    }
  }

  /// The child's whole life. Never returns into the parent's code.
  private static func runChild(
    name: String, cpu: Int?, parent: pid_t, channel: MessageChannel,
    body: (WorkerContext) throws -> Int32
  ) -> Never {
    platform_cleanup_forget()
    platform_cleanup_block_signals(0)
    for descriptor in parentEnds { close(descriptor) }
    var report = StartReport()
    if platform_die_with_parent() != 0 {
      report.outcome = 2
      report.text = FixedText(SystemError("prctl(PR_SET_PDEATHSIG)").description)
    }
    // The parent may have died before the request above was in place.
    if getppid() != parent { _exit(1) }
    do {
      if let cpu { try Placement.pin(to: cpu) }
    } catch {
      report.outcome = 1
      report.refusal = error.wire
    }
    guard (try? channel.send(report)) == true, report.outcome == 0 else { _exit(1) }
    do {
      let code = try body(WorkerContext(name: name, cpu: cpu, channel: channel))
      fflush(nil)
      _exit(code)
    } catch {
      let line = "worker \(name): \(error)\n"
      _ = write(STDERR_FILENO, line, line.utf8.count)
      _exit(1)
    }
  }
}
