// What stands in a region's payload: a tag for tools, and a hash that only a program with the same
// layout of the payload can name.

/// What a region's payload holds.
public struct RegionContents: Hashable, Sendable, CustomStringConvertible {
  /// The tag stored in the superblock; open-ended, so that a minor version may add one.
  public let kind: UInt32
  /// The hash of the payload's layout, chosen by whoever lays it out; zero where nobody does.
  public let layoutHash: UInt64

  /// Names a payload by tag and layout hash.
  public init(kind: UInt32, layoutHash: UInt64) {
    self.kind = kind
    self.layoutHash = layoutHash
  }

  /// A payload this library says nothing about.
  public static let unspecified = RegionContents(kind: 0, layoutHash: 0)

  /// One stream ring.
  public static func streamRing(layoutHash: UInt64) -> RegionContents {
    RegionContents(kind: 1, layoutHash: layoutHash)
  }

  /// The tag of lanes.
  public static let tracerLanesKind: UInt32 = 2

  /// The lanes of a traced process.
  public static func tracerLanes(layoutHash: UInt64) -> RegionContents {
    RegionContents(kind: tracerLanesKind, layoutHash: layoutHash)
  }

  /// The tag's name, or its number where it is unknown.
  public var kindName: String {
    switch kind {
    case 0: "unspecified"
    case 1: "stream ring"
    case 2: "tracer lanes"
    default: "kind \(kind)"
    }
  }

  /// For people: `stream ring, layout 0x1f`.
  public var description: String { "\(kindName), layout 0x\(String(layoutHash, radix: 16))" }
}
