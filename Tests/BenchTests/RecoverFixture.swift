// Region files for the tests of `inspect` and `recover`: made in the test's own process, traced
// into by an owner that is dead, or by this process, which lives.

import Glibc
import HardwareMemory
import Testing
import TracerCore
import TracerShm

/// A folder of its own for one test, removed with everything in it.
struct Folder: ~Copyable {
  let path: String

  init() throws {
    var template = Array("/tmp/recover-tests.XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  deinit {
    for name in names(in: path) where name != "." && name != ".." { unlink("\(path)/\(name)") }
    rmdir(path)
  }
}

/// Needs nothing of its process but the checksum.
struct QuietHost: LaneHost {
  typealias Memory = HardwareMemory
  func wakeController() {}
  func sealChecksum(of ring: SealedRing<HardwareMemory>) -> UInt64 {
    SealChecksum.compute(of: ring)
  }
}

/// A region with lanes of small rings: eight records of 16 bytes each.
struct RecoverableRegion {
  let region: SharedRegion
  let lanes: Lanes<HardwareMemory>

  init(_ backing: RegionBacking, indexRings: Int = 4) throws {
    let geometry = try LanesGeometry(
      threadSlots: 2, index: .index(ringCount: indexRings, ringByteCount: 128),
      detail: .detail(ringCount: 4, ringByteCount: 128, historyRings: 2, postRecords: 3))
    region = try SharedRegion.create(
      backing, byteCount: geometry.byteCount, contents: .tracerLanes
    ) { _ = Lanes(formatting: $0, geometry: geometry) }
    lanes = try Lanes(attaching: region.payload, available: region.payloadByteCount)
    region.publishIdentity(RegionIdentity(epoch: 1))
  }

  /// A thread of this process, or of one that is gone, writes records that hold their numbers.
  func trace(_ count: Int, alive: Bool = false, kind: LaneKind = .index) throws {
    // Beyond the numbers that Linux gives to processes.
    let owner = alive ? ProcessIdentity.current : ProcessIdentity(pid: 1 << 29, startTimeTicks: 7)
    let outcome = lanes.slots.claim(
      owner: owner.pid, ownerStart: owner.startTimeTicks, thread: 4242)
    guard case .claimed(let claim) = outcome else {
      Issue.record("a slot is free: \(outcome)")
      return
    }
    var writer = lanes.lane(claim.slot, kind).makeWriter(slotEpoch: 0, host: QuietHost())
    for _ in 0..<count {
      let number = writer.sequence
      _ = writer.write(type: 3, timestamp: number + 1000, byteCount: 8) { memory, offset in
        memory.storePayload(number, at: offset)
      }
    }
  }
}

extension RecoverableRegion {
  /// A thread that is gone wrote more than its rings take, `rounds` times, and a controller that is
  /// gone drained into a new trace file before each round but the first.
  func traceAndDrain(rounds: Int, of count: Int, into path: String) throws {
    let output = try TraceFileWriter(creating: path, session: region.superblock.session)
    var reader = LaneReader(lanes.lane(0, .index))
    let outcome = lanes.slots.claim(owner: 1 << 29, ownerStart: 7, thread: 4242)
    guard case .claimed(let claim) = outcome, claim.slot == 0 else {
      Issue.record("the first slot is free: \(outcome)")
      return
    }
    var writer = lanes.lane(0, .index).makeWriter(slotEpoch: 0, host: QuietHost())
    var file = output
    for round in 0..<rounds {
      if round > 0 { while try reader.drainNext(into: &file) {} }
      for _ in 0..<count { _ = writer.write(type: 3, timestamp: 1, byteCount: 8) { _, _ in } }
    }
    try output.close()
  }

  /// A controller drains the first ring of the first index lane into a new trace file, and is gone.
  func drainOneRing(into path: String) throws {
    var output = try TraceFileWriter(creating: path, session: region.superblock.session)
    var reader = LaneReader(lanes.lane(0, .index))
    _ = try reader.drainNext(into: &output)
    try output.close()
  }
}

/// Makes a region file look as one of an earlier boot.
func moveToAnotherBoot(_ path: String) throws {
  let descriptor = open(path, O_RDWR)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  var header = [UInt8](repeating: 0, count: 128)
  try #require(pread(descriptor, &header, header.count, 0) == header.count)
  // The boot at byte 72, the checksum of the 120 bytes before it at byte 120: see Layout.
  header[72] ^= 0xFF
  let checksum = header.withUnsafeBytes {
    CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[..<120]))
  }
  withUnsafeBytes(of: checksum.littleEndian) { header.replaceSubrange(120..<124, with: $0) }
  try #require(pwrite(descriptor, header, header.count, 0) == header.count)
}

/// The values of one key in lines of JSON, as text.
func values(_ key: String, in lines: String) -> [String] {
  lines.split(separator: "\n").compactMap { line in
    guard let found = line.range(of: "\"\(key)\":") else { return nil }
    return String(line[found.upperBound...].prefix { $0 != "," && $0 != "}" })
  }
}

/// The lines of one kind.
func lines(_ kind: String, in text: String) -> String {
  text.split(separator: "\n").filter { $0.contains(#""kind":"\#(kind)""#) }
    .joined(separator: "\n")
}
