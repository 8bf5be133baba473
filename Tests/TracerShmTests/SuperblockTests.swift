// The layout as law, and every check of an opening against a header damaged for it.

import Glibc
import HardwareMemory
import Testing

@testable import TracerShm

@Suite struct SuperblockTests {
  typealias Layout = SuperblockLayout

  @Test func fieldsFollowOneAnotherWithoutGap() {
    for (fields, end) in [
      (Layout.fields, Layout.immutableByteCount), (Layout.slotFields, Layout.slotByteCount),
    ] {
      var next = 0
      for field in fields {
        #expect(field.offset == next, "\(field.name)")
        next += field.byteCount
      }
      #expect(next == end)
    }
    #expect(Layout.slotOffsets == [128, 256])
    #expect(Layout.slotOffsets[1] + Layout.slotByteCount <= Layout.leastByteCount)
  }

  /// Who changes a name, an offset or a size changes this figure, and then the version with it.
  @Test func layoutBelongsToItsVersion() {
    let table = (Layout.fields + Layout.slotFields)
      .map { "\($0.name) \($0.offset) \($0.byteCount)" }.joined(separator: ";")
    let fingerprint = Array(table.utf8).withUnsafeBytes { CRC32C.checksum($0) }
    #expect(RegionVersion.current == RegionVersion(major: 1, minor: 0))
    #expect(fingerprint == 2_440_672_685)
  }

  /// The documented offsets, by number and not by the constants that the code uses.
  @Test func bytesStandWhereTheDocumentationSays() throws {
    let folder = try ScratchFolder()
    let path = folder.file("region")
    let region = try SharedRegion.create(
      .file(path: path), byteCount: 5000, contents: RegionContents(kind: 7, layoutHash: 0x1122))
    let bytes = try contents(of: path)
    #expect(Array(bytes[0..<8]) == Array("TRACESHM".utf8))
    #expect(Array(bytes[8..<16]) == [8, 7, 6, 5, 4, 3, 2, 1])
    #expect(integer(bytes, 16, 4) == 1)
    #expect(integer(bytes, 20, 4) == 0)
    #expect(integer(bytes, 24, 8) == 0x1122)
    #expect(integer(bytes, 32, 4) == 7)
    #expect(integer(bytes, 36, 4) == UInt64(SharedRegion.pageByteCount))
    #expect(integer(bytes, 40, 8) == UInt64(bytes.count))
    #expect(integer(bytes, 48, 8) == UInt64(SharedRegion.pageByteCount))
    let session = bytes[56..<72].map { hex($0) }.joined()
    #expect(session == region.superblock.session.description.filter { $0 != "-" })
    let boot = bytes[72..<88].map { hex($0) }.joined()
    #expect(boot == UniqueID.currentBoot().description.filter { $0 != "-" })
    #expect(integer(bytes, 88, 8) == region.superblock.creationTimeNanoseconds)
    #expect(bytes[96..<120].allSatisfy { $0 == 0 })
    #expect(
      integer(bytes, 120, 4)
        == UInt64(Array(bytes[0..<120]).withUnsafeBytes { CRC32C.checksum($0) }))
    #expect(integer(bytes, 124, 4) == 0)
    #expect(bytes[384...].allSatisfy { $0 == 0 })
  }

  @Test func everyFlippedBitOfTheImmutablePartIsRefused() throws {
    let words = Superblock(contents: .unspecified, pageByteCount: 4096, regionByteCount: 8192)
      .encoded()
    #expect(try Superblock(decoding: words, place: "whole").encoded() == words)
    for bit in 0..<((Layout.checksumOffset + 4) * 8) {
      var wrong = words
      wrong[bit / 64] ^= 1 << UInt64(bit % 64)
      let error = failure { () throws(RegionError) in
        try Superblock(decoding: wrong, place: "x")
      }
      #expect(error != nil, "bit \(bit)")
    }
  }

  @Test func damagedHeadersAreEachRefusedByName() throws {
    let folder = try ScratchFolder()
    let path = folder.file("region")
    func refused(
      _ offset: Int, _ bytes: [UInt8], resealed: Bool = false
    ) throws -> RegionError? {
      let region = try SharedRegion.create(.file(path: path), byteCount: 5000)
      try patch(path, at: offset, bytes)
      if resealed { try reseal(path) }
      let error = failure { () throws(RegionError) in try SharedRegion.open(.file(path: path)) }
      try region.destroy()
      return error
    }
    let page = SharedRegion.pageByteCount
    let size = UInt64(page + (5000 + page - 1) / page * page)
    #expect(try refused(0, [0]) == .notARegion(path))
    #expect(try refused(8, [1, 2, 3, 4, 5, 6, 7, 8]) == .foreignByteOrder(path))
    #expect(try refused(8, [0]) == .notARegion(path))
    #expect(
      try refused(16, [2])
        == .unsupportedVersion(
          path, found: RegionVersion(major: 2, minor: 0), supported: .current))
    #expect(try refused(20, [9], resealed: true) == nil, "a higher minor version is read")
    guard case .checksumMismatch(path, _, _)? = try refused(56, [0xA5, 0x5A, 0xA5, 0x5A]) else {
      Issue.record("a changed session went unnoticed")
      return
    }
    #expect(
      try refused(36, bytes(UInt32(page * 4)), resealed: true)
        == .payloadOutOfRange(path, offset: UInt64(page), regionByteCount: size))
    #expect(
      try refused(36, bytes(UInt32(page / 2)), resealed: true)
        == .pageSizeMismatch(path, found: page / 2, expected: page))
    #expect(
      try refused(40, bytes(size * 2), resealed: true)
        == .truncated(path, byteCount: Int(size), recorded: size * 2))
    #expect(
      try refused(40, bytes(size - UInt64(page)), resealed: true)
        == .oversized(path, byteCount: Int(size), recorded: size - UInt64(page)))
    #expect(
      try refused(48, bytes(size), resealed: true)
        == .payloadOutOfRange(path, offset: size, regionByteCount: size))
    #expect(
      try refused(40, bytes(UInt64.max), resealed: true)
        == .payloadOutOfRange(path, offset: UInt64(page), regionByteCount: .max))
  }

  @Test func otherContentsAreRefused() throws {
    let folder = try ScratchFolder()
    let backing = RegionBacking.file(path: folder.file("region"))
    let made = RegionContents.streamRing(layoutHash: 1)
    _ = try SharedRegion.create(backing, byteCount: 1, contents: made)
    for wanted in [RegionContents.streamRing(layoutHash: 2), .tracerLanes(layoutHash: 1)] {
      #expect(
        failure { () throws(RegionError) in try SharedRegion.open(backing, contents: wanted) }
          == .contentsMismatch(backing.description, found: made, expected: wanted))
    }
  }

  // MARK: - Reading and damaging files

  private func contents(of path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = read(descriptor, &bytes, bytes.count)
    return Array(bytes.prefix(count))
  }

  private func integer(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
    bytes[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private func hex(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  /// Makes the checksum right again, so that the check behind it is reached.
  private func reseal(_ path: String) throws {
    let covered = try contents(of: path)[..<Layout.checksumOffset]
    try patch(
      path, at: Layout.checksumOffset, bytes(Array(covered).withUnsafeBytes { CRC32C.checksum($0) })
    )
  }
}

@Suite struct LayoutDocumentationTests {
  private func document() throws -> String {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(root)/Sources/TracerShm/Documentation.docc/Layout.md"
    let shown = try run(["cat", path])
    try #require(shown.code == 0)
    return shown.output
  }

  @Test func everyFieldHasItsRow() throws {
    let text = try document()
    for field in SuperblockLayout.fields + SuperblockLayout.slotFields {
      let row = "\n| \(field.offset) | \(field.byteCount) | \(field.name) |"
      #expect(text.contains(row), "\(row)")
    }
  }

  @Test func theCommandsPrintTheHeader() throws {
    let folder = try ScratchFolder()
    let path = folder.file("region")
    let region = try SharedRegion.create(.file(path: path), byteCount: 4096)
    let commands = try document().split(separator: "\n").filter { $0.hasPrefix("od ") }
    try #require(commands.count == 3)
    let printed = try commands.map { command in
      try run(["sh", "-c", String(command.replacing("FILE", with: "'\(path)'"))]).output
    }
    #expect(printed[0].contains("TRACESHM"))
    #expect(printed[1].filter { !$0.isWhitespace } == "\(region.byteCount)")
    let session = region.superblock.session.description.filter { $0 != "-" }
    #expect(printed[2].filter { !$0.isWhitespace } == session)
  }
}
