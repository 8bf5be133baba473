// Creating, reaching and letting go of regions of every kind.

import CPlatform
import Glibc
import HardwareMemory
import Testing

@testable import TracerShm

@Suite struct SharedRegionTests {
  /// Every kind, named ones under names of this call.
  static func everyBacking(in folder: borrowing ScratchFolder) -> [RegionBacking] {
    [.anonymous, .memfd, .shm(name: uniqueSharedName()), .file(path: folder.file("region"))]
  }

  @Test func everyKindIsZeroedAlignedAndWritableThroughout() throws {
    let folder = try ScratchFolder()
    for backing in SharedRegionTests.everyBacking(in: folder) {
      let region = try SharedRegion.create(backing, byteCount: 10_000)
      #expect(region.payloadByteCount >= 10_000)
      #expect(region.byteCount % SharedRegion.pageByteCount == 0)
      #expect(region.payloadAddress % UInt(SharedRegion.pageByteCount) == 0)
      for offset in stride(from: 0, to: region.payloadByteCount, by: 8) {
        #expect(region.payload.loadPayload(at: offset) == 0)
        region.payload.storePayload(UInt64(offset) ^ 0xABCD, at: offset)
      }
      for offset in stride(from: 0, to: region.payloadByteCount, by: 8) {
        #expect(region.payload.loadPayload(at: offset) == UInt64(offset) ^ 0xABCD)
      }
      #expect(region.superblock.boot == .currentBoot())
      #expect(region.truncatedBytes == 0)
      try region.destroy()
    }
  }

  @Test func namedKindsAreOpenedWithTheirContentsUntilDestroyed() throws {
    let folder = try ScratchFolder()
    let contents = RegionContents.streamRing(layoutHash: 0x1234)
    let backings: [RegionBacking] = [
      .shm(name: uniqueSharedName()), .file(path: folder.file("region")),
    ]
    for backing in backings {
      let made = try SharedRegion.create(
        backing, byteCount: 8192, contents: contents,
        prepare: { $0.storePayload(77, at: 4096) })
      let opened = try SharedRegion.open(backing, contents: contents)
      #expect(opened.superblock == made.superblock)
      #expect(opened.payload.loadPayload(at: 4096) == 77)
      opened.payload.storePayload(78, at: 8)
      #expect(made.payload.loadPayload(at: 8) == 78)
      try opened.destroy()
      guard case .notFound? = failure({ () throws(RegionError) in try SharedRegion.open(backing) })
      else {
        Issue.record("\(backing) outlived its destruction")
        continue
      }
      // Destroyed is not unmapped, and destroying twice is no error.
      #expect(made.payload.loadPayload(at: 8) == 78)
      try made.destroy()
    }
  }

  @Test func lettingGoOfANamedRegionKeepsIt() throws {
    let folder = try ScratchFolder()
    let backing = RegionBacking.file(path: folder.file("kept"))
    do {
      let region = try SharedRegion.create(backing, byteCount: 100)
      region.withPayload { $0.storePayload(5, at: 16) }
    }
    #expect(folder.names == ["kept"])
    #expect(try SharedRegion.open(backing).withPayload { $0.loadPayload(at: 16) } == 5)
  }

  @Test func existingNameIsRefusedAndUntouched() throws {
    let folder = try ScratchFolder()
    let backings: [RegionBacking] = [
      .shm(name: uniqueSharedName()), .file(path: folder.file("region")),
    ]
    for backing in backings {
      let first = try SharedRegion.create(backing, byteCount: 100)
      let error = failure { () throws(RegionError) in
        try SharedRegion.create(backing, byteCount: 100)
      }
      guard case .alreadyExists(let place, _)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(place == backing.description)
      #expect(try SharedRegion.open(backing).superblock == first.superblock)
      try first.destroy()
    }
    #expect(folder.names.isEmpty)
  }

  /// The second creator begins and ends while the first one prepares its payload.
  @Test func ofTwoCreatorsTheFirstToFinishWins() throws {
    let folder = try ScratchFolder()
    let backings: [RegionBacking] = [
      .shm(name: uniqueSharedName()), .file(path: folder.file("region")),
    ]
    for backing in backings {
      var winner: SharedRegion?
      let error = failure { () throws(RegionError) in
        try SharedRegion.create(backing, byteCount: 1) { _ in
          winner = try? SharedRegion.create(backing, byteCount: 1)
        }
      }
      guard case .alreadyExists? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(try SharedRegion.open(backing).superblock == winner?.superblock)
      try winner?.destroy()
    }
    #expect(folder.names.isEmpty)
  }

  @Test func replacedNameIsNotDestroyed() throws {
    let folder = try ScratchFolder()
    let backing = RegionBacking.file(path: folder.file("region"))
    let first = try SharedRegion.create(backing, byteCount: 100)
    try first.destroy()
    let second = try SharedRegion.create(backing, byteCount: 100)
    #expect(
      failure { () throws(RegionError) in try first.destroy() }
        == .replaced(backing.description))
    #expect(folder.names == ["region"])
    try second.destroy()
  }

  @Test func impossibleSizesAndNamesAreRefused() throws {
    for byteCount in [0, -1, Int.min, Int.max, SharedRegion.mostBytes + 1] {
      #expect(
        failure { () throws(RegionError) in
          try SharedRegion.create(.memfd, byteCount: byteCount)
        }
          == .invalidByteCount(
            "memfd region", byteCount: byteCount, most: SharedRegion.mostBytes))
    }
    for name in ["", "/", "a", "/a/b", "/..", "/" + String(repeating: "x", count: 201)] {
      #expect(
        failure { () throws(RegionError) in
          try SharedRegion.create(.shm(name: name), byteCount: 1)
        } == .invalidName(name))
    }
    #expect(
      failure { () throws(RegionError) in try SharedRegion.open(.memfd) }
        == .notOpenable("memfd region"))
  }

  @Test func permissionsAreExactWhateverTheUmask() throws {
    let folder = try ScratchFolder()
    var options = RegionOptions()
    options.permissions = 0o666
    let path = folder.file("wide")
    let region = try SharedRegion.create(.file(path: path), byteCount: 1, options: options)
    #expect(try RegionInspection(region.backing).mode == 0o666)
    #expect(
      failure { () throws(RegionError) in try SharedRegion.open(.file(path: path)) }
        == .permissionsTooWide(path, mode: 0o666, allowed: 0o600))
    _ = try SharedRegion.open(.file(path: path), options: options)
  }
}
