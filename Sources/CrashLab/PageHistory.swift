// What a disk may hold of a file that is mapped and stored into, at the moment of a power cut.
//
//     words:   observed once more after every step of whoever stores: an ordered list of changes
//     sync:    the pages of a range are on the disk as they are now; their lists begin anew
//     cut:     of every other page the disk has any version that it had since its last sync
//
// The kernel writes a page whenever it likes, in any order, and says nothing of it; so nothing but
// a sync orders two pages. A drive writes sectors of 512 bytes whole, and a page that it is writing
// when the power fails may be of different versions from sector to sector. What a drive
// acknowledged is there: one that lies is beyond this model.
//
// A value of one thread.

import Glibc

/// The versions of a file's pages since each was synchronised last.
struct PageHistory {
  static let pageByteCount = 4096
  static let sectorByteCount = 512
  private static let pageWords = pageByteCount / 8
  private static let sectorsPerPage = pageByteCount / sectorByteCount

  private struct Change {
    /// Within its page.
    var word: Int
    var value: UInt64
    /// The first version of its page that has it. What one look finds belongs together: in which
    /// order it was stored nobody saw.
    var version: Int
  }

  private var durable: [UInt64]
  private var newest: [UInt64]
  /// By page, oldest first.
  private var changes: [[Change]]

  /// A file of whole pages that is on the disk as it stands.
  init(_ file: RawSpan) {
    precondition(file.byteCount % PageHistory.pageByteCount == 0, "a file of whole pages")
    newest = (0..<file.byteCount / 8).map { PageHistory.word($0, of: file) }
    durable = newest
    changes = Array(repeating: [], count: file.byteCount / PageHistory.pageByteCount)
  }

  private static func word(_ index: Int, of file: RawSpan) -> UInt64 {
    file.unsafeLoad(fromByteOffset: 8 * index, as: UInt64.self)
  }

  /// Looks at the file's memory: what changed since the last look is a version of its own.
  mutating func observe(_ file: RawSpan) {
    precondition(file.byteCount == 8 * newest.count, "the same file")
    for page in changes.indices where hasChanged(page, file) {
      let first = page * PageHistory.pageWords
      let version = versionCount(of: page) + 1
      for index in first..<(first + PageHistory.pageWords) {
        let value = PageHistory.word(index, of: file)
        if value == newest[index] { continue }
        newest[index] = value
        changes[page].append(Change(word: index - first, value: value, version: version))
      }
    }
  }

  private func hasChanged(_ page: Int, _ file: RawSpan) -> Bool {
    let offset = page * PageHistory.pageByteCount
    return file.withUnsafeBytes { file in
      newest.withUnsafeBytes {
        memcmp($0.baseAddress! + offset, file.baseAddress! + offset, PageHistory.pageByteCount)
      }
    } != 0
  }

  /// The disk has every page that the range touches, as observed last.
  mutating func synchronise(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    let page = PageHistory.pageByteCount
    for page in (range.lowerBound / page)...((range.upperBound - 1) / page) {
      let words = (page * PageHistory.pageWords)..<((page + 1) * PageHistory.pageWords)
      durable[words] = newest[words]
      changes[page].removeAll(keepingCapacity: true)
    }
  }

  /// How many versions a page had since its last sync, besides the one that was synchronised.
  private func versionCount(of page: Int) -> Int { changes[page].last?.version ?? 0 }

  /// Pages that changed since their last sync: the disk may have an older one.
  var dirtyPages: [Int] { changes.indices.filter { !changes[$0].isEmpty } }

  /// What a power cut leaves, by the choice of each page's version.
  func image(_ cut: PowerCut) -> [UInt64] {
    var image = durable
    var random = cut.random
    for page in dirtyPages {
      let versions = cut.versions(
        of: page, newest: versionCount(of: page), sectors: PageHistory.sectorsPerPage, &random)
      apply(page, versions, to: &image)
    }
    return image
  }

  /// Makes of each sector of a page its version of that number.
  private func apply(_ page: Int, _ versions: [Int], to image: inout [UInt64]) {
    let sectorWords = PageHistory.sectorByteCount / 8
    for change in changes[page] where change.version <= versions[change.word / sectorWords] {
      image[page * PageHistory.pageWords + change.word] = change.value
    }
  }
}
