// A region with lanes: what an agent writes into and a controller drains.
//
//     create ──▶ fork │ send over a socket │ name │ path ──▶ open, receive
//        │                                                      │
//        └──────▶ Agent(region)   one per traced process ◀──────┤
//                 Controller(region)   one at a time     ◀──────┘
//
// Any thread may hold one. It keeps the mapping and the means of waking; forked children inherit
// both. Names and files stay until `destroy()`: nothing else removes them.

import CPlatform
import Glibc
public import HardwareMemory
import MemoryInterface
public import TracerCore

/// A region with the lanes of traced processes.
public final class TracerRegion: Sendable {
  /// The region that holds them.
  public let region: SharedRegion
  /// The lanes.
  public let lanes: Lanes<HardwareMemory>
  /// What the controller sleeps on.
  public let waking: WakePolicy
  /// The event counter that came with the region, where one did.
  let event: WakeEvent?
  /// The semaphore, where it is the policy and was to be had when this process came.
  let semaphore: WakeSemaphore?

  /// How messages name the region.
  var place: String { region.backing.description }

  init(
    _ region: SharedRegion, lanes: Lanes<HardwareMemory>, waking: WakePolicy, event: WakeEvent?,
    semaphore: WakeSemaphore?
  ) {
    self.region = region
    self.lanes = lanes
    self.waking = waking
    self.event = event
    self.semaphore = semaphore
  }

  /// Makes a region with empty lanes. See `SharedRegion.create`.
  public static func create(
    _ backing: RegionBacking, options: TracerOptions = TracerOptions()
  ) throws(TracerError) -> TracerRegion {
    let place = backing.description
    let event = options.waking == .eventfd ? try WakeEvent.make(place) : nil
    let region = try mappingRegionError { () throws(RegionError) in
      try SharedRegion.create(
        backing, byteCount: options.geometry.byteCount, contents: .tracerLanes,
        options: options.region
      ) { memory in
        _ = Lanes(
          formatting: memory, geometry: options.geometry, waking: options.waking.rawValue)
      }
    }
    do throws(TracerError) {
      let semaphore =
        options.waking == .semaphore ? try WakeSemaphore.make(for: region, place) : nil
      return try TracerRegion(attaching: region, event: event, semaphore: semaphore)
    } catch {
      // Nobody has seen it yet.
      try? region.destroy()
      throw error
    }
  }

  /// Opens a named region or a file that somebody else made. See `SharedRegion.open`.
  public static func open(
    _ backing: RegionBacking, options: RegionOptions = RegionOptions()
  ) throws(TracerError) -> TracerRegion {
    let region = try mappingRegionError { () throws(RegionError) in
      try SharedRegion.open(backing, contents: .tracerLanes, options: options)
    }
    return try TracerRegion(attaching: region, event: nil, semaphore: nil)
  }

  /// Takes over the descriptor of a memfd region, inherited or received. See `SharedRegion.adopt`.
  public static func adopt(
    descriptor: Int32, options: RegionOptions = RegionOptions()
  ) throws(TracerError) -> TracerRegion {
    let region = try mappingRegionError { () throws(RegionError) in
      try SharedRegion.adopt(descriptor: descriptor, contents: .tracerLanes, options: options)
    }
    return try TracerRegion(attaching: region, event: nil, semaphore: nil)
  }

  /// Finds the lanes in a region.
  convenience init(
    attaching region: SharedRegion, event: WakeEvent?, semaphore: WakeSemaphore?
  ) throws(TracerError) {
    let place = region.backing.description
    let lanes: Lanes<HardwareMemory>
    do throws(LaneLayoutError) {
      lanes = try Lanes(attaching: region.payload, available: region.payloadByteCount)
    } catch { throw .lanes(place, error) }
    guard let waking = WakePolicy(rawValue: lanes.waking) else {
      throw .unknownWaking(place, found: lanes.waking)
    }
    self.init(
      region, lanes: lanes, waking: waking, event: event,
      semaphore: waking == .semaphore ? semaphore ?? WakeSemaphore.open(for: region) : nil)
  }

  /// Refuses a region of an earlier boot: process numbers in it say nothing, and its queues were
  /// never completed.
  func checkBoot() throws(TracerError) {
    if region.superblock.boot != .currentBoot() { throw .earlierBoot(place) }
  }

  /// Removes the region's name or file, and the semaphore: nobody opens it any more.
  ///
  /// Refused while a thread of a living process is attached, or a controller works on it, of this
  /// process or another; and where it was cut short, so that nobody can tell. Records that nobody
  /// drained are lost with the last mapping: drain first.
  public func destroy() throws(TracerError) {
    if let occupant = lanes.seat.occupant {
      let controller = ProcessIdentity(occupant)
      if !controller.isProvedDead { throw .controllerAlive(place, pid: controller.pid) }
    }
    try destroyUncontrolled()
  }

  /// As `destroy`, by whoever controls the region or knows that nobody does.
  func destroyUncontrolled() throws(TracerError) {
    if !lanes.slots.close() {
      let attached = countLivingOwners()
      if attached > 0 {
        lanes.slots.reopen()
        throw .threadsAttached(place, count: attached)
      }
    }
    do throws(TracerError) { try region.refuseTruncated() } catch {
      lanes.slots.reopen()
      throw error
    }
    if waking == .semaphore { WakeSemaphore.unlink(for: region) }
    try mappingRegionError { () throws(RegionError) in try region.destroy() }
  }

  /// Whether the region was cut short under the mapping of this process, as far as it has found.
  public var isCutShort: Bool { region.truncatedBytes > 0 }

  /// Slots that a process owns which may live.
  func countLivingOwners() -> Int {
    let slots = lanes.slots
    var count = 0
    for slot in 0..<slots.count {
      let state = slots.state(of: slot)
      guard state.phase == .claimed else { continue }
      let owner = ProcessIdentity(pid: state.owner, startTimeTicks: slots.ownerStart(of: slot))
      if !owner.isProvedDead { count += 1 }
    }
    return count
  }
}
