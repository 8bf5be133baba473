// Scenarios of controllers: asleep beside forked agents, killed and replaced, and two at once.

import CPlatform
import Glibc
import HardwareMemory
import TracerCore
import TracerShm

/// `forked KIND POLICY AGENTS COUNT [reopened]`: agents write in bursts, the controller sleeps in
/// between, without ever looking unasked: what is not announced would stay. A controller that
/// `reopened` the region has an event counter that its agents did not inherit.
func forkedScenario(_ arguments: [String]) throws {
  let scratch = try ScratchRegion(arguments[0], arguments[1])
  let agents = Int(arguments[2]) ?? 1
  let count = Int(arguments[3]) ?? 1
  let words = try SharedWords()
  var controlled = scratch.region
  if arguments.last == "reopened" {
    controlled = try TracerRegion.open(scratch.region.region.backing)
  }
  var controller = try Controller(controlled)
  var children: [pid_t] = []
  for number in 0..<agents {
    children.append(
      try forkChild {
        var thread = try Agent(scratch.region).attachThread()
        let counts = writeInBursts(&thread, count: count)
        thread.detach()
        words[2 * number] = counts.taken
        words[2 * number + 1] = counts.lost
      })
  }
  var output = CheckingOutput()
  var reclaimed = 0
  var slept = 0
  var timeouts = 0
  while reclaimed < agents, timeouts == 0 {
    let report = try controller.drain(into: &output)
    reclaimed += report.pass.reclaimedSlots
    guard report.isIdle else { continue }
    // A lost wake-up shows as the end of this time.
    switch controller.wait(timeoutNanoseconds: 60 * second, longestStepNanoseconds: 3600 * second) {
    case .timeout: timeouts += 1
    case .announced: slept += 1
    case .ready, .found, .agentEnded: break
    }
  }
  for child in children { waitpid(child, nil, 0) }
  let taken = (0..<agents).reduce(0) { $0 + words[2 * $1] }
  let lost = (0..<agents).reduce(0) { $0 + words[2 * $1 + 1] }
  let sum = AccountSum(controller)
  say("timeouts \(timeouts)")
  say("slept \(slept > 0)")
  say("drained all \(output.records == taken && sum.drained == taken)")
  say("lost all \(sum.lost == lost)")
  say("identity \(sum.isExact && sum.attempts == UInt64(agents * count) && sum.inFlight == 0)")
  say("wrong \(output.wrong)")
  controller.close()
}

/// `death KIND POLICY`: an agent is killed with records in its active rings while the controller
/// sleeps: it is woken by the death, and has every record.
func deathScenario(_ arguments: [String]) throws {
  let scratch = try ScratchRegion(arguments[0], arguments[1])
  let words = try SharedWords()
  var controller = try Controller(scratch.region)
  let child = try forkChild {
    var thread = try Agent(scratch.region).attachThread()
    for _ in 0..<7 { _ = thread.writeNumbered() }
    for _ in 0..<5 { _ = thread.writeNumbered(.detail) }
    words[0] = 1
    try words.await(0) { $0 == 2 }
    kill(getpid(), SIGKILL)
  }
  try words.await(0) { $0 == 1 }
  var output = CheckingOutput()
  while try !controller.drain(into: &output).isIdle {}
  say("before \(output.records)")
  words[0] = 2
  // A semaphore has no descriptor: there a death is found at the next step.
  let step = scratch.region.waking == .semaphore ? SleepStep.longestNanoseconds : 3600 * second
  var reason = WakeReason.ready
  while reason == .ready || reason == .announced {
    reason = controller.wait(timeoutNanoseconds: 60 * second, longestStepNanoseconds: step)
    if reason == .ready { _ = try controller.drain(into: &output) }
  }
  say("reason \(reason)")
  let report = try controller.drain(into: &output)
  say("dead owners \(report.pass.deadOwners)")
  say("drained \(output.records)")
  say("wrong \(output.wrong)")
  let sum = AccountSum(controller)
  say("identity \(sum.isExact && sum.attempts == 12 && sum.inFlight == 0)")
  waitpid(child, nil, 0)
  controller.close()
}

/// `second KIND`: while a controller lives, in whatever state, there is no other.
func secondScenario(_ arguments: [String]) throws {
  let scratch = try ScratchRegion(arguments[0])
  let words = try SharedWords()
  let first = try forkChild {
    var controller = try Controller(scratch.region)
    words[0] = controller.epoch
    while true { _ = controller.wait(timeoutNanoseconds: second) }
  }
  try words.await(0) { $0 == 1 }
  func attempt(_ key: String) {
    do throws(TracerError) {
      let controller = try Controller(scratch.region)
      say("\(key) epoch \(controller.epoch)")
      controller.close()
    } catch {
      if case .controllerAlive(_, let pid) = error {
        say("\(key) refused by the first \(pid == UInt32(first))")
      } else {
        say("\(key) \(error)")
      }
    }
  }
  attempt("running")
  // Paused is not dead.
  kill(first, SIGSTOP)
  attempt("stopped")
  do throws(TracerError) { try scratch.region.destroy() } catch {
    if case .controllerAlive = error { say("destroy refused true") } else { say("\(error)") }
  }
  killAndReap(first)
  attempt("dead")
  attempt("closed")
}

/// `inherited KIND`: a child that a controller forked does not keep its successor out.
func inheritedLockScenario(_ arguments: [String]) throws {
  let scratch = try ScratchRegion(arguments[0])
  let words = try SharedWords()
  let first = try forkChild {
    let controller = try Controller(scratch.region)
    _ = try forkChild(diesWithParent: false) {
      words[0] = UInt64(getpid())
      while true { pause() }
    }
    try words.await(1) { $0 == 1 }
    withExtendedLifetime(controller.epoch) {}
  }
  try words.await(0) { $0 != 0 }
  killAndReap(first)
  defer { kill(pid_t(words[0]), SIGKILL) }
  let controller = try Controller(scratch.region)
  say("epoch \(controller.epoch)")
  controller.close()
}

/// `takeover KIND FILE ROUNDS`: controllers that drain into one trace file are killed at random
/// moments, each followed by the next, while an agent writes on.
func takeoverScenario(_ arguments: [String]) throws {
  let scratch = try ScratchRegion(arguments[0])
  let path = arguments[1]
  let words = try SharedWords()
  let agent = try forkChild {
    var thread = try Agent(scratch.region).attachThread()
    while words[0] == 0 {
      for _ in 0..<50 {
        if thread.writeNumbered() { words[1] += 1 } else { words[2] += 1 }
      }
      usleep(100)
    }
    thread.detach()
  }
  let session = scratch.region.region.superblock.session
  for _ in 0..<(Int(arguments[2]) ?? 1) {
    let before = words[3]
    let controller = try forkChild {
      let writer = try TraceFileWriter(resuming: path, session: session)
      var output = writer
      var controller = try Controller(scratch.region, resuming: writer.accounts)
      words[3] = controller.epoch
      while true {
        if try controller.drain(into: &output).isIdle {
          _ = controller.wait(timeoutNanoseconds: second)
        }
      }
    }
    try words.await(3) { $0 != before }
    usleep(UInt32.random(in: 0...5000))
    killAndReap(controller)
  }
  words[0] = 1
  waitpid(agent, nil, 0)
  let writer = try TraceFileWriter(resuming: path, session: session)
  var output = writer
  var controller = try Controller(scratch.region, resuming: writer.accounts)
  while try !controller.drain(into: &output).isIdle {}
  let sum = AccountSum(controller)
  say("epoch \(controller.epoch)")
  say("identity \(sum.isExact && sum.attempts == words[1] + words[2] && sum.inFlight == 0)")
  say("accepted \(words[1])")
  say("drained \(sum.drained)")
  say("lost \(sum.lost == words[2])")
  controller.close()
  try checkOnce(path, taken: words[1])
}

/// Every accepted record stands in the file, exactly once, in order.
private func checkOnce(_ path: String, taken: UInt64) throws {
  var count: UInt64 = 0
  var next: UInt64 = 0
  var wrong = 0
  var reader = try TraceFileReader(path)
  while let block = try reader.next() {
    guard case .frame(_, let records) = block else { continue }
    try records.forEach { item, sequence, payload in
      guard case .record = item else { return }
      let number = payload.unsafeLoad(as: UInt64.self)
      if number != sequence || sequence < next { wrong += 1 }
      next = sequence + 1
      count += 1
    }
  }
  say("in the file \(count == taken)")
  say("wrong \(wrong)")
}
