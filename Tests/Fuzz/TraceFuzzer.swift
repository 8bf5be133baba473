// Hostile trace files: bytes as they come, and blocks whose checksums are right, so that what
// stands behind a checksum is reached.

import CPlatform
import Glibc

@testable import TracerCore
@testable import TracerShm

enum TraceFuzzer {
  /// One file for all inputs, in memory.
  private static let descriptor = platform_memfd_create("fuzz", 0)
  private static let path = "/proc/self/fd/\(descriptor)"
  private static let header = TraceFileHeader(session: UniqueID(high: 1, low: 2), number: 0)

  /// The input as it is, behind a header.
  static func readBytes(_ input: inout FuzzInput) {
    let whole = input.byte() % 2 == 0
    read(whole ? input.bytes : words(header.encoded()) + input.bytes)
  }

  /// The input as blocks: kinds, lengths and fields from it, checksums as they should be.
  static func readBlocks(_ input: inout FuzzInput) {
    var file = words(header.encoded())
    while !input.isEmpty {
      let kind = TraceBlockKind(rawValue: UInt64(input.byte() % 7))
      let claimed = input.short() % 512
      let payload = (0..<(input.byte() % 128)).map { _ in input.byte() }
      var block = TraceBlockHeader(
        kind: kind, payloadByteCount: input.byte() % 4 == 0 ? claimed : payload.count,
        payloadChecksum: 0)
      if kind == .frame {
        var account = LaneAccount()
        account.nextSequence = input.value(instead: 8)
        account.drained = input.value(instead: account.nextSequence)
        block.frame = LaneFrame(
          lane: LaneIdentifier(slot: Int(input.byte() % 3), kind: .index), slotEpoch: 0,
          generation: 1, firstSequence: input.value(instead: 0),
          recordCount: input.value(instead: 4), byteCount: payload.count, account: account)
      }
      var encoded = InlineArray<20, UInt64>(repeating: 0)
      block.encode(into: &encoded)
      encoded.span.bytes.withUnsafeBytes { file += Array($0) }
      file += payload
      file += [UInt8](repeating: 0, count: TraceFileLayout.padded(file.count) - file.count)
    }
    read(file)
  }

  private static func read(_ file: [UInt8]) {
    ftruncate(descriptor, 0)
    _ = pwrite(descriptor, file, file.count, 0)
    var output = ReadingOutput()
    _ = try? TraceReplay(path, into: &output)
  }

  private static func words(_ words: [UInt64]) -> [UInt8] {
    words.withUnsafeBytes { Array($0) }
  }
}
