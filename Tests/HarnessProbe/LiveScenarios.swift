// The probe's scenarios on live groups.

import Glibc
import Harness
import HardwareMemory

/// A pair that counts: the producer stores numbers, the consumer follows; both report.
private func counting(_ name: String, failAt: Int? = nil) -> LiveVariant {
  func member(_ role: String, isConsumer: Bool) -> LiveMember {
    LiveMember(role: role, cpu: nil) { group in
      let word = group.control.word(at: isConsumer ? 64 : 0)
      let peer = group.control.word(at: isConsumer ? 0 : 64)
      return { slice in
        let start = CounterClock.now()
        if isConsumer, slice.order == failAt {
          var report = SliceReport()
          report.failureCode = 7
          for index in 0..<4 { report.failureDetails[index] = UInt64(index) * 11 }
          return report
        }
        // Meet the peer within the slice: both are live at once, or this never returns.
        word.storeRelaxed(UInt64(slice.order) + 1)
        while peer.loadRelaxed() != UInt64(slice.order) + 1 { sched_yield() }
        while CounterClock.now() &- start < slice.ticks { sched_yield() }
        var report = SliceReport(
          records: 1, bytes: 8,
          nanoseconds: slice.clock.nanoseconds(ticks: CounterClock.now() &- start))
        report.extra[3] = UInt64(getpid())
        return report
      }
    }
  }
  return LiveVariant(
    name: name,
    members: [member("producer", isConsumer: false), member("consumer", isConsumer: true)])
}

private func shortSchedule(rounds: Int) -> LiveSchedule {
  var schedule = LiveSchedule.rounds(rounds)
  schedule.sliceNanoseconds = 1_000_000
  schedule.hangNanoseconds = 10 * second
  return schedule
}

func liveScenario(_ arguments: [String]) throws {
  var calls = 0
  let run = try LivePairs.run(
    [counting("A"), counting("B"), counting("C")], schedule: shortSchedule(rounds: 3),
    clock: CounterClock.calibrated(), progress: { _ in calls += 1 })
  for (variant, samples) in zip(run.variants, run.samples) {
    let orders = samples.map { "\($0.order)" }.joined(separator: ",")
    let processes = Set(samples.flatMap { $0.members.map { $0.extra[3] } })
    let longEnough = samples.allSatisfy { $0.members.allSatisfy { $0.nanoseconds >= 990_000 } }
    say("\(variant) orders \(orders) processes \(processes.count) long \(longEnough)")
  }
  say("progress \(calls)")
  say("children \(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD ? "none" : "left")")
}

func liveFailScenario(_ arguments: [String]) throws {
  do {
    _ = try LivePairs.run(
      [counting("good"), counting("bad", failAt: 7)], schedule: shortSchedule(rounds: 3),
      clock: CounterClock.calibrated())
  } catch {
    say("children \(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD ? "none" : "left")")
    throw error
  }
}

func liveThrowScenario(_ arguments: [String]) throws {
  let member = LiveMember(role: "writer", cpu: nil) { _ in
    throw SystemError("open /nowhere", code: ENOENT)
  }
  _ = try LivePairs.run(
    [LiveVariant(name: "thrower", members: [member])], schedule: shortSchedule(rounds: 1),
    clock: CounterClock.calibrated())
}

func liveCrashScenario(_ arguments: [String]) throws {
  let member = LiveMember(role: "writer", cpu: nil) { _ in
    { slice in
      if slice.order == 2 { kill(getpid(), SIGKILL) }
      return SliceReport()
    }
  }
  _ = try LivePairs.run(
    [LiveVariant(name: "mortal", members: [member])], schedule: shortSchedule(rounds: 3),
    clock: CounterClock.calibrated())
}

func liveStopScenario(_ arguments: [String]) throws {
  var rounds = 0
  let run = try LivePairs.run(
    [counting("A"), counting("B")], schedule: shortSchedule(rounds: 1_000),
    clock: CounterClock.calibrated(), progress: { rounds = $0.rounds }, shouldStop: { rounds >= 2 })
  say("stopped \(run.stopped) samples \(run.samples[0].count)")
}
