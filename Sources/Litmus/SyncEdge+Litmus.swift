// The ordered accesses of litmus tests and of the frame that runs them. Numbers from 1000.
//
// A litmus test asks what an order does and what its absence does, so an edge here protects
// nothing: it names the location for counterexamples. The frame's own edges protect the results.

import MemoryInterface

extension SyncEdge {
  /// An access of a test to location `index` (x, y, z).
  @inline(__always) static func litmus(location index: Int) -> SyncEdge {
    SyncEdge(1000 + UInt16(truncatingIfNeeded: index))
  }
  /// A fence of a test.
  @inline(__always) static var litmusFence: SyncEdge { SyncEdge(1010) }
  /// The arrival of a process of a test where all meet.
  @inline(__always) static var litmusMeeting: SyncEdge { SyncEdge(1011) }
}
