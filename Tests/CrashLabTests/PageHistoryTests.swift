// What a power cut may leave of a file: never a value that was not there, never less than was
// synchronised. Random histories print their seed.

import FaultMemory
import Harness
import HardwareMemory
import MemoryInterface
import Testing

@testable import CrashLab

@Suite struct PageHistoryTests {
  private static let pages = 3
  private static let pageWords = PageHistory.pageByteCount / 8
  private static let sectorWords = PageHistory.sectorByteCount / 8

  /// A file in memory, its history, and all that it ever was.
  private struct File {
    var words = [UInt64](repeating: 0, count: pages * pageWords)
    var history: PageHistory
    /// Whole files as they were observed, the first of them on the disk.
    var versions: [[UInt64]]
    /// By page, the version that was synchronised last.
    var synchronised = [Int](repeating: 0, count: pages)

    init() {
      history = words.withUnsafeBytes { PageHistory($0.bytes) }
      versions = [words]
    }

    /// Stores into some words, in one step.
    mutating func store(_ values: [(word: Int, value: UInt64)]) {
      for (word, value) in values { words[word] = value }
      words.withUnsafeBytes { history.observe($0.bytes) }
      versions.append(words)
    }

    mutating func synchronise(_ range: Range<Int>) {
      history.synchronise(range)
      let page = PageHistory.pageByteCount
      for page in (range.lowerBound / page)...((range.upperBound - 1) / page) {
        synchronised[page] = versions.count - 1
      }
    }

    /// A file after random steps of one or more stores, and random syncs.
    init(seed: UInt64) {
      self.init()
      var random = SplitMix64(seed: seed)
      for step in 1..<200 as Range<UInt64> {
        if random.next() % 16 == 0 {
          let start = Int(random.next() % UInt64(8 * words.count - 8))
          let end = start + 1 + Int(random.next() % UInt64(8 * words.count - start - 1))
          synchronise(start..<end)
        }
        // Few places, so that words are stored again and again.
        store(
          (0..<(1 + random.next() % 3)).map { index in
            (Int(random.next() % 24) * (words.count / 24), step << 2 | index)
          })
      }
    }
  }

  /// Whether the image has, in these words, a version that they had since their page's last sync.
  private func isAVersion(_ image: [UInt64], _ words: Range<Int>, of file: File) -> Bool {
    let page = words.lowerBound / PageHistoryTests.pageWords
    return file.versions[file.synchronised[page]...].contains { $0[words] == image[words] }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func pageOfACutIsOneThatItWasSinceItsLastSync(seed: UInt64) {
    let file = File(seed: seed)
    for number in 0..<20 as Range<UInt64> {
      let image = file.history.image(.pages(seed: number))
      for page in 0..<PageHistoryTests.pages {
        let first = page * PageHistoryTests.pageWords
        let words = first..<(first + PageHistoryTests.pageWords)
        let isOne = isAVersion(image, words, of: file)
        #expect(isOne, "seed \(seed), cut \(number), page \(page)")
      }
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func sectorOfACutIsOneThatItWasSinceItsPagesLastSync(seed: UInt64) {
    let file = File(seed: seed)
    for number in 0..<20 as Range<UInt64> {
      let image = file.history.image(.sectors(seed: number))
      for first in stride(from: 0, to: image.count, by: PageHistoryTests.sectorWords) {
        let words = first..<(first + PageHistoryTests.sectorWords)
        let isOne = isAVersion(image, words, of: file)
        #expect(isOne, "seed \(seed), cut \(number), word \(first)")
      }
    }
  }

  @Test func pagesAreDrawnIndependently() {
    var file = File()
    file.store([(0, 1), (PageHistoryTests.pageWords, 1)])
    let found = Set(
      (0..<64 as Range<UInt64>).map { seed in
        let image = file.history.image(.pages(seed: seed))
        return [image[0], image[PageHistoryTests.pageWords]]
      })
    #expect(found == [[0, 0], [0, 1], [1, 0], [1, 1]])
  }

  @Test func tornPageHasSectorsOfSeveralVersions() {
    var file = File()
    file.store([(0, 1), (PageHistoryTests.sectorWords, 1)])
    let torn = (0..<64 as Range<UInt64>).contains { seed in
      let image = file.history.image(.sectors(seed: seed))
      return image[0] != image[PageHistoryTests.sectorWords]
    }
    #expect(torn)
  }

  /// In the middle of the first page, at its end, and all of it; nothing of the second.
  @Test(arguments: [64..<72, 4088..<4096, 0..<4096])
  func synchronisedRangeIsThereInWholePagesAfterEveryCut(range: Range<Int>) {
    var file = File()
    let last = PageHistoryTests.pageWords - 1
    file.store([(0, 1), (last, 2), (PageHistoryTests.pageWords, 3)])
    file.synchronise(range)
    let dirty = file.history.dirtyPages
    #expect(dirty == [1])
    let cuts = [PowerCut.nothing, .allBut(0), .only(1), .sectors(seed: 3), .pages(seed: 4)]
    for cut in cuts {
      let image = file.history.image(cut)
      let ends = [image[0], image[last]]
      #expect(ends == [1, 2], "\(cut)")
    }
    let unsynchronised = file.history.image(.nothing)[PageHistoryTests.pageWords]
    #expect(unsynchronised == 0)
  }

  @Test func cornersAreTheNewestOfSomePagesAndTheSynchronisedOfOthers() {
    var file = File()
    let words = (0..<PageHistoryTests.pages).map { $0 * PageHistoryTests.pageWords }
    for value in 1...3 as ClosedRange<UInt64> { file.store(words.map { ($0, value) }) }
    let corners: [(PowerCut, [UInt64])] = [
      (.nothing, [0, 0, 0]), (.everything, [3, 3, 3]), (.only(1), [0, 3, 0]),
      (.allBut(1), [3, 0, 3]),
    ]
    for (cut, expected) in corners {
      let image = file.history.image(cut)
      let found = words.map { image[$0] }
      #expect(found == expected, "\(cut)")
    }
  }

  @Test func everyCornerOfEveryDirtyPageIsChosen() {
    var random = SplitMix64(seed: 1)
    let choices = PowerCut.choices(dirtyPages: [0, 2], samples: 1, &random)
    let corners: [PowerCut] = [.nothing, .everything, .only(0), .allBut(0), .only(2), .allBut(2)]
    #expect(Array(choices.prefix(6)) == corners)
    #expect(choices.count == 8)
    #expect(PowerCut.choices(dirtyPages: [], samples: 3, &random) == [.nothing])
  }

  @Test func everyAccessIsAnnouncedWhileTheMemoryIsAsBefore() throws {
    let mapping = try Mapping(descriptor: nil, byteCount: 4096)
    let memory = mapping.memory
    var seen: [UInt64] = []
    let watched = FaultMemory(memory, plan: FaultPlan { seen.append(memory.loadPayload(at: 8)) })
    watched.word(at: 8).storeRelaxed(1)
    watched.storePayload(2, at: 8)
    _ = watched.loadPayload(at: 8)
    #expect(seen == [0, 1, 2])
    withExtendedLifetime(mapping) {}
  }
}
