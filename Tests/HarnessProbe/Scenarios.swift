// The probe's scenarios on single workers, by name.

import Glibc
import Harness
import HardwareMemory

typealias Scenario = ([String]) throws -> Void

let second: UInt64 = 1_000_000_000

var scenarios: [String: Scenario] {
  [
    "pin": pinScenario, "exit": exitScenario, "crash": crashScenario, "hang": hangScenario,
    "echo": echoScenario, "orphan": orphanScenario, "interrupt": interruptScenario,
    "barrier": barrierScenario, "histogram": histogramScenario, "numa": numaScenario,
    "live": liveScenario, "live-fail": liveFailScenario, "live-throw": liveThrowScenario,
    "live-crash": liveCrashScenario, "live-stop": liveStopScenario, "pair": pairScenario,
    "document": documentScenario,
  ]
}

private func sleepForEver() -> Never { while true { pause() } }

/// Pins a worker to the CPU given and has it say where it runs.
private func pinScenario(_ arguments: [String]) throws {
  let cpu = Int(arguments.first ?? "") ?? 0
  let worker = try WorkerProcess.start(name: "pinned", cpu: cpu) { context in
    let allowed = try Placement.allowedCPUs()
    try context.send(UInt64(allowed.numbers.first ?? 99_999))
    return 0
  }
  let seen = try worker.receive(placeholder: UInt64(0), deadlineNanoseconds: 5 * second)
  say("cpu \(seen)")
  say("status \(try worker.waitForExit(deadlineNanoseconds: 5 * second))")
}

private func exitScenario(_ arguments: [String]) throws {
  let code = Int32(arguments.first ?? "") ?? 0
  let worker = try WorkerProcess.start(name: "leaver") { _ in code }
  say("status \(try worker.waitForExit(deadlineNanoseconds: 5 * second))")
}

private func crashScenario(_ arguments: [String]) throws {
  let worker = try WorkerProcess.start(name: "victim") { _ in
    kill(getpid(), SIGKILL)
    sleepForEver()
  }
  _ = try worker.receive(placeholder: UInt64(0), deadlineNanoseconds: 5 * second)
}

private func hangScenario(_ arguments: [String]) throws {
  let worker = try WorkerProcess.start(name: "sleeper") { _ in sleepForEver() }
  let process = worker.processIdentifier
  do {
    _ = try worker.receive(placeholder: UInt64(0), deadlineNanoseconds: second / 10)
  } catch {
    say("gone \(kill(process, 0) == -1 && errno == ESRCH)")
    throw error
  }
}

private func echoScenario(_ arguments: [String]) throws {
  let worker = try WorkerProcess.start(name: "echo") { context in
    var count: Int32 = 0
    while let message = try context.receive(placeholder: UInt64(0)) {
      try context.send(message &* 3)
      count += 1
    }
    return count
  }
  for message in 1...5 as ClosedRange<UInt64> {
    try worker.send(message)
    let answer = try worker.receive(placeholder: UInt64(0), deadlineNanoseconds: 5 * second)
    guard answer == message * 3 else { throw SystemError("echo", code: EBADMSG) }
  }
  say("status \(try worker.finish(deadlineNanoseconds: 5 * second))")
}

/// Prints the worker's number and waits to be killed.
private func orphanScenario(_ arguments: [String]) throws {
  let worker = try WorkerProcess.start(name: "orphan") { _ in sleepForEver() }
  say("worker \(worker.processIdentifier)")
  sleepForEver()
}

/// Registers a worker, a file and a shared-memory name, and waits for a signal.
private func interruptScenario(_ arguments: [String]) throws {
  try CleanupRegistry.install()
  let name = TemporaryName(prefix: "harness-probe", number: 1).text
  let file = "/tmp/\(name)"
  let kept = "/tmp/\(name).kept"
  for path in [file, kept] {
    close(open(path, O_CREAT | O_RDWR, 0o600))
    guard let token = CleanupRegistry.add(file: path) else { throw SystemError("register") }
    if path == kept { CleanupRegistry.forget(token) }
  }
  close(shm_open("/\(name)", O_CREAT | O_RDWR, 0o600))
  guard CleanupRegistry.add(sharedMemory: "/\(name)") != nil else { throw SystemError("register") }
  let worker = try WorkerProcess.start(name: "worker") { _ in sleepForEver() }
  say("worker \(worker.processIdentifier)")
  say("name \(name)")
  sleepForEver()
}

/// Three workers pass a barrier many times; each checks that the others kept pace.
private func barrierScenario(_ arguments: [String]) throws {
  let mapping = try Mapping(descriptor: nil, byteCount: 4096)
  let memory = mapping.memory
  let rounds: UInt64 = 200
  let workers = try (0..<3).map { index in
    try WorkerProcess.start(name: "walker \(index)") { _ in
      let barrier = StartBarrier(memory: memory, participants: 3, availableCPUs: 1)
      for round in 1...rounds {
        // Plain stores: the barrier alone orders them.
        memory.storePayload(round, at: 1024 + index * 64)
        barrier.wait()
        for other in 0..<3 where memory.loadPayload(at: 1024 + other * 64) != round { return 3 }
        barrier.wait()
      }
      return 0
    }
  }
  for worker in workers {
    say("status \(try worker.waitForExit(deadlineNanoseconds: 20 * second))")
  }
}

private func histogramScenario(_ arguments: [String]) throws {
  let store = try SharedHistogramStore(count: 2)
  let worker = try WorkerProcess.start(name: "recorder") { _ in
    for value in 1...1_000 as ClosedRange<UInt64> { store[1].record(value) }
    return 0
  }
  _ = try worker.waitForExit(deadlineNanoseconds: 5 * second)
  say("first \(store[0].snapshot().total)")
  say("second \(store[1].snapshot().total)")
  say("median \(store[1].snapshot().percentile(0.5) ?? 0)")
}

/// Binds memory to a node and verifies it, also in a worker that has not touched it.
private func numaScenario(_ arguments: [String]) throws {
  let topology = try NumaTopology()
  let node = Int(arguments.first ?? "") ?? 0
  let mapping = try Mapping(descriptor: nil, byteCount: 1 << 20)
  try NumaMemory.bind(
    address: mapping.address, byteCount: mapping.byteCount, toNode: node, topology: topology)
  let address = mapping.address
  let worker = try WorkerProcess.start(name: "toucher") { _ in
    let nodes = try NumaMemory.pageNodes(address: address, byteCount: 1 << 20)
    return nodes.allSatisfy { $0 == node } ? 0 : 1
  }
  say("status \(try worker.waitForExit(deadlineNanoseconds: 5 * second))")
}

private func pairScenario(_ arguments: [String]) throws {
  let pair = try Placement.defaultPair(topology: try NumaTopology())
  say("pair \(pair.producer) \(pair.consumer)")
}
