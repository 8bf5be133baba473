// What is not a region of ours is refused before it is mapped, and by its own name.

import Glibc
import HardwareMemory
import Testing

@testable import TracerShm

@Suite struct RegionOpeningTests {
  private func openError(_ path: String) -> RegionError? {
    failure { () throws(RegionError) in try SharedRegion.open(.file(path: path)) }
  }

  @Test func truncatedFilesAreRefusedAtEveryLength() throws {
    let folder = try ScratchFolder()
    let path = folder.file("region")
    let region = try SharedRegion.create(.file(path: path), byteCount: 3 * 4096)
    for byteCount in [0, 1, 127, 4095] {
      try #require(truncate(path, off_t(byteCount)) == 0)
      #expect(openError(path) == .tooSmall(path, byteCount: byteCount, least: 4096))
    }
    try region.destroy()
    let second = try SharedRegion.create(.file(path: path), byteCount: 3 * 4096)
    let full = second.byteCount
    for byteCount in [full - 1, full - 4096, 4096] {
      try #require(truncate(path, off_t(byteCount)) == 0)
      #expect(
        openError(path) == .truncated(path, byteCount: byteCount, recorded: UInt64(full)))
    }
    try #require(truncate(path, off_t(full + 1)) == 0)
    let error = openError(path)
    #expect(error == .oversized(path, byteCount: full + 1, recorded: UInt64(full)))
  }

  @Test func otherFilesAreNoRegions() throws {
    let folder = try ScratchFolder()
    let path = folder.file("other")
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
    try #require(descriptor >= 0)
    close(descriptor)
    try patch(path, at: 0, (0..<8192).map { _ in UInt8.random(in: 1...60) })
    #expect(openError(path) == .notARegion(path))
    try patch(path, at: 0, [UInt8](repeating: 0, count: 8192))
    #expect(openError(path) == .notARegion(path))
  }

  @Test func onlyRegularFilesAreOpened() throws {
    let folder = try ScratchFolder()
    let pipe = folder.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    #expect(openError(pipe) == .notARegularFile(pipe))
    #expect(openError(folder.path) == .notARegularFile(folder.path))
    #expect(openError("/dev/zero") == .notARegularFile("/dev/zero"))
  }

  @Test func symbolicLinksAreNeitherFollowedNorReplaced() throws {
    let folder = try ScratchFolder()
    let target = folder.file("target")
    let link = folder.file("link")
    let dangling = folder.file("dangling")
    _ = try SharedRegion.create(.file(path: target), byteCount: 1)
    try #require(symlink(target, link) == 0 && symlink(folder.file("nothing"), dangling) == 0)
    #expect(openError(link) == .symbolicLink(link, SystemError("open", code: ELOOP)))
    for path in [link, dangling] {
      let error = failure { () throws(RegionError) in
        try SharedRegion.create(.file(path: path), byteCount: 1)
      }
      guard case .alreadyExists(path, _)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    #expect(Set(folder.names) == ["target", "link", "dangling"])
  }

  @Test func missingFilesFoldersAndNamesAreNamed() throws {
    let folder = try ScratchFolder()
    let missing = folder.file("missing")
    #expect(openError(missing) == .notFound(missing, SystemError("open", code: ENOENT)))
    let deep = folder.file("no/region")
    #expect(
      failure { () throws(RegionError) in
        try SharedRegion.create(.file(path: deep), byteCount: 1)
      } == .notFound(deep, SystemError("open(folder)", code: ENOENT)))
    let name = uniqueSharedName()
    #expect(
      failure { () throws(RegionError) in try SharedRegion.open(.shm(name: name)) }
        == .notFound(name, SystemError("shm_open", code: ENOENT)))
  }

  @Test func aForeignOwnerIsRefusedUnlessTrusted() throws {
    guard geteuid() == 0 else {
      print("skipped: giving a file away needs root")
      return
    }
    let folder = try ScratchFolder()
    let path = folder.file("region")
    let stranger: UInt32 = 65534
    _ = try SharedRegion.create(.file(path: path), byteCount: 1)
    try #require(chown(path, stranger, stranger) == 0)
    #expect(openError(path) == .foreignOwner(path, owner: stranger, user: 0))
    var options = RegionOptions()
    options.trustedOwner = stranger
    _ = try SharedRegion.open(.file(path: path), options: options)
  }

  /// In a process of its own, since it changes its user.
  @Test func aFileOfAnotherUserIsDenied() async throws {
    guard geteuid() == 0 else {
      print("skipped: becoming another user needs root")
      return
    }
    await #expect(processExitsWith: .success) {
      let folder = try ScratchFolder()
      let path = folder.file("region")
      _ = try SharedRegion.create(.file(path: path), byteCount: 1)
      try #require(chmod(folder.path, 0o755) == 0)
      try #require(seteuid(65534) == 0)
      let opening = failure { () throws(RegionError) in
        try SharedRegion.open(.file(path: path))
      }
      let other = folder.file("other")
      let creating = failure { () throws(RegionError) in
        try SharedRegion.create(.file(path: other), byteCount: 1)
      }
      try #require(seteuid(0) == 0)
      #expect(opening == .permissionDenied(path, SystemError("open", code: EACCES)))
      #expect(creating == .permissionDenied(other, SystemError("open", code: EACCES)))
      #expect(folder.names == ["region"])
    }
  }

  @Test func everyErrorIsOneLineThatNamesTheThing() {
    let system = SystemError("open", code: EACCES)
    let errors: [RegionError] = [
      .invalidName("T"), .invalidByteCount("T", byteCount: 0, most: 1), .notOpenable("T"),
      .alreadyExists("T", system), .notFound("T", system), .permissionDenied("T", system),
      .symbolicLink("T", system), .noSpace("T", byteCount: 1, system),
      .insufficientMemory("T", byteCount: 2, available: 1), .system("T", system),
      .hugePagesUnsupported("T"), .hugePagesUnavailable("T", byteCount: 1, system),
      .lockFailed("T", byteCount: 1, system), .prefaultFailed("T", byteCount: 1, system),
      .numaBindingFailed("T", node: 1, system), .tooManyRegions("T", most: 1),
      .notARegularFile("T"), .foreignOwner("T", owner: 1, user: 2),
      .permissionsTooWide("T", mode: 0o666, allowed: 0o600),
      .tooSmall("T", byteCount: 1, least: 2), .notARegion("T"), .foreignByteOrder("T"),
      .unsupportedVersion("T", found: .current, supported: .current),
      .checksumMismatch("T", stored: 1, computed: 2),
      .pageSizeMismatch("T", found: 1, expected: 2), .truncated("T", byteCount: 1, recorded: 2),
      .oversized("T", byteCount: 2, recorded: 1),
      .payloadOutOfRange("T", offset: 1, regionByteCount: 1),
      .contentsMismatch("T", found: .unspecified, expected: .unspecified), .missingSeals("T"),
      .replaced("T"), .noValidIdentity("T"),
    ]
    #expect(Set(errors.map(\.description)).count == errors.count)
    for error in errors {
      let line = error.description
      #expect(line.contains("T") && !line.contains("\n") && line != "region error", "\(line)")
    }
    #expect(
      RegionError.permissionDenied("/x", system).description
        == "/x: access denied (open: Permission denied)")
  }
}
