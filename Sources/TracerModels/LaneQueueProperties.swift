// The queues of a lane by themselves: more tickets than slots, so that slots are used again.
//
// Between honest peers a lane's queues have more slots than there are rings, and a slot is reused
// only after its ring has gone round: the order that the read position gives is then implied by
// the other queue's. The queue keeps its own promise all the same, whoever uses it; here it must.

import MemoryInterface
import ModelChecker
import TracerCore

/// Which of a lane's two queues.
private enum Queue: String {
  case submit
  case free
}

private func produce(
  _ context: ModelContext, _ lane: Lane<ModelMemory>, _ queue: Queue, _ count: UInt64
) {
  var producer = queue == .submit ? lane.submitProducer() : lane.freeProducer()
  for number in 0..<count {
    // A refusal is the caller's business: here the ticket comes no more.
    if !producer.push(RingTicket(index: number, generation: number &+ 1)) { return }
  }
}

private func consume(
  _ context: ModelContext, _ lane: Lane<ModelMemory>, _ queue: Queue, _ tries: Int
) {
  var consumer = queue == .submit ? lane.submitConsumer() : lane.freeConsumer()
  var number: UInt64 = 0
  do throws(RingCorruption) {
    for _ in 0..<tries {
      guard let ticket = try consumer.peek() else { continue }
      context.require(
        RingInvariant.sequenceUnbroken(expected: number, found: ticket.index)
          && ticket.generation == number &+ 1, "sequenceUnbroken: a slot holds another ticket")
      consumer.advance()
      number += 1
    }
  } catch {
    context.require(false, "an honest queue is taken for corrupt")
  }
}

private func property(_ queue: Queue, tickets: Int, tries: Int, isQuick: Bool = true)
  -> ModelProperty
{
  let name = "lanes/queue/\(queue.rawValue)/\(tickets)x\(tries)"
  return ModelProperty(
    name, "\(tickets) tickets pushed, \(tries) looks, 4 slots", isQuick: isQuick
  ) {
    let world = LaneWorld()
    return ModelProgram(
      name: name,
      processes: [
        ModelProcess("producer") {
          produce($0, world.lanes($0).lane(0, .index), queue, UInt64(tickets))
        },
        ModelProcess("consumer") {
          consume($0, world.lanes($0).lane(0, .index), queue, tries)
        },
      ],
      // The free queue of a formatted lane holds every ring; an empty one begins like the submit
      // queue's.
      initial: queue == .submit ? world.initial() : [:])
  }
}

let laneQueueProperties: [ModelProperty] = [
  property(.submit, tickets: 6, tries: 3), property(.free, tickets: 6, tries: 3),
  property(.submit, tickets: 7, tries: 6, isQuick: false),
  property(.free, tickets: 7, tries: 6, isQuick: false),
]
