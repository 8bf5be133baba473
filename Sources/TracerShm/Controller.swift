// The process that drains: takes the rings of all agents, hands their records to an output, gives
// the rings back, and frees the slots of threads that left or died.
//
// One living controller for each region: the lock of the object behind it, where there is one, and
// the seat in the control block, where a successor sits down only after proof of death. Belongs to
// one thread.

import CPlatform
import Glibc
import HardwareMemory
public import TracerCore

/// What a pass of a controller did.
public struct DrainReport: Equatable, Sendable {
  /// Rings, slots, quarantines.
  public var pass = LanePass()
  /// Records handed to the output.
  public var records: UInt64 = 0
  /// Bytes of records handed to the output, loss records included.
  public var byteCount = 0
  /// Rings that survive a power cut from now on, as the region's sync policy asks.
  public var syncedRings = 0

  /// Nothing was found to do: time to wait.
  public var isIdle: Bool { pass.isIdle }
}

/// The controller of a region. Belongs to one thread.
public struct Controller: ~Copyable {
  /// The region.
  public let region: TracerRegion
  /// How many controllers the region has had, this one included.
  public let epoch: UInt64
  let office: ControllerOffice
  var lanes: LaneController<HardwareMemory>
  var watch: AgentWatch
  private var copy: FrameCopy?

  /// Takes over the region: at once if nobody controls it, and after proof of death.
  ///
  /// - Parameter accounts: what the output holds already, from its last frame of each lane: then
  ///   every record goes there exactly once. `nil` for an output of its own, which begins with
  ///   what is found.
  /// - Throws: `controllerAlive` where another controller lives; `truncated`.
  public init(
    _ region: TracerRegion, resuming accounts: [LaneIdentifier: LaneAccount]? = nil
  ) throws(TracerError) {
    try region.checkBoot()
    let office = try ControllerOffice(region)
    var newEpoch: UInt64 = 0
    try region.updateIdentity {
      $0.controller = .current
      $0.epoch &+= 1
      newEpoch = $0.epoch
    }
    // The first controller of all missed nothing.
    let unknown: LaneAccount = newEpoch > 1 ? .beginningAnywhere : LaneAccount()
    let lanes = LaneController(region.lanes) { lane in
      accounts.map { $0[lane] ?? LaneAccount() } ?? unknown
    }
    // What it found there may be zeros.
    try region.region.refuseTruncated()
    self.office = office
    self.region = region
    epoch = newEpoch
    watch = AgentWatch()
    self.lanes = lanes
  }

  /// Hands the region over to whoever comes next. The same as letting go of the value.
  public consuming func close() {}

  /// Drains what is submitted and reclaims the slots of threads that have left or died: one pass,
  /// records handed out in place.
  ///
  /// In place means that an agent can change the bytes while the output reads them: an output that
  /// parses payloads of agents it does not trust uses `drainCopying`. Wait-free but for the output.
  ///
  /// - Throws: what the output threw, the ring it refused staying where it is; `truncated`.
  public mutating func drain<Output: LaneOutput>(
    into output: inout Output
  ) throws -> DrainReport where Output.Memory == HardwareMemory {
    try withSink(&output, copy: nil) { controller, sink in
      try controller.lanes.drain(judge: &controller.watch, into: &sink)
    }
  }

  /// As `drain`, every frame copied into private memory first: at most one ring at a time.
  public mutating func drainCopying<Output: LaneOutput>(
    into output: inout Output
  ) throws -> DrainReport where Output.Memory == HardwareMemory {
    let copy = copy ?? FrameCopy(region.lanes.geometry)
    self.copy = copy
    return try withSink(&output, copy: copy) { controller, sink in
      try controller.lanes.drain(judge: &controller.watch, into: &sink)
    }
  }

  /// As `drain`, and then what the active rings of index lanes hold so far. A record read here is
  /// not handed out again when its ring is submitted.
  public mutating func snapshotActive<Output: LaneOutput>(
    into output: inout Output
  ) throws -> DrainReport where Output.Memory == HardwareMemory {
    try withSink(&output, copy: nil) { controller, sink in
      try controller.lanes.drainActive(judge: &controller.watch, into: &sink)
    }
  }

  private mutating func withSink<Output: LaneOutput>(
    _ output: inout Output, copy: FrameCopy?,
    _ pass: (inout Controller, inout FrameSink) throws -> LanePass
  ) throws -> DrainReport where Output.Memory == HardwareMemory {
    watch.refresh()
    defer { watch.sweep() }
    return try withUnsafeMutablePointer(to: &output) { output in
      // The pointer, and with it the closure, is not used after this pass.
      var sink = FrameSink(region: region.region, copy: copy) { frame, records in
        try output.pointee.write(frame, records)
      }
      let pass = try pass(&self, &sink)
      // Also where the pass found nothing: perhaps zeros told it so.
      try region.region.refuseTruncated()
      return DrainReport(
        pass: pass, records: sink.records, byteCount: sink.bytes, syncedRings: sink.syncedRings)
    }
  }

  /// Ends the region: lets no thread in any more, drains everything, and destroys the region.
  ///
  /// - Throws: `threadsAttached` where a thread of a living process is attached still: threads may
  ///   come again then, and nothing is destroyed. Whatever it throws, the region has no controller
  ///   afterwards.
  public consuming func destroyDrained<Output: LaneOutput>(
    into output: inout Output
  ) throws where Output.Memory == HardwareMemory {
    let region = region
    let isDrained: Bool
    do {
      isDrained = try drainClosed(into: &output)
    } catch {
      region.lanes.slots.reopen()
      throw error
    }
    guard isDrained else {
      let count = region.countLivingOwners()
      region.lanes.slots.reopen()
      throw TracerError.threadsAttached(region.place, count: count)
    }
    try region.destroyUncontrolled()
  }

  /// Drains until nothing is left; whether every slot was free in the end, none being taken since.
  private mutating func drainClosed<Output: LaneOutput>(
    into output: inout Output
  ) throws -> Bool where Output.Memory == HardwareMemory {
    if region.lanes.slots.close() { return true }
    while try !drain(into: &output).isIdle {}
    return region.lanes.slots.close()
  }

  /// Asks every attached thread to submit what it has, at its next write or when it leaves.
  public mutating func requestFlush() -> LaneFlushRequest { lanes.requestFlush() }

  /// Whether every thread has done so. Its rings are then there to drain.
  public func isServed(_ request: LaneFlushRequest) -> Bool { lanes.isServed(request) }

  /// What became of every attempt of a lane so far.
  public func account(of lane: LaneIdentifier) -> LaneAccount { lanes.account(of: lane) }

  /// Why a lane is in quarantine, if it is.
  public func quarantine(of lane: LaneIdentifier) -> LaneCorruption? {
    lanes.quarantine(of: lane)
  }
}
