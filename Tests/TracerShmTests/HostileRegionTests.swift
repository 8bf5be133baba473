// A region of real memory, overwritten by a thread that never rests while a controller drains it
// and while it is read through its file; and a file that is cut short under both.
//
// What is overwritten is the third slot's lanes: the other two lose nothing. Which bytes when, the
// scheduler decides; the seeded tests of the core replay such runs to the access.

import Glibc
import HardwareMemory
import Synchronization
import Testing
import TracerCore

@testable import TracerShm

/// A thread that overwrites words of a range until it is told to stop.
private final class Vandal: Sendable {
  private let memory: HardwareMemory
  private let range: Range<Int>
  private let seed: UInt64
  private let isOver = Atomic(false)
  private let strikes = Atomic<Int>(0)
  private let thread = Mutex<pthread_t?>(nil)

  init(_ memory: HardwareMemory, _ range: Range<Int>, seed: UInt64) {
    self.memory = memory
    self.range = range
    self.seed = seed
  }

  func start() {
    var identifier = pthread_t()
    let status = pthread_create(
      &identifier, nil,
      { argument in
        Unmanaged<Vandal>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(status == 0, "pthread_create: \(status)")
    thread.withLock { $0 = identifier }
  }

  /// How many words it overwrote.
  var count: Int { strikes.load(ordering: .relaxed) }

  /// Stops it.
  func stop() {
    isOver.store(true, ordering: .relaxed)
    if let identifier = thread.withLock({ $0 }) { pthread_join(identifier, nil) }
  }

  private func run() {
    var random = SplitMix(seed: seed)
    let values: [UInt64] = [0, 1, 8, 120, 128, 1 << 31, 1 << 62, .max]
    while !isOver.load(ordering: .relaxed) {
      let offset = range.lowerBound + 8 * Int.random(in: 0..<(range.count / 8), using: &random)
      let choice = random.next()
      let value = choice % 3 == 0 ? random.next() : values[Int(choice % UInt64(values.count))]
      memory.word(at: offset).storeRelaxed(value)
      strikes.wrappingAdd(1, ordering: .relaxed)
      // On one processor the others would never get to see it.
      if choice % 1024 == 0 { sched_yield() }
    }
  }
}

@Suite struct HostileRegionTests {
  /// The path that the region's file is read by.
  private func readable(_ fixture: borrowing TracerFixture) -> RegionBacking {
    guard case .memfd = fixture.backing else { return fixture.backing }
    return .file(path: "/proc/self/fd/\(fixture.region.region.descriptor)")
  }

  @Test(arguments: [RegionKind.memfd, .shm, .file])
  func aThreadThatOverwritesALaneCostsTheOthersNothing(kind: RegionKind) throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("hostile region: seed \(seed)")
    let fixture = try TracerFixture(kind, waking: .spin, threadSlots: 3)
    let agent = try Agent(fixture.region)
    var first = try agent.attachThread()
    let second = try agent.attachThread()
    let third = try agent.attachThread()
    let geometry = fixture.region.lanes.geometry
    let vandal = Vandal(
      fixture.region.region.payload,
      geometry.slotHeader(third.slot).upperBound..<geometry.byteCount, seed: seed)
    var controller = try Controller(fixture.region)
    var output = KeptFrames()
    var written: [UInt64] = []
    var rounds: UInt64 = 0
    vandal.start()
    // On a busy machine it takes a while until it has done something.
    while rounds < 300 || vandal.count < 5000 {
      let round = rounds
      rounds += 1
      let outcome = first.writeIndex(type: 1, byteCount: 8) { memory, offset in
        memory.storePayload(round, at: offset)
      }
      if outcome == .written { written.append(round) }
      _ =
        round % 2 == 0
        ? try controller.drainCopying(into: &output) : try controller.drain(into: &output)
      if round % 20 == 0 {
        let copy = try PostMortem(readable(fixture))
        var found = KeptFrames()
        let recoveries = copy.recover(into: &found)
        #expect(recoveries.count == 6)
        let lane = LaneIdentifier(slot: first.slot, kind: .index)
        let numbers = found.values[lane] ?? []
        #expect(numbers == Array(written.suffix(numbers.count)), "seed \(seed)")
      }
    }
    vandal.stop()
    let slot = first.slot
    first.detach()
    second.detach()
    third.detach()
    try controller.drainAll(into: &output)
    let lane = LaneIdentifier(slot: slot, kind: .index)
    #expect(output.values[lane] == written, "seed \(seed)")
    let account = controller.account(of: lane)
    #expect(account.drained == UInt64(written.count) && account.nextSequence == rounds)
    #expect(LaneInvariant.everyAttemptAccountedFor(account), "seed \(seed): \(account)")
    controller.close()
  }

  private func write(_ count: UInt64, _ thread: inout AgentThread) {
    for number in 0..<count {
      _ = thread.writeIndex(type: 1, byteCount: 8) { memory, offset in
        memory.storePayload(number, at: offset)
      }
    }
  }

  @Test(arguments: [RegionKind.shm, .file])
  func aFileCutShortUnderEverybodyEndsNobody(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind, waking: .spin, threadSlots: 2)
    let agent = try Agent(fixture.region)
    var thread = try agent.attachThread()
    var controller = try Controller(fixture.region)
    var output = KeptFrames()
    write(20, &thread)
    _ = try controller.drain(into: &output)
    let descriptor = fixture.region.region.descriptor
    let page = SharedRegion.pageByteCount
    // Cut within the lanes: what is behind the first page of the payload is gone.
    try #require(ftruncate(descriptor, off_t(2 * page)) == 0)
    write(200, &thread)
    var refusal: TracerError?
    do {
      for _ in 0..<4 { _ = try controller.drain(into: &output) }
    } catch { refusal = error as? TracerError }
    guard case .truncated = refusal else {
      Issue.record("the cut is noticed: \(String(describing: refusal))")
      return
    }
    let copy = try PostMortem(fixture.backing)
    #expect(copy.missingBytes > 0)
    var found = KeptFrames()
    _ = copy.recover(into: &found)
    try #require(ftruncate(descriptor, off_t(page)) == 0)
    let nothing = try? PostMortem(fixture.backing)
    #expect(nothing == nil, "without a control block there are no lanes")
    thread.detach()
    controller.close()
  }
}
