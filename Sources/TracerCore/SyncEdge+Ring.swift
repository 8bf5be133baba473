// The edges of a single ring, whatever its records: one hands records over, one hands space back.

public import MemoryInterface

extension SyncEdge {
  /// Writer → reader: records below the write position are complete.
  @inlinable public static var ringPublish: SyncEdge { SyncEdge(1) }
  /// Reader → writer: space below the read position is no longer read.
  @inlinable public static var ringReclaim: SyncEdge { SyncEdge(2) }
}

/// The table of edges of a ring, as the documentation prints it and the mutation test walks it.
public let ringSyncEdges: [SyncEdgeDescription] = [
  SyncEdgeDescription(
    .ringPublish, name: "ringPublish",
    releasingSide: "RingWriterCore.publish", acquiringSide: "RingReaderCore.refresh",
    protects: "the reader sees whole records: without it, bytes of the previous lap"),
  SyncEdgeDescription(
    .ringReclaim, name: "ringReclaim",
    releasingSide: "RingReaderCore.release", acquiringSide: "RingWriterCore.refresh",
    protects: "the reader has finished with space before it is written again"),
]
