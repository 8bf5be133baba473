// Copies the lanes of a region out of its file, ring by ring, in the order that a ring which is
// written to meanwhile survives or is left out (`LaneRingSnapshot`).
//
// Only `pread`: a file that is cut short ends a read early and nothing else. Memory is touched as
// far as the file has bytes that count: headers, and records up to each committed position. What
// begins behind the end of the file is not looked at, however much the control block claims.

import Glibc
import HardwareMemory
import MemoryInterface
import TracerCore

/// The payload of a region, read through its file. What the file lacks is left as it is.
struct PayloadFile {
  let descriptor: Int32
  /// Where the payload begins in the file.
  let start: Int
  /// Bytes of it that the file has.
  let byteCount: Int

  /// Reads a stretch of the payload to the same place of a memory; `false` if some was missing.
  @discardableResult
  func read(_ range: Range<Int>, into memory: HardwareMemory) -> Bool {
    memory.withMutablePayload(at: range.lowerBound, byteCount: range.count) { span in
      span.withUnsafeMutableBytes { bytes in
        var done = 0
        while done < bytes.count {
          let count = pread(
            descriptor, bytes.baseAddress! + done, bytes.count - done,
            off_t(start + range.lowerBound + done))
          if count < 0, errno == EINTR { continue }
          // The end of a file that was cut short; an error of the disk is no different.
          if count <= 0 { return false }
          done += count
        }
        return true
      }
    }
  }

  /// Reads one word; zero where the file ends before it.
  func word(at offset: Int) -> UInt64 {
    var word: UInt64 = 0
    while pread(descriptor, &word, 8, off_t(start + offset)) < 0, errno == EINTR {}
    return word
  }
}

/// A ring seen through the file. A system call lies between any two of its looks.
private struct FileRing: LaneRingSource {
  let file: PayloadFile
  let memory: HardwareMemory
  let offset: Int

  func loadGeneration() -> UInt64 {
    file.word(at: offset + LaneLayout.Ring.generationOffset)
  }
  func loadCommitted() -> UInt64 { file.word(at: offset + LaneLayout.Ring.committedOffset) }
  func copy(committed: Int) {
    file.read(offset..<(offset + LaneLayout.Ring.headerByteCount + committed), into: memory)
  }
  func fence() { memory.fence(.acquire, .laneSnapshot) }
}

/// Lanes copied from a file.
struct LanesCopy: ~Copyable {
  let lanes: Lanes<HardwareMemory>
  let mapping: Mapping
  /// Rings that moved on in every look.
  private(set) var unsettledRings = 0

  /// Copies everything that counts. Makes room for the lanes in the address space, of which only
  /// what is read becomes memory.
  init(_ file: PayloadFile, available: Int, place: String) throws(PostMortemError) {
    let expected = try LanesCopy.geometry(file, available: available, place: place)
    let mapping = try LanesCopy.map(expected.byteCount, place: place)
    let memory = mapping.memory
    file.read(LanesGeometry.controlBlock, into: memory)
    // Once more: the block may have changed since, and then it may need more room.
    lanes = try LanesCopy.attach(memory, available: expected.byteCount, place: place)
    self.mapping = mapping
    let geometry = lanes.geometry
    for slot in 0..<geometry.threadSlots {
      let header = geometry.slotHeader(slot)
      guard header.lowerBound < file.byteCount else { break }
      file.read(header, into: memory)
      for kind in LaneKind.allCases {
        copyLane(LaneIdentifier(slot: slot, kind: kind), file)
      }
    }
  }

  private mutating func copyLane(_ lane: LaneIdentifier, _ file: PayloadFile) {
    let geometry = lanes.geometry
    let rings = geometry.lane(lane.kind)
    for index in 0..<rings.ringCount {
      let range = geometry.ring(index, of: lane)
      guard range.lowerBound < file.byteCount else { break }
      var ring = FileRing(file: file, memory: mapping.memory, offset: range.lowerBound)
      let snapshot = LaneRingSnapshot.take(from: &ring, ringByteCount: rings.ringByteCount)
      if let snapshot {
        // What was copied of them may be a moment younger than the records. Private memory.
        mapping.memory.storePayload(
          UInt64(snapshot.committed), at: range.lowerBound + LaneLayout.Ring.committedOffset)
        mapping.memory.storePayload(
          snapshot.generation, at: range.lowerBound + LaneLayout.Ring.generationOffset)
      } else {
        leaveOut(range, file, rings.ringByteCount)
      }
    }
    // After its rings: what it counts is no less than what they hold.
    let header = geometry.laneHeader(lane)
    if header.lowerBound < file.byteCount { file.read(header, into: mapping.memory) }
  }

  /// A corrupt header is kept, for whoever looks at it; a ring that moved on holds nothing.
  private mutating func leaveOut(_ range: Range<Int>, _ file: PayloadFile, _ ringByteCount: Int) {
    let header = range.lowerBound..<(range.lowerBound + LaneLayout.Ring.headerByteCount)
    file.read(header, into: mapping.memory)
    let committed = header.lowerBound + LaneLayout.Ring.committedOffset
    let found = mapping.memory.loadPayload(at: committed)
    guard found <= UInt64(ringByteCount), found % 8 == 0 else { return }
    mapping.memory.storePayload(0, at: committed)
    unsettledRings += 1
  }

  private static func geometry(
    _ file: PayloadFile, available: Int, place: String
  ) throws(PostMortemError) -> LanesGeometry {
    let block = try map(LanesGeometry.controlBlock.count, place: place)
    file.read(LanesGeometry.controlBlock, into: block.memory)
    return try attach(block.memory, available: available, place: place).geometry
  }

  private static func attach(
    _ memory: HardwareMemory, available: Int, place: String
  ) throws(PostMortemError) -> Lanes<HardwareMemory> {
    do throws(LaneLayoutError) { return try Lanes(attaching: memory, available: available) } catch {
      throw .layout(place, error)
    }
  }

  private static func map(
    _ byteCount: Int, place: String
  ) throws(PostMortemError) -> Mapping {
    let page = SharedRegion.pageByteCount
    let pages = (byteCount + page - 1) / page * page
    do throws(SystemError) {
      return try Mapping(descriptor: nil, byteCount: pages, extraFlags: MAP_NORESERVE)
    } catch { throw .region(.from(error, place: place, byteCount: byteCount)) }
  }
}
