// A region as it stood when it was looked at: read into private memory, never mapped, so that
// neither a peer that goes on writing nor a file that is cut short can disturb who looks.
//
//     file, name, /proc/PID/fd/N ──pread──▶ private copy ──RecoveryScan──▶ records, findings
//
// Works whether the peers live, died in whatever order, or are gone since a reboot. Takes no lock
// and stores nothing: beside a living peer the result is a snapshot, ring by ring, and says so.
// Any thread; what it holds does not change any more.

import CPlatform
import Glibc
public import HardwareMemory
public import TracerCore

/// Why a region cannot be looked at.
public enum PostMortemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The region cannot be read, or its header is none.
  case region(RegionError)
  /// The payload holds something else than lanes.
  case noLanes(String, RegionContents)
  /// The lanes' control block is not one of this version.
  case layout(String, LaneLayoutError)

  /// One line for people.
  public var description: String {
    switch self {
    case .region(let error): error.description
    case .noLanes(let place, let contents): "\(place): holds \(contents), no lanes"
    case .layout(let place, let error): "\(place): \(error)"
    }
  }
}

/// Whether a thread's process was alive.
public enum OwnerState: String, Sendable {
  /// The slot is nobody's.
  case free
  /// Its thread has left; nobody has drained it yet.
  case left
  /// The process runs.
  case running
  /// The process is gone, or the machine has restarted since.
  case gone
  /// The slot's word is none that an honest peer stores.
  case corrupt
}

/// Who owned a thread slot.
public struct SlotOwner: Equatable, Sendable {
  /// The slot.
  public let slot: Int
  /// Its state as it stood in memory.
  public let state: ThreadSlotState
  /// The process, where the slot has an owner.
  public let process: ProcessIdentity?
  /// The thread's number; zero where it has not said so.
  public let thread: UInt64
  /// Whether the process was alive.
  public let standing: OwnerState
}

/// A private copy of a region with lanes.
public final class PostMortem {
  /// What was read, for messages.
  public let place: String
  /// What the header says.
  public let superblock: Superblock
  /// Who published to work on the region; `nil` where neither slot is valid.
  public let identity: RegionIdentity?
  /// Whether the region was made during this boot: then what was stored is in it.
  public let isSameBoot: Bool
  /// Bytes that the file lacks at its end.
  public let missingBytes: Int
  /// Every slot's owner, as far as the file has slots.
  public let owners: [SlotOwner]
  private let copy: LanesCopy
  /// Bytes of the payload that the file has.
  private let payloadByteCount: Int

  /// Reads a named region, a file, or a descriptor of a process by its path.
  public convenience init(_ backing: RegionBacking) throws(PostMortemError) {
    try self.init(backing, boot: .currentBoot())
  }

  /// Reads it as in a boot of the machine that may be another one.
  package init(_ backing: RegionBacking, boot: UniqueID) throws(PostMortemError) {
    place = backing.description
    let descriptor: Int32
    let header: RegionHeader
    do throws(RegionError) {
      descriptor = try SharedRegion.openDescriptor(backing, writable: false)
      do throws(RegionError) {
        header = try RegionHeader(reading: descriptor, place: place, checksSize: false)
      } catch {
        close(descriptor)
        throw error
      }
    } catch { throw .region(error) }
    defer { close(descriptor) }
    superblock = header.superblock
    identity = IdentitySlot.newest(inHeader: header.words)?.identity
    missingBytes = max(0, superblock.regionByteCount - header.byteCount)
    isSameBoot = superblock.boot == boot && boot != UniqueID(high: 0, low: 0)
    guard superblock.contents.kind == RegionContents.tracerLanesKind else {
      throw .noLanes(place, superblock.contents)
    }
    payloadByteCount = max(0, header.byteCount - superblock.payloadOffset)
    copy = try LanesCopy(
      PayloadFile(
        descriptor: descriptor, start: superblock.payloadOffset, byteCount: payloadByteCount),
      available: superblock.regionByteCount - superblock.payloadOffset, place: place)
    owners = PostMortem.owners(
      copy.lanes, payloadByteCount: payloadByteCount, isSameBoot: isSameBoot)
  }

  /// The lanes, in a private copy: good while this object lives.
  public var lanes: Lanes<HardwareMemory> { copy.lanes }
  /// Rings that moved on in every look: nothing of them is in the copy.
  public var unsettledRings: Int { copy.unsettledRings }

  /// The threads that own slots, or left them: for an output to keep.
  public var threads: [TraceThread] {
    owners.compactMap { owner in
      owner.process.map {
        TraceThread(
          slot: owner.slot, slotEpoch: owner.state.epoch, process: $0, thread: owner.thread)
      }
    }
  }

  /// Whether a process that may write was alive: then this is a snapshot.
  public var isSnapshot: Bool {
    controller != nil || owners.contains { $0.standing == .running }
  }

  /// The controller, if it was alive.
  public var controller: ProcessIdentity? {
    guard isSameBoot, let identity, let controller = identity.controller, controller.isRunning
    else { return nil }
    return controller
  }

  private static func owners(
    _ lanes: Lanes<HardwareMemory>, payloadByteCount: Int, isSameBoot: Bool
  ) -> [SlotOwner] {
    (0..<lanes.slots.count).prefix {
      lanes.geometry.slotHeader($0).lowerBound < payloadByteCount
    }.map { slot in
      let state = lanes.slots.state(of: slot)
      let start = lanes.slots.ownerStart(of: slot)
      let hasOwner = state.phase == .claimed || state.phase == .retired
      let process = ProcessIdentity(pid: state.owner, startTimeTicks: start)
      let standing: OwnerState =
        switch state.phase {
        case .free: .free
        case .retired: .left
        case .claimed: isSameBoot && runs(process) ? .running : .gone
        case nil: .corrupt
        }
      return SlotOwner(
        slot: slot, state: state, process: hasOwner ? process : nil,
        thread: lanes.slots.threadIdentifier(of: slot), standing: standing)
    }
  }

  /// An owner that has not come to store its start time is taken to live while its number does.
  private static func runs(_ process: ProcessIdentity) -> Bool {
    process.startTimeTicks == 0 ? ProcessIdentity(pid: process.pid) != nil : process.isRunning
  }
}

extension PostMortem {
  /// Hands out everything that is left, lane by lane, and accounts for it. Can be repeated.
  ///
  /// - Parameter account: what an output holds of a lane already; by default there is none.
  public func recover<Output: LaneOutput>(
    resuming account: (LaneIdentifier) -> LaneAccount = { _ in .beginningAnywhere },
    into output: inout Output
  ) throws(Output.Failure) -> [LaneRecovery] where Output.Memory == HardwareMemory {
    defer { withExtendedLifetime(self) {} }
    let scan = RecoveryScan(
      lanes, rule: isSameBoot ? .committed : .sealed { SealChecksum.compute(of: $0) },
      byteCount: payloadByteCount)
    var recoveries: [LaneRecovery] = []
    for owner in owners {
      let end: RecoveryEnd =
        switch owner.standing {
        case .running: .open
        case .free, .left: isSameBoot ? .left : .died
        case .gone, .corrupt: .died
        }
      for kind in LaneKind.allCases {
        let lane = LaneIdentifier(slot: owner.slot, kind: kind)
        recoveries.append(
          try scan.recover(lane, resuming: account(lane), end: end, into: &output))
      }
    }
    return recoveries
  }
}
