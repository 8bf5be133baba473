// A small file that claims to be a large region: looking at it costs what the file has.

import Glibc
import HardwareMemory
import Testing

@testable import TracerCore
@testable import TracerShm

@Suite struct PostMortemCostTests {
  @Test func aFileThatClaimsMoreThanItHasCostsWhatItHas() throws {
    let fixture = try TracerFixture(.file, threadSlots: 2)
    guard case .file(let path) = fixture.backing else { return }
    var thread = try Agent(fixture.region).attachThread()
    for value in 0..<3 as Range<UInt64> { _ = thread.writeIndex(type: 1, timestamp: 0, value, 0) }
    try claim(path, threadSlots: LaneLayout.mostThreadSlots, rings: LaneLayout.mostRings)
    let copy = try PostMortem(.file(path: path))
    #expect(copy.lanes.geometry.threadSlots == LaneLayout.mostThreadSlots)
    var nowhere = NoOutput()
    let recoveries = copy.recover(into: &nowhere)
    let fileBytes = size(path)
    // No ring and no slot takes less than its header.
    let most = fileBytes / LaneLayout.Ring.headerByteCount
    #expect(recoveries.reduce(0) { $0 + $1.rings.count } <= most)
    #expect(recoveries.count <= most && copy.owners.count <= most)
    let resident = try residentBytes(of: copy)
    #expect(resident <= fileBytes + 4 * SharedRegion.pageByteCount, "\(resident) of \(fileBytes)")
    thread.detach()
  }

  /// Rewrites the sizes in header and control block, checksum and all.
  private func claim(_ path: String, threadSlots: Int, rings: Int) throws {
    let descriptor = open(path, O_RDWR)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    typealias Header = SuperblockLayout
    var words = [UInt64](repeating: 0, count: Header.immutableByteCount / 8)
    try #require(pread(descriptor, &words, Header.immutableByteCount, 0) == 128)
    let payload = Int(words[Header.payloadOffsetOffset / 8])
    words[Header.regionSizeOffset / 8] = 1 << 42
    words[Header.checksumOffset / 8] = UInt64(
      CRC32C.checksum(words: words[..<(Header.checksumOffset / 8)]))
    try #require(pwrite(descriptor, words, Header.immutableByteCount, 0) == 128)
    typealias Control = LaneLayout.Control
    for (field, value) in [
      (Control.threadSlots, threadSlots), (Control.indexRings, rings), (Control.detailRings, rings),
    ] {
      var word = UInt64(value)
      try #require(pwrite(descriptor, &word, 8, off_t(payload + field)) == 8)
    }
  }

  /// Bytes of the private copy that are memory.
  private func residentBytes(of copy: PostMortem) throws -> Int {
    let page = SharedRegion.pageByteCount
    let pages = (copy.lanes.geometry.byteCount + page - 1) / page
    var resident = [UInt8](repeating: 0, count: pages)
    let code = copy.lanes.memory.withPayload(at: 0, byteCount: page) { span in
      span.withUnsafeBytes {
        mincore(UnsafeMutableRawPointer(mutating: $0.baseAddress), pages * page, &resident)
      }
    }
    try #require(code == 0)
    return resident.count { $0 & 1 != 0 } * page
  }
}

/// Keeps nothing.
private struct NoOutput: LaneOutput {
  typealias Memory = HardwareMemory
  func write(_ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>) {}
}
