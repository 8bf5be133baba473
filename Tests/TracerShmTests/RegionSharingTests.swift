// Regions between processes that are not related, descriptors sent over sockets, and files cut
// short under a live mapping.

import CPlatform
import Glibc
import HardwareMemory
import Testing

@testable import TracerShm

@Suite struct RegionSharingTests {
  @Test func anUnrelatedProgramReadsAndWritesANamedRegionByItsOffsets() throws {
    let folder = try ScratchFolder()
    let name = uniqueSharedName()
    let path = folder.file("region")
    for (backing, file) in [
      (RegionBacking.shm(name: name), "/dev/shm" + name), (.file(path: path), path),
    ] {
      let region = try SharedRegion.create(backing, byteCount: 4096)
      let seen = try run(["od", "-A", "n", "-t", "c", "-N", "8", file])
      #expect(seen.output.filter { !$0.isWhitespace } == "TRACESHM")
      let offset = region.superblock.payloadOffset
      let written = try run([
        "sh", "-c",
        "printf ABCDEFGH | dd of='\(file)' bs=1 seek=\(offset + 16) conv=notrunc status=none",
      ])
      #expect(written.code == 0)
      #expect(region.payload.loadPayload(at: 16) == 0x4847_4645_4443_4241)
      try region.destroy()
    }
  }

  @Test func anUnrelatedProcessAttachesByName() async throws {
    let folder = try ScratchFolder()
    let path = folder.file("region")
    let name = uniqueSharedName()
    let contents = RegionContents.tracerLanes(layoutHash: 99)
    let first = try SharedRegion.create(.file(path: path), byteCount: 4096, contents: contents)
    let second = try SharedRegion.create(.shm(name: name), byteCount: 4096, contents: contents)
    first.payload.storePayload(11, at: 0)
    second.payload.storePayload(11, at: 0)
    await #expect(processExitsWith: .success) { [path = path as String, name = name as String] in
      for backing in [RegionBacking.file(path: path), .shm(name: name)] {
        let region = try SharedRegion.open(backing, contents: .tracerLanes(layoutHash: 99))
        #expect(region.payload.loadPayload(at: 0) == 11)
        region.payload.storePayload(12, at: 0)
        region.publishIdentity(RegionIdentity(epoch: 4, agent: .current))
      }
    }
    for region in [first, second] {
      #expect(region.payload.loadPayload(at: 0) == 12)
      let identity = try region.currentIdentity()
      #expect(identity.epoch == 4)
      #expect(identity.agent?.isRunning == false)
      try region.destroy()
    }
  }

  /// A datagram socket keeps the descriptor while nobody has it: the sender is dead by then.
  @Test func aMemfdRegionOutlivesTheProcessThatSentIt() async throws {
    let folder = try ScratchFolder()
    let path = folder.file("socket")
    let socket = try #require(unixSocket(at: path, binding: true))
    defer { close(socket) }
    await #expect(processExitsWith: .success) { [path = path as String] in
      let region = try SharedRegion.create(
        .memfd, byteCount: 4096, contents: .streamRing(layoutHash: 5))
      region.payload.storePayload(42, at: 8)
      let socket = try #require(unixSocket(at: path, binding: false))
      try region.send(over: socket)
    }
    let region = try SharedRegion.receive(from: socket, contents: .streamRing(layoutHash: 5))
    #expect(region.backing == .memfd)
    #expect(region.withPayload { $0.loadPayload(at: 8) } == 42)
  }

  @Test func aSealedRegionCannotBeResizedByAnyone() throws {
    let region = try SharedRegion.create(.memfd, byteCount: 4096)
    for byteCount in [0, 4096, 1 << 20] {
      #expect(ftruncate(region.descriptor, off_t(byteCount)) == -1 && errno == EPERM)
    }
    let twin = try SharedRegion.adopt(descriptor: dup(region.descriptor))
    twin.payload.storePayload(3, at: 0)
    #expect(region.payload.loadPayload(at: 0) == 3)
    #expect(twin.superblock == region.superblock)
  }

  @Test func unsealedDescriptorsAreNotAdopted() throws {
    let folder = try ScratchFolder()
    let region = try SharedRegion.create(.file(path: folder.file("region")), byteCount: 4096)
    let ordinary = dup(region.descriptor)
    #expect(
      failure { () throws(RegionError) in try SharedRegion.adopt(descriptor: ordinary) }
        == .missingSeals("descriptor \(ordinary)"))
    #expect(
      failure { () throws(RegionError) in try SharedRegion.adopt(descriptor: -1) }
        == .missingSeals("descriptor -1"))
    let unsealed = platform_memfd_create("test", 0)
    try #require(ftruncate(unsealed, off_t(region.byteCount)) == 0)
    #expect(
      failure { () throws(RegionError) in try SharedRegion.adopt(descriptor: unsealed) }
        == .missingSeals("descriptor \(unsealed)"))
  }

  @Test func messagesWithoutADescriptorAreRefused() throws {
    var ends: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    defer { close(ends[0]) }
    try #require(write(ends[1], [82], 1) == 1)
    #expect(
      failure { () throws(RegionError) in try SharedRegion.receive(from: ends[0]) }
        == .system("memfd region", SystemError("recvmsg", code: EBADMSG)))
    close(ends[1])
    #expect(
      failure { () throws(RegionError) in try SharedRegion.receive(from: ends[0]) }
        == .system("memfd region", SystemError("recvmsg", code: ECONNRESET)))
    #expect(
      failure { () throws(RegionError) in
        try SharedRegion.create(.anonymous, byteCount: 1).send(over: ends[0])
      } == .notOpenable("anonymous region"))
  }

  @Test func aRegionCutShortReadsZerosAndSaysSo() throws {
    let folder = try ScratchFolder()
    let name = uniqueSharedName()
    let path = folder.file("region")
    let page = SharedRegion.pageByteCount
    for (backing, file) in [
      (RegionBacking.shm(name: name), "/dev/shm" + name), (.file(path: path), path),
    ] {
      let region = try SharedRegion.create(backing, byteCount: 64 * page)
      for index in 0..<64 { region.payload.storePayload(7, at: index * page) }
      try #require(truncate(file, off_t(region.superblock.payloadOffset + 8 * page)) == 0)
      #expect(region.truncatedBytes == 0)
      #expect(region.payload.loadPayload(at: 40 * page) == 0)
      #expect(region.truncatedBytes == 24 * page)
      region.payload.storePayload(9, at: 41 * page)
      for index in (8..<40).reversed() {
        #expect(region.payload.loadPayload(at: index * page) == 0)
      }
      #expect(region.payload.loadPayload(at: 41 * page) == 9, "what was written stays")
      #expect(region.truncatedBytes == 56 * page)
      for index in 0..<8 { #expect(region.payload.loadPayload(at: index * page) == 7) }
      try region.destroy()
    }
  }

  /// The guard chains: a fault outside its ranges still ends the process as it would have.
  @Test func aFaultOutsideEveryRegionStillEndsTheProcess() async throws {
    await #expect(processExitsWith: .signal(SIGBUS)) {
      let folder = try ScratchFolder()
      let path = folder.file("region")
      let region = try SharedRegion.create(.file(path: path), byteCount: 4096)
      let unguarded = try Mapping(descriptor: region.descriptor, byteCount: region.byteCount)
      try #require(truncate(path, 0) == 0)
      try #require(region.payload.loadPayload(at: 0) == 0)
      unlink(path)
      rmdir(folder.path)
      _ = unguarded.memory.loadPayload(at: 0)
    }
  }

  @Test func moreRegionsThanAreGuardedAreRefusedByNameAndLimit() async throws {
    await #expect(processExitsWith: .success) {
      let folder = try ScratchFolder()
      let backing = RegionBacking.file(path: folder.file("region"))
      var regions = [try SharedRegion.create(backing, byteCount: 1)]
      while regions.count < TruncationGuard.capacity {
        regions.append(try SharedRegion.open(backing))
      }
      #expect(
        failure { () throws(RegionError) in try SharedRegion.open(backing) }
          == .tooManyRegions(backing.description, most: TruncationGuard.capacity))
      regions.removeLast()
      regions.append(try SharedRegion.open(backing))
    }
  }

  @Test func inspectionDescribesWithoutMapping() throws {
    let folder = try ScratchFolder()
    let path = folder.file("region")
    let region = try SharedRegion.create(
      .file(path: path), byteCount: 4096, contents: .streamRing(layoutHash: 0xABC))
    region.publishIdentity(
      RegionIdentity(
        epoch: 3, agent: .current, controller: ProcessIdentity(pid: 1, startTimeTicks: 99)))
    let inspection = try RegionInspection(.file(path: path))
    #expect(inspection.superblock == region.superblock)
    #expect(try inspection.identity == region.currentIdentity())
    let text = inspection.description
    for part in [
      path, "1.0", "stream ring, layout 0xabc", "(this one)", "mode 0600",
      "\(getpid()) (started", "running", "1 (started at tick 99), gone",
      region.superblock.session.description,
    ] { #expect(text.contains(part), "\(part) in:\n\(text)") }
    try patch(path, at: 128, [UInt8](repeating: 0xFF, count: 256))
    #expect(try RegionInspection(.file(path: path)).description.contains("neither slot is valid"))
    try patch(path, at: 64, [1, 2, 3, 4, 5, 6, 7, 8])
    guard
      case .checksumMismatch? = failure({ () throws(RegionError) in
        try RegionInspection(.file(path: path))
      })
    else {
      Issue.record("a damaged header was described")
      return
    }
  }
}

/// A datagram socket that listens at a path, or one connected to it.
private func unixSocket(at path: String, binding: Bool) -> Int32? {
  let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  let size = socklen_t(MemoryLayout<sockaddr_un>.size)
  let result = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      binding ? bind(descriptor, $0, size) : connect(descriptor, $0, size)
    }
  }
  return descriptor >= 0 && result == 0 ? descriptor : nil
}
