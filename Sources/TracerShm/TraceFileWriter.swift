// The output of a drain: one block per frame, written from the ring in place by one `writev`.
//
// Belongs to one thread of one process. A frame is the output's once `write` has returned: a kill
// of this process at any moment leaves whole blocks and at most one incomplete one, the last,
// which a successor cuts off. A write that fails takes its bytes back. With `synchronisesFrames`
// the disk has a frame before `write` returns.
//
// Checksums are taken from the ring before the bytes are written from it: an agent that changes
// bytes of a ring it has handed over spoils its own frame, which readers then report. A controller
// that does not trust its agents drains copying.

import Glibc
public import HardwareMemory
public import TracerCore

/// How a trace file is written.
public struct TraceFileOptions: Sendable {
  /// Checksum records. Costs about a nanosecond for 32 bytes.
  public var checksumsRecords = true
  /// Begin a new file before this one gets longer than so many bytes; `nil`: never.
  public var rotateByteCount: Int?
  /// How many files a rotation keeps, the one being written included; two at least.
  public var keptFiles = 2
  /// Wait for the disk at every frame: what was drained survives a power cut.
  public var synchronisesFrames = false
  /// The mode bits of new files.
  public var permissions: UInt32 = 0o600
  /// Called when the disk has everything written so far: see `RegionOptions.didSynchronise`.
  package var didSynchronise: (@Sendable () -> Void)?

  /// Options with their defaults.
  public init() {}
}

/// A trace file being written.
public final class TraceFileWriter: LaneOutput {
  /// The memory that frames come from.
  public typealias Memory = HardwareMemory

  /// Where the file is.
  public let path: String
  /// The region whose records are written.
  public let session: UniqueID
  /// How it is written.
  public let options: TraceFileOptions
  /// The last account of every lane that is in the output: what a controller resumes from.
  public internal(set) var accounts: [LaneIdentifier: LaneAccount] = [:]
  /// Bytes written by this writer, headers included and all files together.
  public internal(set) var writtenBytes: UInt64 = 0
  /// Bytes of an incomplete block that was cut off when the file was resumed.
  public internal(set) var truncatedBytes = 0
  /// The newest owner known of each slot, which every new file of a rotation begins with.
  var threads: [Int: TraceThread] = [:]
  var descriptor: Int32
  /// Against other writers.
  var lock: RegionLock?
  /// Where the next block goes.
  var position: Int
  var number: UInt64
  /// Whether this file holds a frame: without one it is not left for another.
  var hasFrames = false
  /// Whether the disk may not have the names that the last rotation gave.
  var hasUnconfirmedNames = false
  /// Where the files' names are.
  var folder: String
  /// Whether bytes stand behind `position` that could not be cut off.
  private var hasLeftovers = false
  /// The monotonic clock, in whole seconds, when a clock block was written last.
  private var clockSecond = 0

  init(
    path: String, session: UniqueID, options: TraceFileOptions, descriptor: Int32, position: Int,
    number: UInt64
  ) {
    self.path = path
    folder = BackingObject.split(path).folder
    self.session = session
    self.options = options
    self.descriptor = descriptor
    self.position = position
    self.number = number
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  /// Writes a frame with its records. One system call unless a clock is due or a file is full.
  public func write(
    _ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>
  ) throws(TraceFileError) {
    try rotateIfNeeded(for: frame.byteCount)
    let start = position
    try writeClockIfDue()
    try records.memory.withPayload(at: records.offset, byteCount: records.byteCount) {
      (span) throws(TraceFileError) in
      try span.withUnsafeBytes { (bytes) throws(TraceFileError) in
        let checksum = options.checksumsRecords ? TraceBlockHeader.checksum(of: bytes) : 0
        try append(
          TraceBlockHeader(
            kind: .frame, payloadByteCount: bytes.count, payloadChecksum: checksum, frame: frame),
          bytes)
      }
    }
    if options.synchronisesFrames {
      do throws(TraceFileError) { try synchronise() } catch {
        // The ring stays where it is and comes again, with a clock: the disk may lack that too.
        takeBack(to: start)
        clockSecond = 0
        throw error
      }
    }
    hasFrames = true
    accounts[frame.lane] = frame.account
  }

  /// Writes who owns a thread slot. Every later file of a rotation begins with it too.
  public func write(_ thread: TraceThread) throws(TraceFileError) {
    try append(.thread, .thread(thread))
    threads[thread.slot] = thread
  }

  /// Writes names of addresses.
  public func write(symbols: [TraceSymbol]) throws(TraceFileError) {
    // In blocks that a reader can hold.
    let mostSymbols = 1 << 16
    for start in stride(from: 0, to: symbols.count, by: mostSymbols) {
      let part = symbols[start..<min(start + mostSymbols, symbols.count)]
      try append(.symbols, .symbols(part))
    }
  }

  /// Waits until the disk has everything written so far.
  public func synchronise() throws(TraceFileError) {
    guard fdatasync(descriptor) == 0 else { throw .system(path, SystemError("fdatasync")) }
    options.didSynchronise?()
  }

  /// Ends the file with the clocks and closes it.
  public func close() throws(TraceFileError) {
    guard descriptor >= 0 else { return }
    defer {
      Glibc.close(descriptor)
      descriptor = -1
      lock = nil
    }
    try append(.clock, .clock(.now()))
    if options.synchronisesFrames { try synchronise() }
  }

  /// A pair of clocks every second, so that a reader knows the counter's rate, also of a file that
  /// was never closed.
  private func writeClockIfDue() throws(TraceFileError) {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
    guard now.tv_sec != clockSecond else { return }
    clockSecond = now.tv_sec
    try append(.clock, .clock(.now()))
  }

  func append(_ kind: TraceBlockKind, _ payload: TracePayload) throws(TraceFileError) {
    try payload.bytes.span.bytes.withUnsafeBytes { (bytes) throws(TraceFileError) in
      try append(
        TraceBlockHeader(
          kind: kind, payloadByteCount: bytes.count,
          payloadChecksum: TraceBlockHeader.checksum(of: bytes)),
        bytes)
    }
  }

  /// Writes one block at the end of the file, all of it or, after an error, nothing.
  func append(
    _ header: TraceBlockHeader, _ payload: UnsafeRawBufferPointer
  ) throws(TraceFileError) {
    if hasLeftovers {
      takeBack(to: position)
      if hasLeftovers { throw .system(path, SystemError("ftruncate")) }
    }
    var words = InlineArray<20, UInt64>(repeating: 0)
    header.encode(into: &words)
    let error = words.span.bytes.withUnsafeBytes { bytes in
      TraceFileWriter.write(descriptor, bytes, payload)
    }
    if let error {
      takeBack(to: position)
      throw .system(path, error)
    }
    let count = TraceFileLayout.Block.byteCount + payload.count
    position += count
    writtenBytes &+= UInt64(count)
  }

  /// What was written behind a place goes again; the successor of a writer that is killed before
  /// this cuts off an incomplete block itself. Where it fails, it is tried again before the next
  /// block: what is left could be taken for blocks.
  private func takeBack(to place: Int) {
    position = place
    hasLeftovers =
      lseek(descriptor, off_t(place), SEEK_SET) < 0 || ftruncate(descriptor, off_t(place)) != 0
  }

  /// Writes two stretches one after the other; interrupted and short writes go on.
  static func write(
    _ descriptor: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
  ) -> SystemError? {
    var done = 0
    let total = first.count + second.count
    while done < total {
      let rest = UnsafeRawBufferPointer(rebasing: first[min(done, first.count)...])
      let more = UnsafeRawBufferPointer(rebasing: second[max(0, done - first.count)...])
      let parts: InlineArray<2, iovec> = [vector(rest), vector(more)]
      let count = parts.span.withUnsafeBufferPointer { writev(descriptor, $0.baseAddress, 2) }
      if count < 0, errno == EINTR { continue }
      // No progress without an error: a device that takes nothing.
      guard count > 0 else { return SystemError("writev", code: count < 0 ? errno : EIO) }
      done += count
    }
    return nil
  }

  private static func vector(_ bytes: UnsafeRawBufferPointer) -> iovec {
    // `writev` reads from it only.
    iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
  }
}
