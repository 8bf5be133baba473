// The edges of lanes: who hands what to whom between an agent's thread and the controller.
// Numbers 20…99.

public import MemoryInterface

extension SyncEdge {
  /// Agent → live reader, recovery: records below the committed position are complete.
  @inlinable public static var laneCommit: SyncEdge { SyncEdge(20) }
  /// Agent → live reader: this generation's ring begins empty at its first sequence.
  @inlinable public static var laneActivate: SyncEdge { SyncEdge(21) }
  /// The full fence between a ring's reset and everything its next generation stores.
  @inlinable public static var laneRecycle: SyncEdge { SyncEdge(22) }
  /// Agent → recovery: a sealed ring's header is complete.
  @inlinable public static var laneSeal: SyncEdge { SyncEdge(23) }
  /// Agent → controller: the submitted ring, sealed.
  @inlinable public static var submitPublish: SyncEdge { SyncEdge(24) }
  /// Controller → agent: a slot of the submit queue may be reused.
  @inlinable public static var submitReclaim: SyncEdge { SyncEdge(25) }
  /// Controller → agent: a returned ring is no longer read.
  @inlinable public static var freePublish: SyncEdge { SyncEdge(26) }
  /// Agent → controller: a slot of the free queue may be reused.
  @inlinable public static var freeReclaim: SyncEdge { SyncEdge(27) }
  /// Controller → its successor: the ring's records are in the output.
  @inlinable public static var laneDrained: SyncEdge { SyncEdge(28) }
  /// Any thread → the lane's writer: what was done before a mark precedes its post-roll.
  @inlinable public static var laneMark: SyncEdge { SyncEdge(29) }
  /// Agent → controller: rings of a served flush are on the submit queue.
  @inlinable public static var flushServed: SyncEdge { SyncEdge(30) }
  /// Who lets go of a thread slot → who takes it next.
  @inlinable public static var slotState: SyncEdge { SyncEdge(31) }
  /// The claimant's fence, between its claim and its look at `closing`.
  @inlinable public static var slotClaim: SyncEdge { SyncEdge(32) }
  /// The destroyer's fence, between `closing` and its look at the slots.
  @inlinable public static var slotClose: SyncEdge { SyncEdge(33) }
  /// End of a write: its own stores precede the end of `busy`.
  @inlinable public static var laneLeave: SyncEdge { SyncEdge(34) }
  /// A counter of events that carries no data (nested writes, attempts without a slot).
  @inlinable public static var laneCount: SyncEdge { SyncEdge(35) }
  /// A controller → its successor: everything it stored into lanes and slots.
  @inlinable public static var controllerSeat: SyncEdge { SyncEdge(36) }
  /// Controller → agent: how to wake it.
  @inlinable public static var wakerPublish: SyncEdge { SyncEdge(37) }
  /// The agent's fence, between its copy of how to wake and its second look at the token.
  @inlinable public static var wakerRecheck: SyncEdge { SyncEdge(38) }
}

/// The table of edges of lanes, as the documentation prints it and the mutation test walks it.
public let laneSyncEdges: [SyncEdgeDescription] = [
  SyncEdgeDescription(
    .laneCommit, name: "laneCommit",
    releasingSide: "LaneWriter.commit", acquiringSide: "LaneRing.loadCommitted",
    protects: "whole records: without it a reader of an active ring sees bytes of the last lap"),
  SyncEdgeDescription(
    .laneActivate, name: "laneActivate",
    releasingSide: "LaneRing.activate", acquiringSide: "LaneRing.loadGeneration",
    protects: "a new generation never shows with the old committed position or first sequence"),
  SyncEdgeDescription(
    .laneRecycle, name: "laneRecycle",
    releasingSide: "LaneRing.activate (fence)", acquiringSide: "recovery after a kill",
    protects: "no byte of a new record survives a kill below an old committed position"),
  SyncEdgeDescription(
    .laneSeal, name: "laneSeal",
    releasingSide: "LaneRing.seal", acquiringSide: "LaneRing.loadSealedGeneration",
    protects: "a seal found by recovery stands over a complete header and checksum"),
  SyncEdgeDescription(
    .submitPublish, name: "submitPublish",
    releasingSide: "LaneQueueProducer.push", acquiringSide: "LaneQueueConsumer.peek",
    protects: "the controller sees the ring it was handed, not what stood there before"),
  SyncEdgeDescription(
    .submitReclaim, name: "submitReclaim",
    releasingSide: "LaneQueueConsumer.advance", acquiringSide: "LaneQueueProducer.push",
    protects: "an entry has been read before its slot is reused"),
  SyncEdgeDescription(
    .freePublish, name: "freePublish",
    releasingSide: "LaneQueueProducer.push", acquiringSide: "LaneQueueConsumer.peek",
    protects: "the controller has finished with a ring before the agent resets it"),
  SyncEdgeDescription(
    .freeReclaim, name: "freeReclaim",
    releasingSide: "LaneQueueConsumer.advance", acquiringSide: "LaneQueueProducer.push",
    protects: "an entry has been read before its slot is reused"),
  SyncEdgeDescription(
    .laneDrained, name: "laneDrained",
    releasingSide: "LaneRing.storeDrained", acquiringSide: "LaneRing.loadDrained",
    protects: "a successor skips a ring only if its records are in the output"),
  SyncEdgeDescription(
    .laneMark, name: "laneMark",
    releasingSide: "Lane.mark", acquiringSide: "LaneWriter.serveMarks",
    protects: "records written because of a mark are not older than what caused it"),
  SyncEdgeDescription(
    .flushServed, name: "flushServed",
    releasingSide: "LaneWriter.serveFlush, leave", acquiringSide: "LaneReader.isFlushServed",
    protects: "a served flush is not announced before its rings"),
  SyncEdgeDescription(
    .slotState, name: "slotState",
    releasingSide: "ThreadSlots.retire, free", acquiringSide: "ThreadSlots.claim, state",
    protects: "lanes change hands complete: their words are the former owner's last"),
  SyncEdgeDescription(
    .slotClaim, name: "slotClaim",
    releasingSide: "ThreadSlots.claim (fence)", acquiringSide: "ThreadSlots.close (fence)",
    protects:
      "a claim precedes the look at closing: without it a thread writes into a destroyed region"),
  SyncEdgeDescription(
    .slotClose, name: "slotClose",
    releasingSide: "ThreadSlots.close (fence)", acquiringSide: "ThreadSlots.claim (fence)",
    protects: "closing precedes the look at the slots: without it the destroyer misses a claimant"),
  SyncEdgeDescription(
    .laneLeave, name: "laneLeave",
    releasingSide: "LaneWriter.commit, lose", acquiringSide: "the same thread's signal handler",
    protects: "a handler that finds the lane idle finds a finished record (compiler order only)"),
  SyncEdgeDescription(
    .laneCount, name: "laneCount",
    releasingSide: "LaneWriter (nested), ThreadSlots (slotless)", acquiringSide: "metrics",
    protects: "nothing: relaxed counters, named because every read-modify-write has a name"),
  SyncEdgeDescription(
    .controllerSeat, name: "controllerSeat",
    releasingSide: "ControllerSeat.leave", acquiringSide: "ControllerSeat.take",
    protects: "a successor finds queues and accounts as its predecessor left them"),
  SyncEdgeDescription(
    .wakerPublish, name: "wakerPublish",
    releasingSide: "ControllerSeat.publish", acquiringSide: "ControllerSeat.waker",
    protects: "a token found stands for the descriptor and the process stored before it"),
  SyncEdgeDescription(
    .wakerRecheck, name: "wakerRecheck",
    releasingSide: "ControllerSeat.publish (fence)", acquiringSide: "ControllerSeat.waker (fence)",
    protects: "a descriptor of one controller is never taken for that of the next"),
]
