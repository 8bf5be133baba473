// How a controller waits: by the region's policy, never missing what an agent announces.
//
// Asleep it is woken by an announcement (event counter or semaphore) and by the end of a process
// it watches: an agent may die between its push and its wake-up. And it sleeps in bounded steps:
// an agent that could not come by the means of waking is found at the next step, late, not never.

import CPlatform
import Glibc
import HardwareMemory
import TracerCore

/// Why a wait ended.
public enum WakeReason: Equatable, Sendable {
  /// There was something to do before it slept.
  case ready
  /// An agent announced something.
  case announced
  /// A traced process has ended.
  case agentEnded
  /// Something was found between two steps of sleep that nobody had announced.
  case found
  /// The time is up.
  case timeout
}

/// The lengths of a waiting controller's steps.
public enum SleepStep {
  /// While every attached thread can wake the controller, in nanoseconds: what a thread that
  /// attaches and cannot, or a death that no descriptor tells, has to wait at most.
  public static let longestNanoseconds: UInt64 = 100_000_000
  /// While one cannot, in nanoseconds.
  static let unreachableNanoseconds: UInt64 = 1_000_000
  /// Looks at the lanes between two looks at the clock, when spinning.
  static let spins = 256
}

extension Controller {
  /// Waits until an agent has something to drain, or the time is up. Blocking.
  ///
  /// Drain until a pass is idle, then wait: what a pass leaves ends the wait at once.
  ///
  /// - Parameter longestStepNanoseconds: how long it sleeps before it looks again unasked.
  public mutating func wait(
    timeoutNanoseconds: UInt64,
    longestStepNanoseconds: UInt64 = SleepStep.longestNanoseconds
  ) -> WakeReason {
    let start = monotonicNanoseconds()
    if region.waking == .spin { return spin(since: start, timeoutNanoseconds: timeoutNanoseconds) }
    var isFirst = true
    while true {
      let elapsed = monotonicNanoseconds() &- start
      let left = timeoutNanoseconds > elapsed ? timeoutNanoseconds - elapsed : 0
      var reason: WakeReason?
      var hasSlept = false
      let step = min(
        left,
        everyThreadCanWake ? longestStepNanoseconds : SleepStep.unreachableNanoseconds)
      lanes.sleep {
        hasSlept = true
        reason = sleep(nanoseconds: step)
      }
      if !hasSlept { return isFirst ? .ready : .found }
      if let reason { return reason }
      // With a semaphore nobody tells of a death: looked at between two steps.
      if watch.refresh() { return .agentEnded }
      // By the clock: a signal may have cut the step short.
      if monotonicNanoseconds() &- start >= timeoutNanoseconds {
        return lanes.hasWork() ? .found : .timeout
      }
      isFirst = false
    }
  }

  /// Sleeps for one step; `nil` if nobody woke it.
  private func sleep(nanoseconds: UInt64) -> WakeReason? {
    if let semaphore = office.semaphore {
      return platform_semaphore_take(semaphore.handle, nanoseconds) == 1 ? .announced : nil
    }
    guard let event = office.event else { return nil }
    var requests = [pollfd(fd: event.descriptor, events: Int16(POLLIN), revents: 0)]
    requests += watch.requests
    guard platform_poll(&requests, requests.count, nanoseconds) > 0 else { return nil }
    // The end of a process is left for `refresh` to find: it stays readable.
    guard requests[0].revents != 0 else { return .agentEnded }
    var count: UInt64 = 0
    _ = read(event.descriptor, &count, MemoryLayout<UInt64>.size)
    return .announced
  }

  private func spin(since start: UInt64, timeoutNanoseconds: UInt64) -> WakeReason {
    var isFirst = true
    while true {
      for _ in 0..<SleepStep.spins {
        if lanes.hasWork() { return isFirst ? .ready : .announced }
        isFirst = false
        platform_pause()
      }
      if watch.hasEnded { return .agentEnded }
      if monotonicNanoseconds() &- start >= timeoutNanoseconds { return .timeout }
    }
  }

  /// Whether every attached thread has the means to wake this controller.
  private var everyThreadCanWake: Bool {
    let token = office.event?.token ?? WakeToken.semaphore
    let slots = region.lanes.slots
    for slot in 0..<slots.count where slots.state(of: slot).phase == .claimed {
      if slots.acknowledgedWaker(of: slot) != token { return false }
    }
    return true
  }

  private func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
  }
}
