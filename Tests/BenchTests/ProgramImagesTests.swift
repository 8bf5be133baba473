// What a traced program is made of, as its records and /proc tell it.

import Glibc
import Testing
import TracerShm

@testable import tracer_bench

@Suite struct ProgramImagesTests {
  private func module(_ begin: UInt64, _ end: UInt64, _ path: String) -> LoadedModule {
    LoadedModule(bias: begin, addresses: begin..<end, path: path)
  }

  @Test func mapsNameFilesThatAreExecutable() {
    var maps = ProcessMaps()
    for line in [
      "1000-2000 r--p 00000000 08:01 42                         /lib/a b.so",
      "2000-3000 r-xp 00001000 08:01 42                         /lib/a b.so",
      "4000-5000 r-xp 00002000 08:01 42                         /lib/a b.so",
      "6000-7000 r--p 00000000 08:01 43                         /lib/data",
      "7000-8000 r-xp 00003000 08:01 44                         /lib/middle only",
      "9000-a000 r-xp 00000000 00:00 0                          [vdso]",
      "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]",
      "b000-c000 rwxp 00000000 00:00 0",
    ] { maps.add(line: line) }
    #expect(
      maps.modules == [
        LoadedModule(bias: 0x1000, addresses: 0x2000..<0x5000, path: "/lib/a b.so")
      ])
  }

  @Test func linesThatMakeNoSenseSayNothing() {
    var maps = ProcessMaps()
    for line in [
      "", " ", "-", "1000", "1000-", "1000-2000", "2000-1000 r-xp 0 0:0 1 /backwards",
      "1000-1000 r-xp 0 0:0 1 /empty", "x-y r-xp 0 0:0 1 /letters", "-2000 r-xp 0 0:0 1 /half",
      "1000-2000-3000 r-xp 0 0:0 1 /three",
      "11111111111111111-22222222222222222 r-xp 0 0:0 1 /long",
    ] { maps.add(line: line) }
    #expect(maps.modules == [])
  }

  @Test func modulesDoNotOverlap() {
    var map = ModuleMap()
    for begin in stride(from: UInt64(0x1000), to: 0x9000, by: 0x2000) {
      map.replace(by: module(begin, begin + 0x1000, "/old"))
    }
    map.fill(with: module(0x1800, 0x2800, "/later"))
    #expect(map.module(of: 0x2000) == nil, "what is known stays")
    map.replace(by: module(0x3800, 0x5800, "/new"))
    #expect(map.modules.map(\.path) == ["/old", "/new", "/old"])
    #expect(map.module(of: 0x37FF) == nil)
    #expect(map.module(of: 0x3800)?.path == "/new")
    #expect(map.module(of: 0x57FF)?.path == "/new")
    #expect(map.module(of: 0x5800) == nil)
  }

  @Test func anUnloadingBeginsAnAge() {
    var images = ProgramImages()
    let first = images.newestAge(of: 7)
    images.add(module(0x1000, 0x2000, "/first"), to: first)
    let third = images.unload(from: 7, at: 200)
    // Reported by another thread, later.
    let second = images.unload(from: 7, at: 100)
    #expect(Set([first, second, third]).count == 3)
    let newest = images.newestAge(of: 7)
    #expect(newest == third)
    for (time, age): (UInt64, Int) in [
      (0, first), (99, first), (100, second), (199, second), (200, third), (.max, third),
    ] {
      #expect(images.age(first, at: time) == age, "\(time)")
      #expect(images.age(third, at: time) == age, "\(time)")
    }
    #expect(images.ages[third].map.modules == [], "what is left is listed anew")
    let again = images.unload(from: 7, at: 100)
    #expect(again == second, "told twice")
    let other = images.newestAge(of: 8)
    #expect(images.age(other, at: 150) == other, "the ages of another image")
  }

  @Test func agesAndModulesHaveABound() {
    var images = ProgramImages()
    for image in 1...UInt64(ProgramImages.mostAges + 10) { _ = images.newestAge(of: image) }
    #expect(images.ages.count == ProgramImages.mostAges)
    let beyond = images.newestAge(of: .max)
    #expect(beyond == 0, "what is beyond shares the first")
    #expect(images.sharedAges == 12)
    for place in 0..<UInt64(ProgramImages.mostModules + 10) {
      images.add(module(place * 16, place * 16 + 16, "/many"), to: 1)
    }
    #expect(images.ages[1].map.modules.count == ProgramImages.mostModules)
    #expect(images.droppedModules == 10)
  }

  @Test func aProcessIsLookedAtWhileItIsTheSame() throws {
    var images = ProgramImages()
    let own = ProcessIdentity.current
    let age = images.newestAge(of: 1)
    images.find(
      1, age: age,
      process: ProcessIdentity(pid: own.pid, startTimeTicks: own.startTimeTicks + 1))
    #expect(images.ages[age].map.modules == [], "its number is another's")
    let other = images.newestAge(of: 2)
    images.find(1, age: other, process: own)
    #expect(!images.ages[other].map.modules.isEmpty)
  }

  @Test func callsBeyondTheBoundAreOthers() {
    var counts = FunctionCounts()
    counts.room = 100
    for address in 0..<UInt64(200) { _ = counts.count(address) }
    #expect(counts.all.count == 100)
    #expect(counts.others == 100, "zero is no function")
    let isNew = counts.count(1)
    #expect(!isNew)
    #expect(counts.all.first { $0.address == 1 }?.calls == 2)
    #expect(counts.room == 0)
  }
}
