// Outputs that fail, and outputs that wait for the disk: a ring is given back only when its frame
// is where it is to be, and whatever fails leaves region and files as they were.

import Glibc
import HardwareMemory
import Testing

@testable import TracerCore
@testable import TracerShm

/// Writes to a file, and looks at the ring whenever a frame is in it.
private struct WatchedOutput: LaneOutput {
  typealias Memory = HardwareMemory
  let file: TraceFileWriter
  let lanes: Lanes<HardwareMemory>
  /// Frames whose ring was given back before they were in the file.
  var early = 0
  var frames = 0

  mutating func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(TraceFileError) {
    try file.write(frame, records)
    frames += 1
    if isGivenBack(frame) { early += 1 }
  }

  /// Whether the ring of a frame is marked as drained, or last on the free queue.
  func isGivenBack(_ frame: LaneFrame) -> Bool {
    let lane = lanes.lane(frame.lane.slot, frame.lane.kind)
    let ring = (0..<lane.geometry.ringCount).first {
      lane.ring($0).loadGeneration() == frame.generation
    }
    guard let ring else { return true }
    return lane.ring(ring).loadDrained() == frame.generation
      || lane.freeProducer().latest
        == RingTicket(index: UInt64(ring), generation: frame.generation)
  }
}

/// Takes nothing.
private struct FullDisk: LaneOutput {
  typealias Memory = HardwareMemory
  func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(TraceFileError) {
    throw .system("disk", SystemError("writev", code: ENOSPC))
  }
}

@Suite struct OutputFailureTests {
  private let session = UniqueID.random()

  /// An output whose `write` waits for the disk.
  private func fileOnTheDisk(for fixture: borrowing TracerFixture) throws -> TraceFileWriter {
    var options = TraceFileOptions()
    options.synchronisesFrames = true
    return try TraceFileWriter(
      creating: fixture.folder.file("out"), session: fixture.region.region.superblock.session,
      options: options)
  }

  private func fill(_ thread: inout AgentThread, _ values: Range<UInt64>) {
    for value in values { _ = thread.writeIndex(type: 1, timestamp: 0, value, 0) }
  }

  @Test func aRingThatSurvivesAPowerCutIsGivenBackAfterItsOutputIsOnTheDisk() throws {
    let fixture = try TracerFixture(.file, sync: .everyRing)
    let file = try fileOnTheDisk(for: fixture)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    fill(&thread, 0..<9)
    var output = WatchedOutput(file: file, lanes: fixture.region.lanes)
    let report = try controller.drain(into: &output)
    expect(report.syncedRings == 2 && output.frames == 2 && output.early == 0)
    thread.detach()
    controller.close()
  }

  /// The disk refuses to confirm: what was written is taken back, and the ring comes again.
  @Test func aSyncThatFailsKeepsTheRingAndTheRecordsAreThereOnce() throws {
    let fixture = try TracerFixture(.file, sync: .everyRing)
    let file = try fileOnTheDisk(for: fixture)
    var controller = try Controller(fixture.region)
    var thread = try Agent(fixture.region).attachThread()
    fill(&thread, 0..<9)
    let start = file.position
    // A pipe takes the bytes and cannot be brought to any disk.
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let good = file.descriptor
    file.descriptor = ends[1]
    var output = WatchedOutput(file: file, lanes: fixture.region.lanes)
    var failure: TraceFileError?
    do { _ = try controller.drain(into: &output) } catch { failure = error as? TraceFileError }
    #expect(failure == .system(file.path, SystemError("fdatasync", code: EINVAL)))
    expect(output.frames == 0)
    let lane = fixture.region.lanes.lane(0, .index)
    for ring in 0..<2 { expect(lane.ring(ring).loadDrained() != lane.ring(ring).loadGeneration()) }
    // The frame was taken back, and the clock before it.
    expect(file.accounts.isEmpty && file.position == start)
    file.descriptor = good
    close(ends[0])
    close(ends[1])
    expect(try controller.drain(into: &output).pass.rings == 2)
    try file.close()
    let contents = try TraceContents(file.path)
    expect(contents.sequences == Array(0..<8) && contents.damage == [] && contents.clocks >= 2)
    thread.detach()
    controller.close()
  }

  @Test func aRotationThatFailsLeavesBothNamesAndTheWriterGoesOn() throws {
    let folder = try ScratchFolder()
    let path = folder.file("trace")
    let fixture = try TraceLanes()
    var options = TraceFileOptions()
    options.rotateByteCount = 1024
    var output = try TraceFileWriter(creating: path, session: session, options: options)
    var writer = fixture.writer()
    var reader = LaneReader(fixture.lanes.lane(0, .index))
    // A name that a file cannot take.
    try #require(mkdir(path + ".0", 0o700) == 0)
    var failures = 0
    var written: UInt64 = 0
    while failures == 0, written < 200 {
      writer.writeNumbered(8)
      written += 8
      do { while try reader.drainNext(into: &output) {} } catch { failures += 1 }
    }
    #expect(failures == 1)
    #expect(folder.names.sorted() == ["trace", "trace.0"])
    try #require(rmdir(path + ".0") == 0)
    while try reader.drainNext(into: &output) {}
    _ = try reader.drainActive(into: &output)
    try output.close()
    var contents = TraceContents()
    for file in TraceFileReader.files(of: path) {
      var reader = try TraceFileReader(file)
      try contents.add(&reader)
    }
    #expect(contents.sequences == Array(0..<written) && contents.damage == [])
    #expect(folder.names.sorted() == ["trace", "trace.0"])
  }

  /// The disk does not confirm the names of a rotation: the full file stays what it is.
  @Test func aRotationWhoseNamesAreNotConfirmedLosesNoFile() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("trace")
    let fixture = try TraceLanes()
    var options = TraceFileOptions()
    options.rotateByteCount = 1024
    options.keptFiles = 100
    options.synchronisesFrames = true
    var output = try TraceFileWriter(creating: path, session: session, options: options)
    let folder = output.folder
    output.folder = scratch.file("gone")
    var writer = fixture.writer()
    var reader = LaneReader(fixture.lanes.lane(0, .index))
    var failures = 0
    var written: UInt64 = 0
    while failures == 0, written < 200 {
      writer.writeNumbered(8)
      written += 8
      do { while try reader.drainNext(into: &output) {} } catch { failures += 1 }
    }
    let full = size(path + ".0")
    // Again, and nothing is written or renamed.
    #expect(throws: LaneDrainError<TraceFileError>.self) {
      while try reader.drainNext(into: &output) {}
    }
    #expect(failures == 1 && output.number == 1 && size(path + ".0") == full)
    #expect(scratch.names.sorted() == ["trace", "trace.0"])
    output.folder = folder
    while try reader.drainNext(into: &output) {}
    _ = try reader.drainActive(into: &output)
    try output.close()
    var contents = TraceContents()
    for file in TraceFileReader.files(of: path) {
      var reader = try TraceFileReader(file)
      try contents.add(&reader)
    }
    #expect(contents.sequences == Array(0..<written) && contents.damage == [])
  }

  @Test(arguments: RegionKind.allCases)
  func aRegionWhoseLastOutputFailsStays(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    let region = fixture.region
    var thread = try Agent(region).attachThread()
    fill(&thread, 0..<9)
    thread.detach()
    var full = FullDisk()
    #expect(throws: TraceFileError.self) { try Controller(region).destroyDrained(into: &full) }
    if kind == .shm || kind == .file { _ = try fixture.reopened() }
    // It lets threads in again, and nothing is lost.
    try Agent(region).attachThread().detach()
    var output = KeptFrames()
    let last = try Controller(region, resuming: [:])
    try last.destroyDrained(into: &output)
    expect(output.values[firstIndex] == Array(0..<9))
    if kind == .shm || kind == .file {
      #expect(throws: TracerError.self) { _ = try fixture.reopened() }
    }
  }
}
