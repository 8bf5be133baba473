// The trace file: what a drain writes is what a reader reads, once each, whatever happened to the
// writer or to the file in between.

import Glibc
import HardwareMemory
import Testing
import TracerCore

@testable import TracerShm

@Suite struct TraceFileTests {
  private let session = UniqueID.random()

  @Test func layoutHasNoGapsAndMatchesItsTable() {
    for (fields, byteCount) in [
      (TraceFileLayout.Header.fields, TraceFileLayout.Header.byteCount),
      (TraceFileLayout.Block.fields, TraceFileLayout.Block.byteCount),
    ] {
      var end = 0
      for field in fields {
        #expect(field.offset == end, "\(field.name)")
        end += field.byteCount
      }
      #expect(end == byteCount)
    }
    withUnsafeBytes(of: TraceFileLayout.magic) { #expect($0.elementsEqual("TRCOUT01".utf8)) }
    withUnsafeBytes(of: TraceFileLayout.blockMark) { #expect($0.elementsEqual("TRCBLOCK".utf8)) }
  }

  @Test(arguments: [true, false])
  func drainedRecordsAreReadBackInOrder(checksums: Bool) throws {
    let folder = try ScratchFolder()
    let path = folder.file("trace")
    let fixture = try TraceLanes()
    var options = TraceFileOptions()
    options.checksumsRecords = checksums
    var output = try TraceFileWriter(creating: path, session: session, options: options)
    var writer = fixture.writer()
    var reader = LaneReader(fixture.lanes.lane(0, .index))
    for _ in 0..<20 {
      writer.writeNumbered(11)
      while try reader.drainNext(into: &output) {}
      _ = try reader.drainActive(into: &output)
    }
    let thread = TraceThread(
      slot: 0, slotEpoch: 0, process: .current, thread: 5, name: "main")
    try output.write(thread)
    try output.write(symbols: [TraceSymbol(address: 16, name: "naïve")])
    #expect(output.accounts[reader.lane.identifier] == reader.account)
    try output.close()
    let contents = try TraceContents(path)
    #expect(contents.sequences == Array(0..<220))
    #expect(contents.mismatches == 0 && contents.damage == [])
    #expect(contents.threads == [thread])
    #expect(contents.symbols == [TraceSymbol(address: 16, name: "naïve")])
    #expect(contents.clocks >= 1)
    #expect(contents.accounts[reader.lane.identifier] == reader.account)
    #expect(output.writtenBytes == UInt64(size(path)))
  }

  /// Cut off at every byte, as a kill in the middle of a write leaves it, and resumed.
  @Test func resumedBehindTheLastWholeBlockEachRecordIsThereOnce() throws {
    let folder = try ScratchFolder()
    let path = folder.file("trace")
    let fixture = try TraceLanes(indexRings: 8)
    var writer = fixture.writer()
    writer.writeNumbered(50)
    let whole = folder.file("whole")
    var output = try TraceFileWriter(creating: whole, session: session)
    var reader = LaneReader(fixture.lanes.lane(0, .index))
    // Read while active: takes nothing off a queue, so that it can be read again below.
    _ = try reader.drainActive(into: &output)
    let bytes = try read(whole)
    #expect(bytes.count > 160)
    for length in 0..<bytes.count {
      if length > 0, length < TraceFileLayout.Header.byteCount { continue }
      try write(bytes.prefix(length), to: path)
      var resumed = try TraceFileWriter(resuming: path, session: session)
      let identifier = reader.lane.identifier
      var successor = LaneReader(
        fixture.lanes.lane(0, .index), resuming: resumed.accounts[identifier] ?? LaneAccount())
      _ = try successor.drainActive(into: &resumed)
      let contents = try TraceContents(path)
      expect(contents.sequences == Array(0..<8) && contents.mismatches == 0, "cut at \(length)")
      expect(contents.damage == [], "cut at \(length)")
    }
  }

  @Test func rotationKeepsTheNewestFilesAndTheAccounts() throws {
    let folder = try ScratchFolder()
    let path = folder.file("trace")
    let fixture = try TraceLanes(threadSlots: 2)
    var options = TraceFileOptions()
    options.rotateByteCount = 4096
    options.keptFiles = 3
    var output = try TraceFileWriter(creating: path, session: session, options: options)
    // A lane that has its say in the first file only.
    var early = fixture.writer(slot: 1)
    early.writeNumbered(3)
    var earlyReader = LaneReader(fixture.lanes.lane(1, .index))
    _ = try earlyReader.drainActive(into: &output)
    let thread = TraceThread(slot: 1, slotEpoch: 0, process: .current, thread: 9)
    try output.write(thread)
    var writer = fixture.writer()
    var reader = LaneReader(fixture.lanes.lane(0, .index))
    for _ in 0..<200 {
      writer.writeNumbered(8)
      while try reader.drainNext(into: &output) {}
    }
    _ = try reader.drainActive(into: &output)
    try output.close()
    let files = TraceFileReader.files(of: path)
    #expect(files.count == 3 && files.last == path)
    #expect(folder.names.count == 3, "\(folder.names)")
    var contents = TraceContents()
    for file in files {
      #expect(size(file) <= 4096 + 300)
      var reader = try TraceFileReader(file)
      try contents.add(&reader)
    }
    #expect(contents.damage == [] && contents.mismatches == 0)
    let newest = contents.sequences.suffix(100)
    #expect(Array(newest) == Array(1500..<1600))
    #expect(zip(contents.sequences, contents.sequences.dropFirst()).allSatisfy { $1 == $0 + 1 })
    #expect(contents.threads.contains(thread))
    let resumed = try TraceFileWriter(resuming: path, session: session, options: options)
    #expect(resumed.accounts[earlyReader.lane.identifier] == earlyReader.account)
    #expect(resumed.accounts[reader.lane.identifier] == reader.account)
  }

  @Test func killedBetweenTheRenamingsOfARotationTheNewestFullFileGoesOn() throws {
    let folder = try ScratchFolder()
    let path = folder.file("trace")
    let fixture = try TraceLanes()
    var output = try TraceFileWriter(creating: path, session: session)
    var writer = fixture.writer()
    writer.writeNumbered(4)
    var reader = LaneReader(fixture.lanes.lane(0, .index))
    _ = try reader.drainActive(into: &output)
    try output.close()
    try #require(rename(path, path + ".12") == 0)
    let resumed = try TraceFileWriter(resuming: path, session: session)
    #expect(resumed.accounts[reader.lane.identifier] == reader.account)
    #expect(folder.names == ["trace"])
  }

  @Test func aWriteThatFailsTakesItsBytesBack() throws {
    let folder = try ScratchFolder()
    let path = folder.file("trace")
    let fixture = try TraceLanes()
    var output = try TraceFileWriter(creating: path, session: session)
    var writer = fixture.writer()
    writer.writeNumbered(4)
    var reader = LaneReader(fixture.lanes.lane(0, .index))
    // A descriptor that cannot be written, as a full disk would be.
    let good = output.descriptor
    output.descriptor = open(path, O_RDONLY)
    #expect(throws: LaneDrainError<TraceFileError>.self) {
      try reader.drainActive(into: &output)
    }
    close(output.descriptor)
    output.descriptor = good
    #expect(try reader.drainActive(into: &output))
    try output.close()
    #expect(try TraceContents(path).sequences == [0, 1, 2, 3])
  }
}
