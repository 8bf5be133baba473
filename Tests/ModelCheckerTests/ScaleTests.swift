// Splitting the space, limits, and memory that does not grow.

import Glibc
import Testing

@testable import ModelChecker

@Suite struct ScaleTests {
  @Test(arguments: [2, 3, 7]) func shardsAddUpToTheWhole(count: Int) {
    let program = LamportRing.trying(capacity: 2, tries: 5)
    let whole = Explorer().explore(program).executions
    var sum = 0
    var used = 0
    for index in 0..<count {
      var options = ExplorerOptions()
      options.shard = Shard(index: index, count: count)
      let report = Explorer(options).explore(program)
      #expect(report.extent == .bounded("shard \(index + 1)/\(count)"))
      sum += report.executions
      used += report.executions > 0 ? 1 : 0
    }
    #expect(sum == whole)
    #expect(used == count)
  }

  @Test func shardsOfRandomProgramsAddUp() {
    for seed in 100..<130 as Range<UInt64> {
      let program = RandomProgramTests.randomProgram(seed)
      let whole = RandomProgramTests.explore(program).outcomes
      var sum: [[UInt64]: Int] = [:]
      for index in 0..<3 {
        var options = ExplorerOptions()
        options.shard = Shard(index: index, count: 3)
        sum.merge(RandomProgramTests.explore(program, options).outcomes, uniquingKeysWith: +)
      }
      #expect(sum == whole, "seed \(seed)")
    }
  }

  @Test func choicesWithoutAlternativeDoNotKeepShardsEmpty() {
    // A long way alone before anybody else can do anything.
    let program = ModelProgram(
      bodies: [0, 1].map { own in
        { context in
          for _ in 0..<40 { context.store(100 + own, 1, .relaxed) }
          for round in 0..<3 as Range<UInt64> {
            context.store(own, round + 1, .relaxed)
            _ = context.load(1 - own, .relaxed)
          }
        }
      })
    let whole = Explorer().explore(program).executions
    let parts = (0..<4).map { index in
      var options = ExplorerOptions()
      options.shard = Shard(index: index, count: 4)
      return Explorer(options).explore(program).executions
    }
    #expect(parts.reduce(0, +) == whole)
    #expect(parts.allSatisfy { $0 * 16 > whole }, "\(parts) of \(whole)")
  }

  @Test func reasonsOfABoundStandSideBySide() {
    var options = ExplorerOptions()
    options.shard = Shard(index: 0, count: 3)
    options.maximumExecutions = 5
    let report = Explorer(options).explore(LamportRing.trying(capacity: 2, tries: 5))
    #expect(report.extent.bounds == ["5 executions", "shard 1/3"])
  }

  @Test func limitsAreNamed() {
    var options = ExplorerOptions()
    options.maximumExecutions = 100
    let program = LamportRing.trying(capacity: 2, tries: 5)
    #expect(Explorer(options).explore(program).extent == .bounded("100 executions"))
    options.maximumExecutions = .max
    options.maximumSeconds = 0
    #expect(Explorer(options).explore(program).extent == .bounded("0.0 seconds"))
  }

  #if !DEBUG
    /// A million executions; debug builds are too slow for it.
    @Test func aMillionExecutionsNeedNoMoreMemoryThanAThousand() {
      var options = ExplorerOptions()
      options.maximumExecutions = 1_000_000
      var early = 0
      var late = 0
      var seen = 0
      _ = Explorer(options).explore(LamportRing.trying(capacity: 2, tries: 10)) { _ in
        seen += 1
        if seen == 1000 { early = residentBytes() }
        if seen == 1_000_000 { late = residentBytes() }
      }
      #expect(seen == 1_000_000)
      // Room for the tests that run beside this one; a leak of 100 bytes an execution is more.
      #expect(late - early < 64 << 20, "\(early) then \(late) bytes")
      print("resident after 1,000 and 1,000,000 executions:", early, late)
    }
  #endif
}

/// Resident memory of this process, in bytes.
func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var pages: (UInt, UInt) = (0, 0)
  withUnsafeMutablePointer(to: &pages) { pointer in
    pointer.withMemoryRebound(to: UInt.self, capacity: 2) { values in
      _ = withVaList([values, values + 1]) { vfscanf(file, "%lu %lu", $0) }
    }
  }
  return Int(pages.1) * Int(getpagesize())
}
