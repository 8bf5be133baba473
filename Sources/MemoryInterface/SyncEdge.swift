// Synchronisation is data: every ordered access to shared memory names the edge it belongs to.
//
// An edge joins a releasing side to an acquiring side: the same name stands at both. Hardware
// erases the label; a counterexample prints it; the mutation test weakens each side in turn.
// Edges are open values: a module declares its own (`extension SyncEdge`) and lists them in a
// `SyncEdgeTable`, from a number range of its own.

/// The name of one synchronises-with relation of a protocol.
///
/// A frozen struct over a small integer; costs nothing when unused.
@frozen public struct SyncEdge: Hashable, Sendable {
  /// The number that identifies the edge within the program.
  public let identifier: UInt16

  /// Makes an edge from its number. Numbers are unique within a program: `TracerCore` uses
  /// 1…199, tests and the litmus catalogue 1000 and above.
  @inlinable public init(_ identifier: UInt16) { self.identifier = identifier }
}

/// What an edge is for: one row of the documented table of edges.
public struct SyncEdgeDescription: Sendable {
  /// The edge described.
  public let edge: SyncEdge
  /// The name printed in counterexamples and in the documentation.
  public let name: String
  /// The function that releases (stores, or passes the first fence of a Dekker pair).
  public let releasingSide: String
  /// The function that acquires (loads, or passes the second fence of a Dekker pair).
  public let acquiringSide: String
  /// What breaks without it.
  public let protects: String

  /// Makes a row of the table of edges.
  public init(
    _ edge: SyncEdge, name: String, releasingSide: String,
    acquiringSide: String, protects: String
  ) {
    self.edge = edge
    self.name = name
    self.releasingSide = releasingSide
    self.acquiringSide = acquiringSide
    self.protects = protects
  }
}
