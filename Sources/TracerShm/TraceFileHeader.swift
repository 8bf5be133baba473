// The first bytes of a trace file and of each block, as values. Read, they are checked in a private
// copy before anything is used.

import TracerCore

/// What a trace file says about itself.
public struct TraceFileHeader: Equatable, Sendable {
  /// The region whose records these are.
  public var session: UniqueID
  /// The boot during which the file was begun.
  public var boot: UniqueID
  /// The file's number among those that a rotation made, from zero.
  public var number: UInt64
  /// The counter when the file was begun, and the real time.
  public var clock: TraceClock

  /// Why bytes are no header.
  enum Refusal: Error {
    case notATraceFile
    case version(UInt16)
    case foreignByteOrder
    case damaged(stored: UInt64, computed: UInt64)
  }

  /// The header as the words to write.
  func encoded() -> [UInt64] {
    typealias Layout = TraceFileLayout.Header
    var words = [UInt64](repeating: 0, count: Layout.byteCount / 8)
    words[Layout.magic / 8] = TraceFileLayout.magic
    words[Layout.byteOrder / 8] = TraceFileLayout.byteOrderMark
    words[Layout.minorVersion / 8] = TraceFileLayout.minorVersion
    words[Layout.number / 8] = number
    words[Layout.session / 8] = session.high.bigEndian
    words[Layout.session / 8 + 1] = session.low.bigEndian
    words[Layout.boot / 8] = boot.high.bigEndian
    words[Layout.boot / 8 + 1] = boot.low.bigEndian
    words[Layout.counter / 8] = clock.counter
    words[Layout.realTime / 8] = clock.realTimeNanoseconds
    words[Layout.checksum / 8] = UInt64(
      CRC32C.checksum(words: words[..<(Layout.checksum / 8)]))
    return words
  }

  /// Reads a header from a private copy of its words.
  init(decoding words: [UInt64]) throws(Refusal) {
    typealias Layout = TraceFileLayout.Header
    guard words.count == Layout.byteCount / 8, TraceFileLayout.isMagic(words[Layout.magic / 8])
    else { throw .notATraceFile }
    guard words[Layout.magic / 8] == TraceFileLayout.magic else {
      throw .version(UInt16(words[Layout.magic / 8] >> 48))
    }
    guard words[Layout.byteOrder / 8] == TraceFileLayout.byteOrderMark else {
      throw .foreignByteOrder
    }
    let stored = words[Layout.checksum / 8]
    let computed = UInt64(CRC32C.checksum(words: words[..<(Layout.checksum / 8)]))
    guard stored == computed else { throw .damaged(stored: stored, computed: computed) }
    session = UniqueID(
      high: UInt64(bigEndian: words[Layout.session / 8]),
      low: UInt64(bigEndian: words[Layout.session / 8 + 1]))
    boot = UniqueID(
      high: UInt64(bigEndian: words[Layout.boot / 8]),
      low: UInt64(bigEndian: words[Layout.boot / 8 + 1]))
    number = words[Layout.number / 8]
    clock = TraceClock(
      counter: words[Layout.counter / 8], realTimeNanoseconds: words[Layout.realTime / 8])
  }

  /// The header of a file begun now.
  init(session: UniqueID, number: UInt64) {
    self.session = session
    boot = .currentBoot()
    self.number = number
    clock = .now()
  }
}

/// A block header: what follows it, and how long it is.
struct TraceBlockHeader: Equatable {
  static let wordCount = TraceFileLayout.Block.byteCount / 8

  var kind: TraceBlockKind
  var payloadByteCount: Int
  /// CRC32C of the payload without its padding, with bit 32 set; zero where there is none.
  var payloadChecksum: UInt64
  /// What a frame is about; `nil` in other blocks.
  var frame: LaneFrame?

  /// From this header to the next.
  var byteCount: Int {
    TraceFileLayout.Block.byteCount + TraceFileLayout.padded(payloadByteCount)
  }

  init(
    kind: TraceBlockKind, payloadByteCount: Int, payloadChecksum: UInt64, frame: LaneFrame? = nil
  ) {
    self.kind = kind
    self.payloadByteCount = payloadByteCount
    self.payloadChecksum = payloadChecksum
    self.frame = frame
  }

  /// Writes the header into words; allocates nothing.
  func encode(into words: inout InlineArray<20, UInt64>) {
    typealias Layout = TraceFileLayout.Block
    words[Layout.mark / 8] = TraceFileLayout.blockMark
    words[Layout.kind / 8] = kind.rawValue
    words[Layout.byteCountField / 8] = UInt64(payloadByteCount)
    words[Layout.payloadChecksum / 8] = payloadChecksum
    for word in (Layout.lane / 8)..<(Layout.checksum / 8) { words[word] = 0 }
    if let frame {
      words[Layout.lane / 8] = frame.lane.number
      words[Layout.slotEpoch / 8] = frame.slotEpoch
      words[Layout.generation / 8] = frame.generation
      words[Layout.firstSequence / 8] = frame.firstSequence
      words[Layout.recordCount / 8] = frame.recordCount
      let account = frame.account.words
      for word in 0..<LaneAccount.wordCount { words[Layout.account / 8 + word] = account[word] }
    }
    words[Layout.checksum / 8] = UInt64(TraceBlockHeader.checksum(of: words))
  }

  /// Reads a header from a private copy; `nil` unless mark, checksum, length and lane are right.
  init?(decoding words: InlineArray<20, UInt64>) {
    typealias Layout = TraceFileLayout.Block
    guard words[Layout.mark / 8] == TraceFileLayout.blockMark,
      words[Layout.checksum / 8] == UInt64(TraceBlockHeader.checksum(of: words)),
      words[Layout.byteCountField / 8] <= UInt64(TraceFileLayout.mostPayloadBytes)
    else { return nil }
    kind = TraceBlockKind(rawValue: words[Layout.kind / 8])
    payloadByteCount = Int(words[Layout.byteCountField / 8])
    payloadChecksum = words[Layout.payloadChecksum / 8]
    guard kind == .frame else { return }
    guard let lane = LaneIdentifier(number: words[Layout.lane / 8]) else { return nil }
    var account = InlineArray<10, UInt64>(repeating: 0)
    for word in 0..<LaneAccount.wordCount { account[word] = words[Layout.account / 8 + word] }
    frame = LaneFrame(
      lane: lane, slotEpoch: words[Layout.slotEpoch / 8],
      generation: words[Layout.generation / 8], firstSequence: words[Layout.firstSequence / 8],
      recordCount: words[Layout.recordCount / 8], byteCount: payloadByteCount,
      account: LaneAccount(words: account))
  }

  /// The checksum of a payload as the header keeps it.
  static func checksum(of payload: UnsafeRawBufferPointer) -> UInt64 {
    UInt64(CRC32C.checksum(payload)) | 1 << 32
  }

  private static func checksum(of words: InlineArray<20, UInt64>) -> UInt32 {
    words.span.bytes.withUnsafeBytes {
      CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[..<TraceFileLayout.Block.checksum]))
    }
  }
}
