// Process numbers come round: what a dead agent and a dead controller left behind may name a process
// that lives. Only the start time tells that it is another one.

import Glibc
import Harness
import HardwareMemory
import TracerCore
import TracerShm

extension TracerPlace {
  /// A victim writes under the parent's process number and an earlier start time, takes the
  /// controller's seat in the same way, and is killed; returns how many were.
  func checkReusedNumbers() throws -> Int {
    let parent = ProcessIdentity.current
    // As if it had been started, and had died, before the parent got its number.
    let former = ProcessIdentity(pid: parent.pid, startTimeTicks: parent.startTimeTicks - 1)
    let victim = CrashRole<BorrowedNumberActor>(
      victim: try WorkerProcess.start(name: "reused") { context in
        try runVictim(BorrowedNumberActor(self, former), ledger: ledger, context: context)
      })
    for step in [CrashStep.claim, .write, .write, .detail, .die] {
      _ = try victim.perform(step)
    }
    try settle(deaths: 1)
    return 1
  }
}

/// An agent and a controller by another process's number.
private struct BorrowedNumberActor: CrashActor, ~Copyable {
  private let place: TracerPlace
  private let process: ProcessIdentity
  private var agent: AgentActor<HardwareMemory>

  init(_ place: TracerPlace, _ process: ProcessIdentity) {
    self.place = place
    self.process = process
    agent = AgentActor(place.world, owner: (process.pid, process.startTimeTicks))
  }

  mutating func perform(_ step: CrashStep) throws(CrashFinding) {
    switch step {
    case .die: kill(getpid(), SIGKILL)
    case .claim:
      let seat = place.region.lanes.seat
      if let mine = PackedProcess(pid: process.pid, startTimeTicks: process.startTimeTicks) {
        guard seat.take(from: nil, for: mine) else {
          throw CrashFinding(.survivorsFinish, "the seat of a new region is taken")
        }
      }
      try agent.perform(.claim)
    default: try agent.perform(step)
    }
  }
}
