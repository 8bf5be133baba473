// The hash of the lanes' layout: a program with another table cannot open the region.

import TracerCore

extension LaneLayout {
  /// FNV-1a over name and offset of every field and over the version word. Changes with the table.
  static let hash: UInt64 = {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ bytes: some Sequence<UInt8>) {
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    for block in [Control.fields, Slot.fields, Lane.fields, Ring.fields] {
      for field in block { mix("\(field.name)@\(field.offset);".utf8) }
    }
    mix("\(magic)".utf8)
    return hash
  }()
}

extension RegionContents {
  /// The lanes of a traced process, laid out as this library does.
  public static var tracerLanes: RegionContents { tracerLanes(layoutHash: LaneLayout.hash) }
}
