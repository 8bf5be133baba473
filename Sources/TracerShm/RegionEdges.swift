// The edges of the superblock: which store hands over what to which load. Numbers 200…249.

public import MemoryInterface

extension SyncEdge {
  /// The superblock and the prepared payload, handed to whoever opens the region.
  public static var superblockPublish: SyncEdge { SyncEdge(200) }
  /// One identity slot, handed to whoever reads the identities.
  public static var identityPublish: SyncEdge { SyncEdge(201) }
}

/// The table of the edges of regions.
public enum RegionEdges {
  /// Every edge declared here.
  public static let all = [
    SyncEdgeDescription(
      .superblockPublish, name: "superblockPublish",
      releasingSide: "SharedRegion.create (magic)", acquiringSide: "SharedRegion.open (magic)",
      protects: "an opener works on a payload that is not laid out yet"),
    SyncEdgeDescription(
      .identityPublish, name: "identityPublish",
      releasingSide: "SharedRegion.publishIdentity (checksum of the slot)",
      acquiringSide: "SharedRegion.currentIdentity (checksum of the slot)",
      protects: "only liveness: a reader would discard a slot just published as torn"),
  ]
}
