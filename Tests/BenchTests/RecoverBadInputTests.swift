// What `inspect` and `recover` refuse: one line that names the thing, and the right exit code.

import Glibc
import HardwareMemory
import Testing
import TracerCore
import TracerShm

@Suite struct RecoverBadInputTests {
  @Test(arguments: ["inspect", "recover"], ["/etc/passwd", "/nonexistent", "/", "/dev/null"])
  func whatIsNoRegionIsNamed(command: String, path: String) throws {
    try expectRefusal([command, path], named: path)
  }

  @Test(arguments: ["inspect", "recover"])
  func aNameThatNobodyHasIsNamed(command: String) throws {
    try expectRefusal([command, "/no-such-region-\(getpid())", "--shm"], named: "/no-such-region")
    try expectRefusal([command, "no slash", "--shm"], named: "no slash")
  }

  @Test(arguments: ["inspect", "recover"])
  func aRegionOfAnotherVersionOrNoLanesIsNamed(command: String) throws {
    let folder = try Folder()
    let path = folder.file("region")
    let region = try RecoverableRegion(.file(path: path))
    region.region.payload.storePayload(0x3939_4E41_4C43_5254, at: 0)
    try expectRefusal([command, path], named: "no lanes of this version")
    let stream = folder.file("stream")
    _ = try SharedRegion.create(.file(path: stream), byteCount: 4096)
    if command == "recover" { try expectRefusal([command, stream], named: "no lanes") }
    let descriptor = open(path, O_WRONLY)
    var version: UInt32 = 9
    try #require(pwrite(descriptor, &version, 4, 16) == 4)
    close(descriptor)
    try expectRefusal([command, path], named: "version 9")
    try #require(truncate(path, 100) == 0)
    try expectRefusal([command, path], named: "100 bytes")
  }

  @Test(arguments: ["inspect", "recover"])
  func aFileThatMayNotBeReadIsNamed(command: String) throws {
    let folder = try Folder()
    let path = folder.file("region")
    _ = try RecoverableRegion(.file(path: path))
    try #require(chmod(path, 0) == 0)
    // Root may read everything: there the command runs without that right.
    try expectRefusal([command, path], named: "access denied", dropsOverride: geteuid() == 0)
  }

  @Test(arguments: ["inspect", "recover"])
  func aTraceFileOfAnotherVersionIsNamed(command: String) throws {
    let folder = try Folder()
    let path = folder.file("trace")
    try TraceFileWriter(creating: path, session: .random()).close()
    let descriptor = open(path, O_WRONLY)
    try #require(pwrite(descriptor, "TRCOUT09", 8, 0) == 8)
    close(descriptor)
    try expectRefusal([command, path], named: "version 09, not 01")
  }

  @Test func outputThatCannotBeWrittenIsNamed() throws {
    let folder = try Folder()
    let path = folder.file("region")
    try RecoverableRegion(.file(path: path)).trace(3)
    for format in ["jsonl", "binary"] {
      try expectRefusal(
        ["recover", path, "--format", format, "--output", "/nonexistent/out"], named: "/nonexistent"
      )
      try expectRefusal(["recover", path, "--format", format, "--output", path], named: path)
    }
    #expect(try bench("recover", path).code == 0, "the region was not touched")
    try expectRefusal(["recover", path, "--against", "/etc/passwd"], named: "/etc/passwd")
  }

  @Test func binaryNeedsAFile() throws {
    let outcome = try bench("recover", "/etc/passwd", "--format", "binary")
    #expect(outcome.code == 64 && outcome.errors.contains("--output"))
    let sync = try bench("recover", "/etc/passwd", "--sync")
    #expect(sync.code == 64 && sync.errors.contains("--sync goes with"))
  }

  @Test(arguments: ["inspect", "recover"])
  func aReaderThatGoesAwayIsAnErrorWithAName(command: String) throws {
    let folder = try Folder()
    let path = folder.file("region")
    try RecoverableRegion(.file(path: path)).trace(3)
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    // Gone before the other end is handed on: nobody inherits it.
    close(ends[0])
    let process = try BenchProcess([command, path], output: ends[1])
    close(ends[1])
    let outcome = process.wait()
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("standard output"), "\(outcome.errors)")
  }

  private func expectRefusal(
    _ arguments: [String], named: String, dropsOverride: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try BenchProcess(arguments, dropsOverride: dropsOverride).wait()
    #expect(outcome.code == 1, "\(arguments): \(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.output == "", sourceLocation: sourceLocation)
    #expect(outcome.errors.contains(named), "\(outcome.errors)", sourceLocation: sourceLocation)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
  }
}
