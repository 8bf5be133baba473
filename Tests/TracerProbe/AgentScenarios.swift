// Scenarios of agents: forked, in another program, sent a region, forked again, interrupted.

import CPlatform
import Glibc
import HardwareMemory
import TracerCore
import TracerShm

func parse(_ text: String) throws -> RegionBacking {
  if text.hasPrefix("shm:") { return .shm(name: String(text.dropFirst(4))) }
  if text.hasPrefix("file:") { return .file(path: String(text.dropFirst(5))) }
  throw ProbeError("unknown region \(text)")
}

/// Writes numbered records in bursts, with pauses in which a controller falls asleep.
func writeInBursts(_ thread: inout AgentThread, count: Int) -> (taken: UInt64, lost: UInt64) {
  var taken: UInt64 = 0
  for number in 0..<count {
    if thread.writeNumbered() { taken += 1 }
    if number % 97 == 96 { usleep(UInt32.random(in: 0...600)) }
  }
  return (taken, UInt64(count) - taken)
}

/// `agent REGION COUNT`: another program, which opens by name.
func agentScenario(_ arguments: [String]) throws {
  let region = try TracerRegion.open(parse(arguments[0]))
  try traceAlone(region, count: Int(arguments[1]) ?? 0)
}

/// `receive SOCKET COUNT`: another program, which is sent a memfd region.
func receiveScenario(_ arguments: [String]) throws {
  guard let socket = Int32(arguments[0]) else { throw ProbeError("socket \(arguments[0])") }
  let region = try TracerRegion.receive(from: socket)
  try traceAlone(region, count: Int(arguments[1]) ?? 0)
}

private func traceAlone(_ region: TracerRegion, count: Int) throws {
  let agent = try Agent(region)
  var thread = try agent.attachThread()
  let waker = region.lanes.seat.waker()
  let acknowledged = region.lanes.slots.acknowledgedWaker(of: thread.slot)
  say("reaches \(waker != nil && waker?.token == acknowledged)")
  let counts = writeInBursts(&thread, count: count)
  say("taken \(counts.taken)")
  say("lost \(counts.lost)")
  thread.detach()
}

/// `hold REGION`: attaches and stays until it is killed.
func holdScenario(_ arguments: [String]) throws {
  let region = try TracerRegion.open(parse(arguments[0]))
  var thread = try Agent(region).attachThread()
  for _ in 0..<5 { _ = thread.writeNumbered() }
  say("attached \(thread.slot)")
  while true { pause() }
}

/// `child KIND`: a child forked in the middle of tracing is detached, and its parent is not.
func forkedChildScenario(_ arguments: [String]) throws {
  let scratch = try ScratchRegion(arguments[0])
  let region = scratch.region
  var controller = try Controller(region)
  let agent = try Agent(region)
  // In a box, as a client would keep it: the child ends its copy as well.
  let box = UnsafeMutablePointer<AgentThread>.allocate(capacity: 1)
  box.initialize(to: try agent.attachThread())
  let slot = box.pointee.slot
  guard box.pointee.writeNumbered() else { throw ProbeError("the first record was lost") }
  // Within a reservation, too.
  guard case .reserved(let reservation) = box.pointee.tryReserve(.detail, byteCount: 8) else {
    throw ProbeError("no reservation")
  }
  let child = try forkChild {
    say("attached \(box.pointee.isAttached)")
    say("outcome \(box.pointee.writeIndex(type: 1, timestamp: 0, 1, 2))")
    box.pointee.commit(.detail, reservation, type: 1)
    say("flush \(box.pointee.flush())")
    do throws(TracerError) { try box.pointee.mark() } catch { say("mark \(error)") }
    do throws(TracerError) { try box.pointee.marker.mark() } catch { say("marker \(error)") }
    // It may attach by itself, as itself.
    var own = try agent.attachThread()
    say("own slot \(own.slot != slot)")
    say("own write \(own.writeNumbered())")
    own.detach()
    box.move().detach()
  }
  var status: Int32 = 0
  waitpid(child, &status, 0)
  box.pointee.memory.storePayload(0, at: reservation.payloadOffset)
  box.pointee.commit(.detail, reservation, type: 1)
  say("parent write \(box.pointee.writeNumbered())")
  box.move().detach()
  var output = CheckingOutput()
  while try !controller.drain(into: &output).isIdle {}
  say("drained \(output.records)")
  say("wrong \(output.wrong)")
  say("slotless \(region.metrics().slotlessAttempts)")
  let sum = AccountSum(controller)
  say("identity \(sum.isExact && sum.attempts == 4)")
  controller.close()
}

/// The thread that the signal handler writes with.
nonisolated(unsafe) private var interrupted: UnsafeMutablePointer<AgentThread>?
nonisolated(unsafe) private var handlerLosses = 0
nonisolated(unsafe) private var handlerRecords = 0

/// `nested KIND`: a signal handler that writes in the middle of a write is a counted drop.
func nestedScenario(_ arguments: [String]) throws {
  let scratch = try ScratchRegion(arguments[0])
  var controller = try Controller(scratch.region)
  let box = UnsafeMutablePointer<AgentThread>.allocate(capacity: 1)
  box.initialize(to: try Agent(scratch.region).attachThread())
  interrupted = box
  signal(SIGUSR1) { _ in
    switch interrupted?.pointee.writeNumbered() {
    case .some(true): handlerRecords += 1
    case .some(false): handlerLosses += 1
    case nil: break
    }
  }
  let outcome = box.pointee.writeIndex(type: 1, byteCount: 8) { memory, offset in
    raise(SIGUSR1)
    memory.storePayload(0, at: offset)
  }
  say("outer \(outcome)")
  // Between two writes the handler's own is taken.
  raise(SIGUSR1)
  say("handler losses \(handlerLosses)")
  say("handler records \(handlerRecords)")
  say("nested \(scratch.region.lanes.lane(0, .index).metrics().nestedLosses)")
  interrupted = nil
  box.move().detach()
  var output = CheckingOutput()
  while try !controller.drain(into: &output).isIdle {}
  say("drained \(output.records)")
  say("wrong \(output.wrong)")
  controller.close()
}
