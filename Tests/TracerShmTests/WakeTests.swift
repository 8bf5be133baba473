// The means of waking: an event counter fetched from the process that says it sleeps on it, and
// locks that a fork, or a process being started, does not prolong.

import CPlatform
import Glibc
import Testing

@testable import TracerCore
@testable import TracerShm

@Suite struct WakeTests {
  private func waker(
    _ descriptor: Int32, token: UInt64, process: ProcessIdentity = .current
  ) throws -> ControllerWaker {
    ControllerWaker(
      process: try #require(process.packed), descriptor: UInt64(descriptor), token: token)
  }

  /// Takes what was signalled.
  private func take(_ event: WakeEvent) -> UInt64 {
    var count: UInt64 = 0
    return read(event.descriptor, &count, 8) == 8 ? count : 0
  }

  @Test func aCounterIsFetchedFromTheProcessThatSleepsOnIt() throws {
    let own = try WakeEvent.make("test")
    let published = try waker(own.descriptor, token: own.token)
    let fetched = try #require(WakeEvent.fetch(published) { published })
    #expect(fetched.token == own.token && fetched.descriptor != own.descriptor)
    #expect(platform_event_signal(fetched.descriptor) == 0)
    #expect(take(own) == 1)
  }

  @Test func aNumberThatIsSomethingElseByNowIsNotTaken() throws {
    let own = try WakeEvent.make("test")
    let published = try waker(own.descriptor, token: own.token)
    // Another controller says something in between.
    let later = try waker(own.descriptor, token: own.token ^ 1)
    #expect(WakeEvent.fetch(published, current: { later }) == nil)
    #expect(WakeEvent.fetch(published, current: { nil }) == nil)
    // The number is a file's, nobody's, or no number at all.
    for descriptor in [STDERR_FILENO, 1 << 20, -1] {
      let wrong = ControllerWaker(
        process: published.process, descriptor: UInt64(bitPattern: Int64(descriptor)), token: 5)
      #expect(WakeEvent.fetch(wrong, current: { wrong }) == nil)
    }
    // A counter that may block is not one of ours.
    let blocking = try WakeEvent.make("test")
    #expect(fcntl(blocking.descriptor, F_SETFL, 0) == 0)
    let other = try waker(blocking.descriptor, token: 6)
    #expect(WakeEvent.fetch(other, current: { other }) == nil)
  }

  @Test func aProcessThatStartedAtAnotherTimeIsNotTheController() throws {
    let own = try WakeEvent.make("test")
    let impostor = ProcessIdentity(
      pid: UInt32(getpid()), startTimeTicks: ProcessIdentity.current.startTimeTicks + 1)
    let wrong = try waker(own.descriptor, token: own.token, process: impostor)
    #expect(WakeEvent.fetch(wrong, current: { wrong }) == nil)
    #expect(impostor.isProvedDead && !ProcessIdentity.current.isProvedDead)
  }

  @Test(arguments: [RegionKind.memfd, .shm, .file])
  func aLockIsOneDescriptionsAndEndsWithItsObject(kind: RegionKind) throws {
    let fixture = try TracerFixture(kind)
    let region = fixture.region.region
    do {
      let lock = try #require(try RegionLock.tryTake(.controller, of: region))
      #expect(try RegionLock.tryTake(.controller, of: region) == nil)
      let other = try #require(try RegionLock.tryTake(.identity, of: region))
      withExtendedLifetime((lock, other)) {}
    }
    #expect(try RegionLock.tryTake(.controller, of: region) != nil)
  }
}
