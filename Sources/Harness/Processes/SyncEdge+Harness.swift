// The ordered accesses of the harness itself. Numbers 200…219: above those of TracerCore.

public import MemoryInterface

extension SyncEdge {
  /// Every arrival at a start barrier: what a worker did before is visible to all after it.
  @inlinable public static var barrierArrive: SyncEdge { SyncEdge(210) }
  /// The opening of a start barrier, which the waiting workers await.
  @inlinable public static var barrierOpen: SyncEdge { SyncEdge(211) }

  /// The harness's rows of the table of edges.
  public static let harnessTable: [SyncEdgeDescription] = [
    SyncEdgeDescription(
      .barrierArrive, name: "barrierArrive", releasingSide: "StartBarrier.wait",
      acquiringSide: "StartBarrier.wait (last to arrive)",
      protects: "what each worker prepared before the start"),
    SyncEdgeDescription(
      .barrierOpen, name: "barrierOpen", releasingSide: "StartBarrier.wait (last to arrive)",
      acquiringSide: "StartBarrier.wait (those who wait)",
      protects: "the same, passed on to those who wait"),
  ]
}
