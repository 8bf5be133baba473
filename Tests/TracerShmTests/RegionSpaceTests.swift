// A lack of space or memory is an error at creation, and leaves nothing behind.

import Glibc
import HardwareMemory
import Testing

@testable import TracerShm

@Suite struct RegionSpaceTests {
  /// More than any file system here has; refused at once, since it exceeds its total size.
  private let tooMuch = 1 << 45

  @Test func fullSharedMemoryIsFoundAtCreation() throws {
    let name = uniqueSharedName()
    let error = failure { () throws(RegionError) in
      try SharedRegion.create(.shm(name: name), byteCount: tooMuch)
    }
    guard case .noSpace(name, _, let system)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(system.operation == "posix_fallocate")
    #expect(!folderNames("/dev/shm").contains { $0.contains(name.dropFirst()) })
  }

  @Test func fullDiskIsFoundAtCreationAndNothingIsLeft() throws {
    let folder = try ScratchFolder()
    let mounted = try run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.path])
    guard mounted.code == 0 else {
      print("skipped: mounting a small file system needs root (mount exited \(mounted.code))")
      return
    }
    // Detached, since regions of a test that failed half-way may still be mapped.
    defer { umount2(folder.path, Int32(MNT_DETACH)) }
    let path = folder.file("region")
    let small = try SharedRegion.create(.file(path: path), byteCount: 4096)
    let second = folder.file("second")
    #expect(
      failure { () throws(RegionError) in
        try SharedRegion.create(.file(path: second), byteCount: 60 << 10)
      }
        == .noSpace(
          second, byteCount: (60 << 10) + SharedRegion.pageByteCount,
          SystemError("posix_fallocate", code: ENOSPC)))
    #expect(folder.names == ["region"])
    // A file with a hole that the disk cannot fill is refused when it is opened.
    let third = folder.file("third")
    try small.destroy()
    let sparse = try SharedRegion.create(.file(path: third), byteCount: 40 << 10)
    let filler = folder.file("filler")
    try #require(truncate(third, 4096) == 0 && truncate(third, off_t(sparse.byteCount)) == 0)
    _ = try run(["dd", "if=/dev/zero", "of=\(filler)", "bs=4096", "count=16", "status=none"])
    let error = failure { () throws(RegionError) in try SharedRegion.open(.file(path: third)) }
    guard case .noSpace(third, _, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    unlink(third)
    unlink(filler)
  }

  @Test func memoryThatIsNotThereIsRefusedInsteadOfTheProcessKilled() throws {
    var options = RegionOptions()
    options.prefault = true
    // Anonymous memory first, which the kernel refuses as well: should the check be broken, the
    // test ends there, before a memfd fills the machine.
    for backing in [RegionBacking.anonymous, .memfd] {
      let error = failure { () throws(RegionError) in
        try SharedRegion.create(backing, byteCount: tooMuch, options: options)
      }
      guard case .insufficientMemory? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func anyFailureAfterTheFileIsMadeRemovesIt() throws {
    let folder = try ScratchFolder()
    var options = RegionOptions()
    options.numaNode = 1000
    let name = uniqueSharedName()
    let backings: [RegionBacking] = [
      .anonymous, .memfd, .shm(name: name), .file(path: folder.file("region")),
    ]
    for backing in backings {
      let error = failure { () throws(RegionError) in
        try SharedRegion.create(backing, byteCount: 1, options: options)
      }
      guard case .numaBindingFailed(backing.description, node: 1000, _)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    #expect(folder.names.isEmpty)
    #expect(!folderNames("/dev/shm").contains { $0.contains(name.dropFirst()) })
  }

  /// In a process of its own, where nobody else opens or maps anything.
  @Test func neitherFailureNorSuccessLeaksDescriptorsOrMappings() async throws {
    await #expect(processExitsWith: .success) {
      let folder = try ScratchFolder()
      func once() {
        for backing in SharedRegionTests.everyBacking(in: folder) {
          for node in [nil, 1000] {
            var options = RegionOptions()
            options.numaNode = node
            let region = try? SharedRegion.create(backing, byteCount: 1, options: options)
            _ = try? SharedRegion.open(backing, contents: .streamRing(layoutHash: 1))
            _ = try? SharedRegion.open(backing)
            try? region?.destroy()
          }
        }
      }
      once()
      let before = (folderNames("/proc/self/fd").count, mappedBytes())
      for _ in 0..<300 { once() }
      let after = (folderNames("/proc/self/fd").count, mappedBytes())
      #expect(before.0 == after.0)
      #expect(after.1 - before.1 < 300 * 8192)
    }
  }

  @Test func optionsAreApplied() throws {
    let folder = try ScratchFolder()
    var options = RegionOptions()
    options.prefault = true
    options.lockInMemory = true
    options.hugePages = .advise
    let byteCount = 1 << 16
    for backing in SharedRegionTests.everyBacking(in: folder) {
      do throws(RegionError) {
        let region = try SharedRegion.create(backing, byteCount: byteCount, options: options)
        #expect(residentPages(of: region) == region.byteCount / SharedRegion.pageByteCount)
        #expect(mappingFlags(of: region).isSuperset(of: ["lo", "hg"]))
        try region.destroy()
      } catch {
        guard case .lockFailed = error, geteuid() != 0 else {
          Issue.record("\(error)")
          continue
        }
        print("skipped: \(error)")
      }
    }
  }

  @Test func nodeZeroIsBoundWhereTheKernelKnowsNodes() throws {
    guard access("/sys/devices/system/node/node0", F_OK) == 0 else {
      print("skipped: this kernel knows no NUMA nodes")
      return
    }
    let folder = try ScratchFolder()
    var options = RegionOptions()
    options.numaNode = 0
    options.prefault = true
    for backing in SharedRegionTests.everyBacking(in: folder) {
      let region = try SharedRegion.create(backing, byteCount: 1 << 16, options: options)
      #expect(residentPages(of: region) == region.byteCount / SharedRegion.pageByteCount)
      try region.destroy()
    }
  }

  @Test func explicitHugePagesAreHadOrRefusedByName() throws {
    let folder = try ScratchFolder()
    var options = RegionOptions()
    options.hugePages = .always
    let path = folder.file("region")
    #expect(
      failure { () throws(RegionError) in
        try SharedRegion.create(.file(path: path), byteCount: 1, options: options)
      } == .hugePagesUnsupported(path))
    for backing in [RegionBacking.anonymous, .memfd] {
      do throws(RegionError) {
        let region = try SharedRegion.create(backing, byteCount: 1, options: options)
        #expect(region.byteCount % (ProcFile.memoryFigure("Hugepagesize") ?? 1) == 0)
        region.withPayload { $0.storePayload(1, at: region.payloadByteCount - 8) }
      } catch {
        guard case .hugePagesUnavailable = error else {
          Issue.record("\(error)")
          continue
        }
        print("no huge pages here: \(error)")
      }
    }
  }
}

/// How many pages of a region are in memory, by `mincore`.
private func residentPages(of region: SharedRegion) -> Int {
  let pages = region.byteCount / SharedRegion.pageByteCount
  var present = [UInt8](repeating: 0, count: pages)
  guard
    mincore(UnsafeMutableRawPointer(bitPattern: region.mapping.address), region.byteCount, &present)
      == 0
  else { return -1 }
  return present.filter { $0 & 1 == 1 }.count
}

/// The flags that the kernel shows for a region's mapping in /proc/self/smaps.
private func mappingFlags(of region: SharedRegion) -> Set<String> {
  guard let file = fopen("/proc/self/smaps", "r") else { return [] }
  defer { fclose(file) }
  let start = String(region.mapping.address, radix: 16) + "-"
  var line = [CChar](repeating: 0, count: 4096)
  var found = false
  while fgets(&line, Int32(line.count), file) != nil {
    let text = String(
      decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if text.hasPrefix(start) { found = true }
    if found, text.hasPrefix("VmFlags:") {
      return Set(text.dropFirst(8).split(whereSeparator: \.isWhitespace).map(String.init))
    }
  }
  return []
}

/// The size of this process's address space in bytes.
private func mappedBytes() -> Int {
  let pages = (ProcFile.read("/proc/self/statm") ?? "").split(separator: " ").first
  return (pages.flatMap { Int($0) } ?? 0) * SharedRegion.pageByteCount
}
