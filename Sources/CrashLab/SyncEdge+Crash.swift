// The ordered accesses of the ledger, which victims keep beside the region. Numbers 220…229.

import MemoryInterface

extension SyncEdge {
  /// What a victim notes after an operation returned: not before the operation's own stores.
  static var crashNote: SyncEdge { SyncEdge(220) }
  /// The end of the output's last complete frame.
  static var crashFrame: SyncEdge { SyncEdge(221) }
}
