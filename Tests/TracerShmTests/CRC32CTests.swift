// The checksum against published vectors, and the instruction against the table.

import CPlatform
import Testing

@testable import TracerShm

@Suite struct CRC32CTests {
  /// RFC 3720, appendix B.4, and the customary check value of the algorithm.
  @Test func publishedVectorsMatch() {
    let vectors: [([UInt8], UInt32)] = [
      (Array("123456789".utf8), 0xE306_9283),
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E),
      (Array((0..<32).reversed()), 0x113F_DB5C),
      ([], 0),
    ]
    for (bytes, expected) in vectors {
      #expect(bytes.withUnsafeBytes { CRC32C.checksum($0) } == expected)
      #expect(CRC32C.checksum(bytes.span.bytes) == expected)
      let byTable = bytes.withUnsafeBytes { platform_crc32c_table(0, $0.baseAddress, $0.count) }
      #expect(byTable == expected)
    }
  }

  @Test func instructionAndTableAgreeAtEveryLengthAlignmentAndSplit() {
    let bytes = (0..<80).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
    bytes.withUnsafeBytes { all in
      for start in 0..<9 {
        for count in 0...(80 - start) {
          let part = UnsafeRawBufferPointer(rebasing: all[start..<(start + count)])
          let whole = CRC32C.checksum(part)
          #expect(whole == platform_crc32c_table(0, part.baseAddress, part.count))
          let cut = count / 3
          let first = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: part[..<cut]))
          let rest = UnsafeRawBufferPointer(rebasing: part[cut...])
          #expect(CRC32C.checksum(rest, continuing: first) == whole)
        }
      }
    }
  }

  /// Three runs of a kilobyte are taken side by side: everything around one, two and three of them.
  @Test func longStretchesAgreeWithTheTable() {
    let bytes = (0..<9300).map { UInt8(truncatingIfNeeded: ($0 &* $0) >> 3 &+ $0 &* 167) }
    bytes.withUnsafeBytes { all in
      for count in [3071, 3072, 3073, 3080, 4096, 6143, 6144, 6151, 9215, 9216, 9291] {
        for (start, previous) in [(0, UInt32(0)), (5, 0x1234_5678), (8, .max)] {
          let part = UnsafeRawBufferPointer(rebasing: all[start..<(start + count)])
          let expected = platform_crc32c_table(previous, part.baseAddress, count)
          #expect(CRC32C.checksum(part, continuing: previous) == expected, "\(start), \(count)")
        }
      }
    }
  }

  @Test func everyFlippedBitIsSeen() {
    let bytes = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let right = bytes.withUnsafeBytes { CRC32C.checksum($0) }
    for bit in 0..<(bytes.count * 8) {
      var wrong = bytes
      wrong[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(wrong.withUnsafeBytes { CRC32C.checksum($0) } != right)
    }
  }
}
