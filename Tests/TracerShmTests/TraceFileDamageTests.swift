// A trace file that somebody changed: damage is named, and what stands behind it is read.

import Glibc
import HardwareMemory
import Testing
import TracerCore

@testable import TracerShm

@Suite struct TraceFileDamageTests {
  private let session = UniqueID.random()

  /// A file of several frames, and where each block begins.
  private func prepared(_ path: String) throws {
    let fixture = try TraceLanes()
    var output = try TraceFileWriter(creating: path, session: session)
    var writer = fixture.writer()
    var reader = LaneReader(fixture.lanes.lane(0, .index))
    for _ in 0..<6 {
      writer.writeNumbered(8)
      while try reader.drainNext(into: &output) {}
    }
    _ = try reader.drainActive(into: &output)
    try output.close()
  }

  @Test func aChangedByteIsFoundWhereverItIsAndCostsOneBlockAtMost() throws {
    let folder = try ScratchFolder()
    let path = folder.file("trace")
    try prepared(path)
    let bytes = try read(path)
    #expect(try TraceContents(path).sequences == Array(0..<48))
    // Every fifth byte: in turn every byte of the words that everything is made of.
    for offset in stride(from: TraceFileLayout.Header.byteCount, to: bytes.count, by: 5) {
      var changed = bytes
      changed[offset] ^= 0x41
      try write(changed[...], to: path)
      let contents = try TraceContents(path)
      expect(contents.damage.count == 1, "byte \(offset): \(contents.damage)")
      expect(contents.sequences.count >= 40 && contents.mismatches == 0, "byte \(offset)")
    }
  }

  @Test func whatIsNoTraceFileIsNamed() throws {
    let folder = try ScratchFolder()
    let path = folder.file("trace")
    try prepared(path)
    let bytes = try read(path)
    func refusal(_ bytes: [UInt8]) throws -> TraceFileError? {
      try write(bytes[...], to: path)
      do throws(TraceFileError) {
        _ = try TraceFileReader(path)
        return nil
      } catch { return error }
    }
    #expect(try refusal([]) == .notATraceFile(path))
    #expect(try refusal(Array(bytes.prefix(127))) == .notATraceFile(path))
    var changed = bytes
    changed[7] = UInt8(ascii: "2")
    let version = UInt16(UInt8(ascii: "0")) | UInt16(UInt8(ascii: "2")) << 8
    #expect(try refusal(changed) == .unsupportedVersion(path, found: version))
    #expect(
      "\(TraceFileError.unsupportedVersion("F", found: version))".contains("version 02, not 01"))
    changed[7] = 0xFF
    #expect("\(try #require(try refusal(changed)))".contains("0xff30"))
    changed = bytes
    changed[0] = 0
    #expect(try refusal(changed) == .notATraceFile(path))
    changed = bytes
    changed.replaceSubrange(8..<16, with: bytes[8..<16].reversed())
    #expect(try refusal(changed) == .foreignByteOrder(path))
    changed = bytes
    changed[40] ^= 1
    guard case .damagedHeader = try refusal(changed) else {
      Issue.record("a damaged header is told")
      return
    }
    #expect(throws: TraceFileError.notARegularFile(folder.path)) {
      _ = try TraceFileReader(folder.path)
    }
  }

  @Test func resumingRefusesAnotherSessionAnotherWriterAndAnExistingFile() throws {
    let folder = try ScratchFolder()
    let path = folder.file("trace")
    try prepared(path)
    let other = UniqueID.random()
    #expect(throws: TraceFileError.foreignSession(path, found: session, expected: other)) {
      _ = try TraceFileWriter(resuming: path, session: other)
    }
    #expect(throws: TraceFileError.alreadyExists(path)) {
      _ = try TraceFileWriter(creating: path, session: session)
    }
    let first = try TraceFileWriter(resuming: path, session: session)
    #expect(throws: TraceFileError.inUse(path)) {
      _ = try TraceFileWriter(resuming: path, session: session)
    }
    try first.close()
  }

  @Test func mutatedFilesAreReadToTheirEnd() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SplitMix(seed: seed)
    let folder = try ScratchFolder()
    let path = folder.file("trace")
    try prepared(path)
    let bytes = try read(path)
    for round in 0..<400 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let offset = Int.random(in: 128..<bytes.count, using: &random)
        changed[offset] = .random(in: 0 ... .max, using: &random)
      }
      let cut = Int.random(in: 128...changed.count, using: &random)
      try write(changed.prefix(cut), to: path)
      let contents = try TraceContents(path)
      let covered = contents.damage.reduce(0) { $0 + $1.byteCount }
      expect(
        covered <= cut && contents.mismatches == 0 && contents.sequences.count <= 48,
        "seed \(seed), round \(round): \(contents)")
    }
  }
}

/// A generator whose sequence a seed replays.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// The bytes of a file.
func read(_ path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: size(path))
  try #require(read(descriptor, &bytes, bytes.count) == bytes.count)
  return bytes
}

/// Replaces a file.
func write(_ bytes: ArraySlice<UInt8>, to path: String) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  try #require(count == bytes.count)
}
