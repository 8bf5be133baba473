// The controller's seat: one process at a time, its successor finds what it left, and whoever wakes
// a controller wakes the one that the token stands for.

import MemoryInterface
import ModelChecker
import TracerCore

/// Processes that sit here one after another, and how each is woken: process n says token n and
/// descriptor 10 n.
private func process(_ number: UInt64) -> PackedProcess {
  // A small number: it packs.
  PackedProcess(pid: UInt32(number), startTimeTicks: number)!
}

private func publish(_ seat: ControllerSeat<ModelMemory>, _ number: UInt64) {
  seat.publish(descriptor: 10 * number, token: number)
}

/// The first controller sits and has said how to wake it.
private var occupied: [Int: UInt64] {
  LaneWorld().initial { lanes in
    _ = lanes.seat.take(from: nil, for: process(1))
    lanes.seat.publish(descriptor: 10, token: 1)
  }
}

private func lanes(_ context: ModelContext) -> Lanes<ModelMemory> { LaneWorld().lanes(context) }

/// A controller tries to sit down, and stores what belongs to the one that sits.
private func sit(_ context: ModelContext, _ number: UInt64, from former: PackedProcess?) {
  guard lanes(context).seat.take(from: former, for: process(number)) else { return }
  context.storePlain(LaneWorld.Place.beside, number)
  publish(lanes(context).seat, number)
}

/// An agent looks for whom to wake.
private func lookForWaker(_ context: ModelContext) {
  guard let waker = lanes(context).seat.waker() else { return }
  context.require(
    waker.descriptor == 10 * waker.token && waker.process == process(waker.token),
    "a token of one controller with the descriptor or process of another")
}

let laneSeatProperties: [ModelProperty] = [
  ModelProperty("lanes/seat/leave", "a controller that leaves hands over to one of two that wait") {
    ModelProgram(
      name: "leave",
      processes: [
        ModelProcess("controller") { context in
          context.storePlain(LaneWorld.Place.beside, 1)
          lanes(context).seat.leave()
        },
        ModelProcess("second") { sit($0, 2, from: nil) },
        ModelProcess("third") { sit($0, 3, from: nil) },
      ],
      initial: occupied)
  },
  ModelProperty("lanes/seat/death", "of two that know a controller dead, one succeeds it") {
    ModelProgram(
      name: "death",
      processes: [
        ModelProcess("second") { sit($0, 2, from: process(1)) },
        ModelProcess("third") { sit($0, 3, from: process(1)) },
      ],
      initial: occupied)
  },
  ModelProperty(
    "lanes/seat/waker", "a token stands for the process and the descriptor stored with it"
  ) {
    ModelProgram(
      name: "waker",
      processes: [
        ModelProcess("controller") { lanes($0).seat.leave() },
        ModelProcess("second") { sit($0, 2, from: nil) },
        ModelProcess("agent") { lookForWaker($0) },
      ],
      initial: occupied)
  },
  ModelProperty(
    "lanes/seat/waker/death", "a dead controller's token never stands for its successor's process"
  ) {
    ModelProgram(
      name: "waker/death",
      processes: [
        ModelProcess("second") { sit($0, 2, from: process(1)) },
        ModelProcess("agent") { lookForWaker($0) },
      ],
      initial: occupied)
  },
]
