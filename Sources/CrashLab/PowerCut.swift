// Which of the versions of each page the disk has when the power fails: the corners, and a sample of
// what lies between them.

import Harness

/// A choice of the version of every page that is not on the disk for sure.
enum PowerCut: Equatable, CustomStringConvertible {
  /// Nothing was written that was not synchronised.
  case nothing
  /// Everything was.
  case everything
  /// One page was, as it is now.
  case only(Int)
  /// All but one were.
  case allBut(Int)
  /// Every page in any version of its own.
  case pages(seed: UInt64)
  /// Every sector of every page in any version of its own.
  case sectors(seed: UInt64)

  /// The corners, and `samples` of either kind in between.
  static func choices(
    dirtyPages: [Int], samples: Int, _ random: inout SplitMix64
  ) -> [PowerCut] {
    // With one page at most that differs, the corners are the same two.
    let corners = dirtyPages.count < 2 ? [] : dirtyPages.flatMap { [only($0), allBut($0)] }
    guard !dirtyPages.isEmpty else { return [.nothing] }
    return [.nothing, .everything] + corners
      + (0..<samples).flatMap { _ in
        [.pages(seed: random.next()), .sectors(seed: random.next())]
      }
  }

  /// What the versions of all pages are drawn from.
  var random: SplitMix64 {
    switch self {
    case .pages(let seed), .sectors(let seed): SplitMix64(seed: seed)
    default: SplitMix64(seed: 0)
    }
  }

  /// Which of its versions each sector of a page is of, the synchronised one being number zero.
  func versions(
    of page: Int, newest: Int, sectors: Int, _ random: inout SplitMix64
  ) -> [Int] {
    switch self {
    case .nothing: return Array(repeating: 0, count: sectors)
    case .everything: return Array(repeating: newest, count: sectors)
    case .only(let chosen): return Array(repeating: page == chosen ? newest : 0, count: sectors)
    case .allBut(let chosen): return Array(repeating: page == chosen ? 0 : newest, count: sectors)
    case .pages:
      return Array(repeating: PowerCut.anyVersion(newest, &random), count: sectors)
    case .sectors: return (0..<sectors).map { _ in PowerCut.anyVersion(newest, &random) }
    }
  }

  /// The oldest, the newest, one of the last, or any.
  private static func anyVersion(_ newest: Int, _ random: inout SplitMix64) -> Int {
    let recent = 32
    return switch random.next() % 4 {
    case 0: 0
    case 1: newest
    case 2: newest - Int(random.next() % UInt64(min(newest, recent) + 1))
    default: Int(random.next() % UInt64(newest + 1))
    }
  }

  /// For findings: `page 3 alone`.
  var description: String {
    switch self {
    case .nothing: "no page written back"
    case .everything: "every page written back"
    case .only(let page): "page \(page) alone written back"
    case .allBut(let page): "every page but \(page) written back"
    case .pages(let seed): "pages in any version (\(seed))"
    case .sectors(let seed): "sectors in any version (\(seed))"
    }
  }
}
