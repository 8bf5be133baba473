// The immutable part of a region's first page, as values. It is checked in a private copy before
// anything is used, and only the copy is used afterwards: the other process is untrusted.

import Glibc

/// What a region says about itself, once its header has passed the checks.
public struct Superblock: Equatable, Sendable {
  /// The version of the layout the region was written with.
  public let version: RegionVersion
  /// What the payload holds.
  public let contents: RegionContents
  /// The page size of the system it was made on, in bytes.
  public let pageByteCount: Int
  /// The size of the whole region, header included, in bytes.
  public let regionByteCount: Int
  /// Where the payload begins, in bytes; a multiple of the page size.
  public let payloadOffset: Int
  /// Names this region among all there ever were.
  public let session: UniqueID
  /// The boot during which it was made.
  public let boot: UniqueID
  /// When it was made, in nanoseconds since 1970 (wall clock).
  public let creationTimeNanoseconds: UInt64
}

extension Superblock {
  /// The header of a new region of this size, made now.
  init(contents: RegionContents, pageByteCount: Int, regionByteCount: Int) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    self.init(
      version: .current, contents: contents, pageByteCount: pageByteCount,
      regionByteCount: regionByteCount, payloadOffset: pageByteCount, session: .random(),
      boot: .currentBoot(),
      creationTimeNanoseconds: UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec))
  }

  static let wordCount = SuperblockLayout.immutableByteCount / 8

  /// The immutable part as the words to store, checksum and magic included.
  func encoded() -> [UInt64] {
    typealias Layout = SuperblockLayout
    var words = [UInt64](repeating: 0, count: Superblock.wordCount)
    words[Layout.magicOffset / 8] = Layout.magic
    words[Layout.byteOrderOffset / 8] = Layout.byteOrderMark
    words[Layout.versionOffset / 8] = pair(version.major, version.minor)
    words[Layout.layoutHashOffset / 8] = contents.layoutHash
    words[Layout.contentsKindOffset / 8] = pair(contents.kind, UInt32(pageByteCount))
    words[Layout.regionSizeOffset / 8] = UInt64(regionByteCount)
    words[Layout.payloadOffsetOffset / 8] = UInt64(payloadOffset)
    words[Layout.sessionOffset / 8] = session.high.bigEndian
    words[Layout.sessionOffset / 8 + 1] = session.low.bigEndian
    words[Layout.bootOffset / 8] = boot.high.bigEndian
    words[Layout.bootOffset / 8 + 1] = boot.low.bigEndian
    words[Layout.creationTimeOffset / 8] = creationTimeNanoseconds
    words[Layout.checksumOffset / 8] = UInt64(
      CRC32C.checksum(words: words[..<(Layout.checksumOffset / 8)]))
    return words
  }

  /// Reads a header from a private copy of its words, checking all that can be checked without
  /// knowing what was expected.
  init(decoding words: [UInt64], place: String) throws(RegionError) {
    typealias Layout = SuperblockLayout
    precondition(words.count >= Superblock.wordCount, "a header is read whole")
    // A header of the other byte order still begins with the same bytes.
    guard words[Layout.magicOffset / 8] == Layout.magic else { throw .notARegion(place) }
    let mark = words[Layout.byteOrderOffset / 8]
    guard mark == Layout.byteOrderMark else {
      throw mark == Layout.byteOrderMark.byteSwapped
        ? .foreignByteOrder(place) : .notARegion(place)
    }
    let versionWord = words[Layout.versionOffset / 8]
    let version = RegionVersion(major: lower(versionWord), minor: upper(versionWord))
    guard version.major == RegionVersion.current.major else {
      throw .unsupportedVersion(place, found: version, supported: .current)
    }
    let stored = lower(words[Layout.checksumOffset / 8])
    let computed = CRC32C.checksum(words: words[..<(Layout.checksumOffset / 8)])
    guard stored == computed else {
      throw .checksumMismatch(place, stored: stored, computed: computed)
    }
    let kindWord = words[Layout.contentsKindOffset / 8]
    let regionSize = words[Layout.regionSizeOffset / 8]
    let payloadOffset = words[Layout.payloadOffsetOffset / 8]
    let pageSize = UInt64(upper(kindWord))
    guard let regionByteCount = Int(exactly: regionSize), payloadOffset > 0,
      payloadOffset < regionSize, pageSize > 0, payloadOffset % pageSize == 0
    else { throw .payloadOutOfRange(place, offset: payloadOffset, regionByteCount: regionSize) }
    self.init(
      version: version,
      contents: RegionContents(
        kind: lower(kindWord), layoutHash: words[Layout.layoutHashOffset / 8]),
      pageByteCount: Int(pageSize), regionByteCount: regionByteCount,
      payloadOffset: Int(payloadOffset),
      session: UniqueID(
        high: UInt64(bigEndian: words[Layout.sessionOffset / 8]),
        low: UInt64(bigEndian: words[Layout.sessionOffset / 8 + 1])),
      boot: UniqueID(
        high: UInt64(bigEndian: words[Layout.bootOffset / 8]),
        low: UInt64(bigEndian: words[Layout.bootOffset / 8 + 1])),
      creationTimeNanoseconds: words[Layout.creationTimeOffset / 8])
  }

  /// Checks the recorded size against the real one.
  func check(byteCount: Int, place: String) throws(RegionError) {
    if byteCount < regionByteCount {
      throw .truncated(place, byteCount: byteCount, recorded: UInt64(regionByteCount))
    }
    if byteCount > regionByteCount {
      throw .oversized(place, byteCount: byteCount, recorded: UInt64(regionByteCount))
    }
  }

  /// Checks what has to match before the payload is worked on in place.
  func check(
    pageByteCount expectedPage: Int, contents expected: RegionContents?, place: String
  ) throws(RegionError) {
    guard pageByteCount == expectedPage else {
      throw .pageSizeMismatch(place, found: pageByteCount, expected: expectedPage)
    }
    if let expected, expected != contents {
      throw .contentsMismatch(place, found: contents, expected: expected)
    }
  }
}

/// Two 32-bit fields as they stand one after the other in little-endian memory.
private func pair(_ first: UInt32, _ second: UInt32) -> UInt64 {
  UInt64(first) | UInt64(second) << 32
}
private func lower(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word) }
private func upper(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word >> 32) }
