// Execution counts against those of another optimal checker: equal means that nothing is missed
// and nothing is explored twice.

import Glibc
import Testing

@testable import ModelChecker

@Suite struct CountTests {
  @Test(arguments: [
    (2, 3, 9), (2, 4, 27), (2, 6, 243), (2, 8, 2187), (3, 3, 14), (3, 4, 70),
  ])
  func blockingRingHasTheKnownExecutions(capacity: UInt64, messages: UInt64, expected: Int) {
    let report = Explorer().explore(LamportRing.blocking(capacity: capacity, messages: messages))
    #expect(report.executions == expected)
    #expect(report.extent == .complete)
    #expect(report.firstFailure == nil)
  }

  @Test(arguments: [(3, 47), (4, 256), (6, 8082)])
  func tryingRingHasTheKnownExecutions(tries: Int, expected: Int) {
    let report = Explorer().explore(LamportRing.trying(capacity: 2, tries: tries))
    #expect(report.executions == expected)
    #expect(report.blocked == 0)
    #expect(report.extent == .complete)
    #expect(report.firstFailure == nil)
  }

  #if !DEBUG
    // Too slow without optimisation.
    @Test(arguments: [(2, 12, 177_147), (3, 8, 45425), (4, 8, 173_120)])
    func longBlockingRingHasTheKnownExecutions(capacity: UInt64, messages: UInt64, expected: Int) {
      blockingRingHasTheKnownExecutions(
        capacity: capacity, messages: messages, expected: expected)
    }

    @Test func longTryingRingHasTheKnownExecutionsFast() {
      let before = threadSeconds()
      tryingRingHasTheKnownExecutions(tries: 8, expected: 267_736)
      let rate = 267_736 / (threadSeconds() - before)
      print("executions per second of processor time:", Int(rate))
      // What is asked of the checker; by processor time, since other tests run beside this one.
      #expect(rate > 50_000)
    }

    private func threadSeconds() -> Double {
      var now = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
      return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }
  #endif
}
